"""How the parts fit: who may import whom, what a folder holds, and that naive and fast are two of the same."""

import ast
import graphlib
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from types import FunctionType

import pytest

import gradcheck
from gradcheck import fast, naive, reporting
from gradcheck.checks.check import Check
from gradcheck.contract import Layer
from gradcheck.layers import LAYERS
from gradcheck.layers.ours import as_defined
from gradcheck.reporting import formats
from gradcheck.subjects.dialects.dialect import Dialect

ROOT = Path(__file__).parents[2]

RANKS = (
    "naive, fast",
    "report, text",
    "interruption, starting",
    "grammar",
    "contract",
    "calling",
    "evidence",
    "derivative",
    "layers",
    "mistakes",
    "checks, functions",
    "models",
    "subjects",
    "diagnosis, isolation, repair",
    "judging",
    "kernels",
    "gradcheck, timing",
    "reporting",
    "grading",
    "commands",
    "pytest_plugin",
    "__main__",
)
"""Modules and folders of gradcheck, lowest first (`gradcheck` is the public door, its ``__init__``).

Each may import what stands on a line above its own, and a folder its own modules.
"""

RANK = {name: rank for rank, line in enumerate(RANKS) for name in line.split(", ")}

OUTSIDE = {"naive": {"numpy"}, "fast": {"numpy", "threadpoolctl"}}
"""What each implementation may import besides the standard library and its own modules.

Their folders stand at the top of the repository, and are installed as `gradcheck.naive` and `gradcheck.fast`.
"""


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node that runs: not what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from statements(child)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of everything a file imports; a relative one begins with a dot."""
    for node in statements(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{'.' * bool(node.level)}{node.module or ''}"
            assert node.level <= levels(path), f"{path}:{node.lineno} imports from above its package"
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def levels(path: Path) -> int:
    """Return how many dots lead to the top of naive or fast, which import their own relatively; 0 for other files."""
    inside = path.relative_to(ROOT).parts[:-1]
    return len(inside) if inside[0] in OUTSIDE else 0


def part_of(dotted: str) -> str | None:
    """Return the module or folder of ours that a dotted name belongs to; None for what is not ours."""
    top, *rest = dotted.split(".")
    if top != "gradcheck":
        return None
    if rest and rest[0] in OUTSIDE:
        return rest[0]
    inside = ROOT / "gradcheck" / rest[0] if rest else None
    return rest[0] if inside and (inside.is_dir() or inside.with_suffix(".py").exists()) else "gradcheck"


def own_part(path: Path) -> str:
    """Return the module or folder that a file of gradcheck belongs to."""
    inside = path.relative_to(ROOT / "gradcheck").with_suffix("").parts[0]
    return "gradcheck" if inside == "__init__" else inside


def upward(path: Path, found: list[tuple[int, str]]) -> Iterator[str]:
    """Yield a complaint for each import that does not lead downwards."""
    own = own_part(path)
    for line, dotted in found:
        part = part_of(dotted)
        if dotted.partition(".")[0] in OUTSIDE:
            yield f"{path.relative_to(ROOT)}:{line} imports {dotted}, which may be a user's own package"
        if part not in (None, own) and RANK.get(part, 0) >= RANK.get(own, len(RANKS)):
            yield f"{path.relative_to(ROOT)}:{line} imports {dotted}, which does not stand below {own}"


FILES = sorted((ROOT / "gradcheck").rglob("*.py"))


def test_parts_of_gradcheck__all_have_a_rank():
    parts = {own_part(path) for path in FILES}
    unknown, gone = parts - RANK.keys(), RANK.keys() - parts - OUTSIDE.keys()
    assert not unknown, f"say in RANKS, in tests/contract/test_structure.py, where {sorted(unknown)} belong"
    assert not gone, f"take {sorted(gone)} out of RANKS: there is no such module"


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_map_in_contributing__is_ranks():
    """A line of the map is a line of RANKS, highest first, and after two spaces what it is for."""
    (shown,) = re.findall(r"```\n(.*?)\n```", CONTRIBUTING, flags=re.S)
    mapped = dict((line + "  ").split("  ", 1) for line in shown.splitlines())
    wanted = [f"{names:<40}{mapped.get(names, '').strip()}".rstrip() for names in reversed(RANKS)]
    assert list(mapped) == list(reversed(RANKS)), "write in CONTRIBUTING.md:\n" + "\n".join(wanted)


def test_way_of_one_case__exists():
    """Its stations are files and functions of gradcheck, and are read from the first to the last."""
    (way,) = re.findall(r"^To follow one case .*?\n\n", CONTRIBUTING, flags=re.S | re.M)
    stations = re.findall(r"`([^`]+)`", way)
    assert len(stations) > 5
    files = [each for each in stations if "/" in each]
    assert [each for each in files if not (ROOT / "gradcheck" / each).is_file()] == []
    for each in set(stations) - set(files):
        pkgutil.resolve_name(f"gradcheck.{each}")


def test_imports_lead_downwards_only():
    assert [found for path in FILES for found in upward(path, list(imports(path)))] == []


def test_upward_import__is_named():
    path = ROOT / "gradcheck" / "evidence" / "fill.py"
    found = [(1, "numpy"), (2, "gradcheck.contract.Case"), (7, "gradcheck.checks.check.Check")]
    assert list(upward(path, found)) == [
        "gradcheck/evidence/fill.py:7 imports gradcheck.checks.check.Check, which does not stand below evidence"
    ]


def module_of(path: Path) -> str:
    """Return the dotted name of a file of gradcheck."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def file_imports(path: Path, modules: Collection[str]) -> set[str]:
    """Return the modules of gradcheck that a file imports, also those that only a type checker reads."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(
                    whole
                    if whole in modules or whole.split(".")[1:2] in (["naive"], ["fast"])
                    else str(node.module)
                )
    return (found & set(modules)) - {module_of(path)}


def test_imports__have_no_circle_of_files():
    # The public API, gradcheck/__init__, imports everything for the type checker, and no file imports it.
    paths = {
        module_of(path): path
        for path in FILES
        if path.parent != ROOT / "gradcheck" or path.stem != "__init__"
    }
    graph = {module: file_imports(path, paths) for module, path in paths.items()}
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(paths)


def test_implementation__is_imported_by_its_installed_name_only():
    path = ROOT / "gradcheck" / "layers" / "conv.py"
    assert list(
        upward(path, [(1, "gradcheck.naive"), (2, "gradcheck.fast.engine.threads"), (3, "naive.conv")])
    ) == ["gradcheck/layers/conv.py:3 imports naive.conv, which may be a user's own package"]


def strangers(package: str, found: list[tuple[int, str]]) -> list[str]:
    """Return what an implementation imports that is not its own, not the standard library and not allowed."""
    allowed = {"", *OUTSIDE[package], *sys.stdlib_module_names}
    return [f"{line}: {name}" for line, name in found if name.partition(".")[0] not in allowed]


@pytest.mark.parametrize("package", OUTSIDE)
def test_implementation__imports_numpy_and_itself_only(package):
    for path in (ROOT / package).rglob("*.py"):
        assert strangers(package, list(imports(path))) == [], path


@pytest.mark.parametrize(("package", "other"), [("naive", "fast"), ("fast", "naive")])
def test_implementation__that_imports_the_other_is_named(package, other, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / package / "conv.py"
    path.parent.mkdir()
    path.write_text(
        f"import numpy\nfrom .{other} import x\nfrom . import pool\nimport {other}\n"
        f"from gradcheck import {other}\nfrom gradcheck.{package} import pool\nimport {package}.pool\n"
    )
    found = ["4: " + other, f"5: gradcheck.{other}", f"6: gradcheck.{package}.pool", f"7: {package}.pool"]
    assert strangers(package, list(imports(path))) == found
    path.write_text(f"from ..{other} import conv2d_forward\n")
    with pytest.raises(AssertionError, match="imports from above its package"):
        list(imports(path))


# The folder-equals-tuple rule.

FOLDERS = {"layers": Layer, "checks": Check, "subjects.dialects": Dialect}


def defined(folder: str, kind: type) -> Iterator[tuple[str, str, object]]:
    """Yield module, name and value of every instance of a kind in a folder's modules and those of its folders."""
    package = importlib.import_module(f"gradcheck.{folder}")
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        yield from (
            (found.name, name, value) for name, value in vars(module).items() if isinstance(value, kind)
        )


def forgotten(folder: str, kind: type, listed: tuple) -> list[str]:
    """Return what to do about everything that is not in a folder's tuple exactly once."""
    complaints = []
    for module, name, value in defined(folder, kind):
        times = sum(each is value for each in listed)
        if times != 1:
            path, home = Path(sys.modules[module].__file__).relative_to(ROOT), folder.replace(".", "/")
            complaints.append(
                f"{tuple_name(folder)} has {name} of {path} {times} times: in gradcheck/{home}/__init__.py "
                f"write `from {module} import {name}`, and {name} in the tuple, once"
            )
    return complaints


def tuple_name(folder: str) -> str:
    """Return what a folder's tuple is called: ``CHECKS`` for ``checks``."""
    return folder.rpartition(".")[2].upper()


def tuple_of(folder: str) -> tuple:
    return getattr(importlib.import_module(f"gradcheck.{folder}"), tuple_name(folder))


@pytest.mark.parametrize(("folder", "kind"), FOLDERS.items(), ids=FOLDERS)
def test_folder_tuple__holds_exactly_what_the_folder_defines(folder, kind):
    assert forgotten(folder, kind, tuple_of(folder)) == []
    values = [value for _, _, value in defined(folder, kind)]
    assert all(any(each is value for value in values) for each in tuple_of(folder))
    names = [each.name for each in tuple_of(folder)]
    assert len(set(names)) == len(names)


def test_forgotten_line__is_reported_with_what_to_write_where():
    assert forgotten("checks", Check, tuple_of("checks")[1:]) == [
        "CHECKS has IMPLEMENTED of gradcheck/checks/implemented.py 0 times: in gradcheck/checks/__init__.py "
        "write `from gradcheck.checks.implemented import IMPLEMENTED`, and IMPLEMENTED in the tuple, once"
    ]


# The table of formats.

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def renderers() -> Iterator[tuple[str, FunctionType]]:
    """Yield every public function in the modules of reporting/ from an answer alone to text, with its module."""
    for found in pkgutil.iter_modules(reporting.__path__):
        module = importlib.import_module(f"{reporting.__name__}.{found.name}")
        for name, value in vars(module).items():
            is_own = isinstance(value, FunctionType) and value.__module__ == module.__name__
            if module is not formats and is_own and not name.startswith("_") and is_of_an_answer(value):
                yield found.name, value


def is_of_an_answer(function: FunctionType) -> bool:
    """Return whether a function returns a string and its only parameter, besides options, is an answer."""
    signature = inspect.signature(function)
    given = [each.annotation for each in signature.parameters.values() if each.kind in POSITIONAL]
    return signature.return_annotation is str and len(given) == 1 and given[0] in (object, *formats.SUMMARIES)


def unlisted(table: tuple[formats.Format, ...]) -> list[str]:
    """Return what to do about every renderer that is not in the line of its own format alone."""
    complaints = []
    for module, function in renderers():
        name = function.__name__.rpartition("as_")[2]
        listed = [each.name for each in table if function in each.renderers.values()]
        if listed != [name] and function not in formats.SUMMARIES.values():
            complaints.append(
                f"{module}.{function.__name__} is in the formats {listed}: in gradcheck/reporting/formats.py "
                f"write it in Format({name!r}, ...) of FORMATS, and in no other"
            )
    return complaints


def test_renderers__are_in_the_table_of_formats():
    assert unlisted(formats.FORMATS) == []
    known = {function for _, function in renderers()}
    assert {each for entry in formats.FORMATS for each in entry.renderers.values()} <= known
    assert set(formats.SUMMARIES.values()) <= known


def test_forgotten_renderer__is_named_with_what_to_write_where():
    assert unlisted(tuple(each for each in formats.FORMATS if each.name != "junit")) == [
        "junit.as_junit is in the formats []: in gradcheck/reporting/formats.py "
        "write it in Format('junit', ...) of FORMATS, and in no other"
    ]


def test_answers__have_text_json_and_a_summary():
    kinds = {kind for entry in formats.FORMATS for kind in entry.renderers}
    assert kinds == set(formats.SUMMARIES)
    assert all(formats.names(kind)[:2] == ["text", "json"] for kind in kinds)


# Two implementations of the same.


def test_naive_and_fast_export_both_functions_of_every_layer():
    wanted = sorted(f"{layer.name}_{part}" for layer in LAYERS for part in ("forward", "backward"))
    assert sorted(naive.__all__) == wanted
    assert sorted(set(fast.__all__) - {"im2col", "col2im"}) == wanted


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_layer__has_both_implementations(layer):
    for package, pair in ((naive, layer.ours.naive), (fast, layer.ours.fast)):
        for part in ("forward", "backward"):
            defined = as_defined(getattr(pair, part))
            assert defined is getattr(package, f"{layer.name}_{part}")


def parameters(function) -> list[tuple]:
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("name", naive.__all__)
def test_naive_and_fast_have_the_same_file_and_signature(name):
    one, other = getattr(naive, name), getattr(fast, name)
    assert one.__module__.removeprefix("gradcheck.naive.") == other.__module__.removeprefix("gradcheck.fast.")
    assert parameters(one) == parameters(other)


def test_public_names__all_have_a_home_and_exist():
    homes = [name for names in gradcheck.HOMES.values() for name in names]
    assert sorted(homes) == sorted(gradcheck.__all__)
    assert [name for name in homes if getattr(gradcheck, name, None) is None] == []
    assert set(homes) <= set(dir(gradcheck))
    with pytest.raises(AttributeError, match="module 'gradcheck' has no attribute 'nothing'"):
        gradcheck.nothing  # noqa: B018


HEAVY = (
    "pytest",
    "hypothesis",
    "rich",
    "click",
    "torch",
    "jax",
    "tensorflow",
    "nbformat",
    "numpy",
    "gradcheck.naive",
    "gradcheck.fast",
)


def test_importing_gradcheck_imports_no_framework_and_no_tool():
    code = f"import sys, gradcheck; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
