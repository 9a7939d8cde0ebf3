"""What can be named, what comes of it, and what is left behind."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from gradcheck import fast, naive
from gradcheck.subjects.loading import LoadError, load


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_file__gives_one_namespace(tmp_path: Path) -> None:
    path = write(tmp_path, {"mine.py": "import math\ndef f(): return 7\n_k = 1\n"}) / "mine.py"
    with load(str(path)) as loaded:
        (namespace,) = loaded.namespaces
        assert (loaded.target, loaded.notes) == (str(path), ())
        assert (namespace.name, namespace.path) == ("mine", str(path))
        assert sorted(namespace.members) == ["_k", "f", "math"]
        assert namespace.members["f"]() == 7  # type: ignore[operator]


@pytest.mark.parametrize(("target", "module"), [("fast", fast), ("gradcheck.fast", fast), ("naive", naive)])
def test_package_of_ours__is_one_module_whatever_it_is_called(
    target: str, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[4])
    with load(target) as loaded:
        (namespace,) = loaded.namespaces
        assert (namespace.name, loaded.target) == (target, target)
        assert namespace.members["conv2d_forward"] is module.conv2d_forward
        assert not {"naive", "fast"} & sys.modules.keys()


def test_package_of_the_same_name__is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"fast/__init__.py": "from .x import y", "fast/x.py": "y = 7"}))
    for target in ("fast", "fast.x", "fast/x.py"):
        with load(target) as loaded:
            assert loaded.namespaces[0].members["y"] == 7
    assert "fast" not in sys.modules
    assert "y" not in vars(fast)


def test_module_name__may_be_importable_or_lie_in_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, {"of_mine.py": "import not_there\nx = 1\n", "pack/sub.py": "y = 2\n"}))
    expected = {"json": "dumps", "json.decoder": "JSONDecoder", "of_mine": "x", "pack.sub": "y"}
    for target, member in expected.items():
        with load(target) as loaded:
            (namespace,) = loaded.namespaces
            assert namespace.name == target
            assert member in namespace.members
    assert "of_mine" not in sys.modules
    assert "pack.sub" not in sys.modules


def test_package_found_by_name__gives_its_own_namespace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {"door/__init__.py": "from .room import f\n", "door/room.py": "def f(): pass\ndef g(): pass\n"},
    )
    monkeypatch.chdir(tmp_path)
    with load("door") as loaded:
        assert [namespace.name for namespace in loaded.namespaces] == ["door"]
        assert "f" in loaded.namespaces[0].members
    with load("./door") as loaded:
        assert [namespace.name for namespace in loaded.namespaces] == ["door", "door.room"]


def test_bare_name_of_an_empty_package__is_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(
        write(tmp_path, {"hollow/__init__.py": '"""Only words."""\n', "hollow/a.py": "x = 1\n"})
    )
    with load("hollow") as loaded:
        assert [namespace.name for namespace in loaded.namespaces] == ["hollow", "hollow.a"]


def test_folder__gives_one_namespace_a_module_sorted_and_recursively(tmp_path: Path) -> None:
    left_out = ["setup.py", "conftest.py", "tests/x.py", "test_z.py", ".hidden/x.py", "venv/lib/x.py"]
    write(tmp_path, {f"pack/{name}": "raise SystemExit\n" for name in left_out})
    write(tmp_path, {"pack/venv/pyvenv.cfg": "", "pack/notes.txt": "", "pack/b.py": "", "pack/a.py": ""})
    write(tmp_path, {"pack/sub/Deep.py": "from ..a import __name__\n", "pack/sub/__init__.py": ""})
    with load(str(tmp_path / "pack")) as loaded:
        names = [namespace.name for namespace in loaded.namespaces]
        assert names == ["pack.a", "pack.b", "pack.sub", "pack.sub.Deep"]
        assert loaded.notes == ()


def test_imported_names_of_a_folder__are_left_out(tmp_path: Path) -> None:
    source = "from math import cos\ndef f(): pass\nclass C: pass\nlimit = 3\n"
    write(tmp_path, {"p/__init__.py": "from .a import *\n", "p/a.py": source})
    write(tmp_path, {"p/b.py": "from a import *\nfrom .a import *\ng = lambda: 0\nalias = g\n"})
    with load(str(tmp_path / "p")) as loaded:
        members = {namespace.name: set(namespace.members) for namespace in loaded.namespaces}
    assert members == {
        "p": {"a", "b", "cos", "limit"},
        "p.a": {"cos", "f", "C", "limit"},
        "p.b": {"cos", "limit", "g", "alias"},
    }


def test_failing_module_of_a_folder__is_a_note(tmp_path: Path) -> None:
    write(
        tmp_path, {"p/good.py": "x = 1\n", "p/bad.py": "\n1 / 0\n", "p/__init__.py": "from .bad import y\n"}
    )
    with load(str(tmp_path / "p")) as loaded:
        assert [namespace.name for namespace in loaded.namespaces] == ["p.good"]
        assert loaded.notes == ("p/bad.py:2 raises ZeroDivisionError on import: division by zero",)


def test_folder_of_failing_modules__is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"p/a.py": "import sys\nsys.exit(0)\n", "p/b.py": "1 / 0\n"})
    with pytest.raises(LoadError) as caught, load(str(tmp_path / "p")):
        pass
    reason = "p/a.py:2 calls sys.exit on import"
    assert str(caught.value) == f'nothing in the folder "{tmp_path / "p"}" can be imported: {reason}'
    assert caught.value.kind == "import"


def test_process_state__is_restored_after_loading(tmp_path: Path) -> None:
    text = "import sys, helper, not_there.at_all\nsys.path.append('elsewhere')\nsys.path = list(sys.path)\n"
    write(tmp_path, {"main.py": text + "sys.argv.append('x')\n", "helper.py": ""})
    before = (sys.path, list(sys.path), list(sys.meta_path), dict(sys.modules), sys.argv, list(sys.argv))
    with load(str(tmp_path / "main.py")):
        assert {"main", "helper", "not_there", "not_there.at_all"} <= set(sys.modules)
    assert sys.path is before[0]
    assert (
        sys.path,
        list(sys.path),
        list(sys.meta_path),
        dict(sys.modules),
        sys.argv,
        list(sys.argv),
    ) == before
    assert not list(tmp_path.rglob("__pycache__"))


def test_process_state__is_restored_after_a_failure(tmp_path: Path) -> None:
    path = write(tmp_path, {"main.py": "import helper\n1 / 0\n", "helper.py": ""}) / "main.py"
    before = (list(sys.path), list(sys.meta_path), dict(sys.modules), sys.stdout, sys.stderr, sys.stdin)
    with pytest.raises(LoadError), load(str(path)):
        pass
    assert (
        list(sys.path),
        list(sys.meta_path),
        dict(sys.modules),
        sys.stdout,
        sys.stderr,
        sys.stdin,
    ) == before


def test_modules_of_the_same_name__load_one_after_or_inside_the_other(tmp_path: Path) -> None:
    late = "def late():\n    from .late import x\n    return x\n"
    for owner in ("ann", "bob"):
        files = {
            "__init__.py": "",
            "layers.py": f"from .me import name\n{late}",
            "late.py": f"x = '{owner}'\n",
        }
        write(tmp_path / owner / "cs231n", {**files, "me.py": f"name = '{owner}'\n"})
    ann, bob = (str(tmp_path / owner / "cs231n" / "layers.py") for owner in ("ann", "bob"))
    with load(ann) as first:
        assert first.namespaces[0].members["name"] == "ann"
    with load(bob) as first:
        with load(ann) as second:
            assert second.namespaces[0].members["name"] == "ann"
            assert second.namespaces[0].members["late"]() == "ann"  # type: ignore[operator]
        assert first.namespaces[0].members["name"] == "bob"
        assert first.namespaces[0].members["late"]() == "bob"  # type: ignore[operator]
