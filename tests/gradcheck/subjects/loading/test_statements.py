"""What a file does on import takes nothing that it defines with it: a statement that fails is a note."""

import sys
from pathlib import Path

import pytest

from gradcheck import verify
from gradcheck.subjects.loading import LoadError, load

RELU = "def relu_forward(x): return x * (x > 0), x\n{}\ndef relu_backward(dout, cache): return dout * (cache > 0)\n"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def loaded(target: Path) -> tuple[list[str], tuple[str, ...]]:
    with load(str(target)) as found:
        return sorted(name for space in found.namespaces for name in space.members), found.notes


def test_definitions_below_a_failure__are_loaded(tmp_path: Path) -> None:
    written(tmp_path, layers="def f(): pass\n1 / 0\nx = [][1]\ndef g(): pass\nassert not g\n")
    names, (note,) = loaded(tmp_path / "layers.py")
    assert names == ["f", "g"]
    assert note == "layers.py:2 raises ZeroDivisionError on import: division by zero; 2 more statements fail"


@pytest.mark.parametrize(
    ("statement", "note"),
    [
        ("assert f() == 3, 'not 3'", "layers.py:2 raises AssertionError on import: not 3"),
        ("open('datasets/train.h5')", "layers.py:2 raises FileNotFoundError on import: [Errno 2] No such"),
        ("get_ipython().magic('matplotlib')", "layers.py:2 raises NameError on import: name 'get_ipython'"),
        ("import sys; sys.exit()", "layers.py:2 calls sys.exit on import"),
        ("return 1", "layers.py:2 is not valid Python: 'return' outside function"),
        ("raise SystemExit('bye')", "layers.py:2 calls sys.exit on import"),
        ("def bad():\n  raise ValueError\nbad()", "layers.py:3 raises ValueError on import"),
        ("class A(1): pass", "layers.py:2 raises TypeError on import"),
        ("rate = float(input('learning rate? '))", "layers.py:2 raises EOFError on import"),
        ("from numpy import no_longer_there", "layers.py:2 raises ImportError on import: cannot import name"),
        ("raise type('E', (Exception,), {})('x')", "layers.py:2 raises E on import: x"),
    ],
)
def test_failing_statements__are_all_reported(tmp_path: Path, statement: str, note: str) -> None:
    written(tmp_path, layers=f"def f(): pass\n{statement}\ndef g(): pass\n")
    names, notes = loaded(tmp_path / "layers.py")
    assert {"f", "g"} <= set(names)
    assert len(notes) == 1
    assert notes[0].startswith(note)


@pytest.mark.parametrize("between", ["open('cifar-10-batches-py')", "assert relu_forward(1.0)[0] == 5"])
def test_definitions_of_a_failing_file__are_judged_all_the_same(tmp_path: Path, between: str) -> None:
    (report,) = verify([str(written(tmp_path, layers=RELU.format(between)) / "layers.py")]).targets
    assert [part.verdict for part in report.parts] == ["pass", "pass"]
    assert [note.partition(" ")[0] for note in report.notes] == ["layers.py:2"]


def test_syntax_error__ends_a_file(tmp_path: Path) -> None:
    written(tmp_path, layers="def f(): pass\nprint 'x'\n")
    with pytest.raises(LoadError, match=r"layers.py:2 is not valid Python 3 .it looks like Python 2."):
        loaded(tmp_path / "layers.py")


def test_imported_neighbour__is_run_statement_by_statement_too(tmp_path: Path) -> None:
    written(tmp_path, helper="def pad(): return 3\n1 / 0\ndef crop(): return 4\n")
    written(tmp_path, layers="from helper import *\ndef f(): return pad() + crop()\n")
    with load(str(tmp_path / "layers.py")) as found:
        assert found.notes == ("helper.py:2 raises ZeroDivisionError on import: division by zero",)
        assert found.namespaces[0].members["f"]() == 7  # type: ignore[operator]
    assert "helper" not in sys.modules


def test_failing_neighbour_in_a_package__is_reported_once(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    folder = written(
        tmp_path / "p",
        __init__="",
        a="from .b import f\ndef g(): return f()\n",
        b="1 / 0\ndef f(): return 5\n",
    )
    for target in (folder, folder / "a.py"):
        with load(str(target)) as found:
            assert found.notes == ("p/b.py:1 raises ZeroDivisionError on import: division by zero",)
            (members,) = [space.members for space in found.namespaces if space.name == "p.a"]
            assert members["g"]() == 5  # type: ignore[operator]


def test_importers__are_restored(tmp_path: Path) -> None:
    before = list(sys.meta_path)
    with load(str(written(tmp_path, layers="def f(): pass\n") / "layers.py")):
        assert sys.meta_path[:-1] == before
    assert sys.meta_path == before


def test_later_import__fails_as_ever(tmp_path: Path) -> None:
    written(tmp_path, late="def f(): return 3\n1 / 0\n", layers="def g():\n    import late\n")
    with load(str(tmp_path / "layers.py")) as found, pytest.raises(ZeroDivisionError):
        found.namespaces[0].members["g"]()  # type: ignore[operator]


def test_module_given_by_name__fails_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path, mine_that_fails="def f(): pass\n1 / 0\n"))
    with pytest.raises(LoadError, match=r"mine_that_fails.py:2 raises ZeroDivisionError"):
        loaded(Path("mine_that_fails"))


def test_names_without_a_function_or_class__are_ignored(tmp_path: Path) -> None:
    written(tmp_path, layers="from math import cos\nx = 3\n1 / 0\n")
    with pytest.raises(LoadError, match=r"layers.py:3 raises ZeroDivisionError"):
        loaded(tmp_path / "layers.py")


def test_statements_see_what_a_future_import_and_those_above_say(tmp_path: Path) -> None:
    head = '"""Doc."""\nfrom __future__ import annotations\n1 / 0\n'
    written(tmp_path, layers=head + "def f(x: not_there) -> 3: return g()\ng = lambda: __doc__\n")
    with load(str(tmp_path / "layers.py")) as found:
        function = found.namespaces[0].members["f"]
        assert function.__annotations__ == {"x": "not_there", "return": "3"}
        assert function(1) == "Doc."  # type: ignore[operator]
        assert found.notes == ("layers.py:3 raises ZeroDivisionError on import: division by zero",)


def test_interruption__ends_everything(tmp_path: Path) -> None:
    written(tmp_path, layers="def f(): pass\nraise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path / "layers.py")
