"""The imports people write in their layers.py, and the folders they keep it in."""

import sys
from pathlib import Path

import pytest

import gradcheck
from gradcheck import fast
from gradcheck.subjects.loading import load

DATA = Path(__file__).parents[3] / "data" / "cs231n"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def members(target: Path) -> dict[str, object]:
    with load(str(target)) as loaded:
        assert loaded.notes == ()
        return loaded.namespaces[-1].members


@pytest.mark.parametrize("init", [True, False], ids=["with __init__", "without"])
@pytest.mark.parametrize(
    "line",
    [
        "from .other import *",
        "from . import other; x = other.x",
        "from cs231n.other import *",
        "import cs231n.other; x = cs231n.other.x",
        "import other; x = other.x",
        "from other import x",
    ],
)
def test_import__finds_a_module_in_the_same_folder(tmp_path: Path, init: bool, line: str) -> None:
    folder = write(tmp_path / "cs231n", {"layers.py": line, "other.py": "x = 5"})
    if init:
        (folder / "__init__.py").touch()
    assert members(folder / "layers.py")["x"] == 5


@pytest.mark.parametrize("init", [True, False], ids=["with __init__", "without"])
@pytest.mark.parametrize("line", ["from ..layers import *", "from cs231n.layers import *"])
def test_import__finds_a_module_in_the_folder_above(tmp_path: Path, init: bool, line: str) -> None:
    folder = write(tmp_path / "cs231n", {"classifiers/fc_net.py": line, "layers.py": "x = 5"})
    if init:
        write(folder, {"__init__.py": "", "classifiers/__init__.py": ""})
    with load(str(folder / "classifiers" / "fc_net.py")) as loaded:
        assert loaded.namespaces[0].name == "cs231n.classifiers.fc_net"
        assert loaded.namespaces[0].members["x"] == 5


def test_import__follows_a_neighbour_that_reaches_further_up(tmp_path: Path) -> None:
    write(
        tmp_path / "top",
        {"base.py": "x = 5", "sub/a.py": "from .b import x", "sub/b.py": "from ..base import x"},
    )
    assert members(tmp_path / "top" / "sub" / "a.py")["x"] == 5


def test_import__takes_the_nearest_folder_of_the_name(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "cs231n" / "hw2" / "cs231n", {"a.py": "from cs231n.b import x", "b.py": "x = 5"}
    )
    with load(str(folder / "a.py")) as loaded:
        assert loaded.namespaces[0].name == "cs231n.a"
        assert loaded.namespaces[0].members["x"] == 5


def test_import__prefers_a_module_in_the_same_folder_to_a_folder_above(tmp_path: Path) -> None:
    folder = write(tmp_path / "utils", {"layers.py": "import utils\nx = utils.x", "utils.py": "x = 5"})
    assert members(folder / "layers.py")["x"] == 5


def test_import__takes_no_module_of_another_submission(tmp_path: Path) -> None:
    write(
        tmp_path, {"a/im2col.py": "x = 'a'", "b/im2col.py": "x = 'b'", "b/layers.py": "from im2col import x"}
    )
    with load(str(tmp_path / "a" / "im2col.py")):
        assert members(tmp_path / "b" / "layers.py")["x"] == "b"


@pytest.mark.parametrize(
    "name", ["my layers", "2nd-try", "layers.v2", "random", "types", "naive", "gradcheck"]
)
def test_import__accepts_any_name_of_a_file_or_folder(tmp_path: Path, name: str) -> None:
    before = sys.modules.get(name)
    write(tmp_path / name, {f"{name}.py": "from .other import x", "other.py": "x = 5"})
    with load(str(tmp_path / name / f"{name}.py")) as loaded:
        assert loaded.namespaces[0].members["x"] == 5
        assert sys.modules.get(name) is before or name not in ("random", "types", "gradcheck")
    assert members(tmp_path / name)["x"] == 5


def test_imports_inside_functions_work_while_it_is_loaded(tmp_path: Path) -> None:
    text = "def f():\n    from .other import x\n    import other\n    return x + other.x\n"
    folder = write(
        tmp_path / "p", {"layers.py": "from . import third\n" + text, "other.py": "x = 5", "third.py": ""}
    )
    with load(str(folder / "layers.py")) as loaded:
        assert loaded.namespaces[0].members["f"]() == 10  # type: ignore[operator]


def test_files_named_like_this_project_are_theirs_while_loading_and_ours_afterwards(tmp_path: Path) -> None:
    files = {
        "layers.py": "import gradcheck, fast\nx = gradcheck.x + fast.x",
        "gradcheck.py": "x = 2",
        "fast.py": "x = 3",
    }
    with load(str(write(tmp_path, files) / "layers.py")) as loaded:
        assert loaded.namespaces[0].members["x"] == 5
        assert sys.modules["gradcheck"] is gradcheck
        assert sys.modules["gradcheck.fast"] is fast
    assert "fast" not in sys.modules


def test_import_of_this_project_by_path__loads_a_copy() -> None:
    before = dict(sys.modules)
    with load(str(Path(gradcheck.__path__[0]).parent / "naive" / "conv.py")) as loaded:
        assert [namespace.name for namespace in loaded.namespaces] == ["naive.conv"]
        assert "conv2d_forward" in loaded.namespaces[0].members
    assert {name for name in sys.modules if name.startswith("naive")} <= set(before)


def test_package_with_a_failing_init__is_used_without_it(tmp_path: Path) -> None:
    write(tmp_path / "p", {"__init__.py": "1 / 0", "layers.py": "from .other import x", "other.py": "x = 5"})
    with load(str(tmp_path / "p" / "layers.py")) as loaded:
        assert loaded.namespaces[0].members["x"] == 5
        assert loaded.notes == ("p/__init__.py:1 raises ZeroDivisionError on import: division by zero",)


def test_assignment__is_loaded_as_a_whole() -> None:
    with load(str(DATA / "package" / "cs231n")) as loaded:
        found = {namespace.name: namespace.members for namespace in loaded.namespaces}
    assert list(found) == [
        "cs231n",
        "cs231n.classifiers",
        *(f"cs231n.classifiers.{name}" for name in ("cnn", "fc_net", "neural_net")),
        *(f"cs231n.{name}" for name in ("fast_layers", "im2col", "layer_utils", "layers")),
    ]
    assert loaded.notes == ()
    assert "conv_forward_fast" in found["cs231n.fast_layers"]
    assert "conv_forward_fast" not in found["cs231n.layer_utils"]
    assert "conv_forward_fast" in members(DATA / "package" / "cs231n" / "layer_utils.py")
