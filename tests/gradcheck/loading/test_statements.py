"""What a file does on import takes nothing that it defines with it."""

import sys
from pathlib import Path

from gradcheck import verify
from gradcheck.loading import load

RELU = """
def relu_forward(x):
    return x * (x > 0), x

{between}

def relu_backward(dout, cache):
    return dout * (cache > 0)
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_failing_statement_is_left_out_and_told_with_its_line(tmp_path: Path) -> None:
    between = {
        "data.py": ("X = open('cifar-10-batches-py').read()", "FileNotFoundError"),
        "test.py": (
            "out, _ = relu_forward(__import__('numpy').ones(3))\nassert out[0] == 5",
            "AssertionError",
        ),
        "exit.py": ("import sys\nsys.exit(0)", "calls sys.exit"),
        "input.py": ("rate = float(input('learning rate? '))", "EOFError"),
        "moved.py": ("from numpy import no_longer_there", "ImportError"),
        "shapes.py": ("import numpy as np\nnp.zeros((2, 3)) @ np.zeros((2, 3))", "ValueError"),
        "own.py": ("raise type('E', (Exception,), {})('x')", "raises E on import: x"),
    }
    write(tmp_path, {name: RELU.format(between=text) for name, (text, _) in between.items()})
    for name, (text, told) in between.items():
        (target,) = verify([str(tmp_path / name)]).targets
        assert [part.verdict for part in target.parts] == ["pass", "pass"]
        (note,) = target.notes
        assert note.startswith(f"{name}:{4 + len(text.splitlines())} ")
        assert told in note


def test_only_the_first_of_many_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.py": "def f(): pass\ndata = open('no')\nprint(data.read())\n"}) / "a.py"
    with load(str(path)) as loaded:
        assert loaded.notes == (
            "a.py:2 raises FileNotFoundError on import: [Errno 2] No such file or directory: 'no'",
        )
        assert set(loaded.namespaces[0].members) == {"f"}


def test_a_module_beside_is_taken_in_the_same_way(tmp_path: Path) -> None:
    files = {
        "a.py": "from .b import f\ndef g(): return f()\n",
        "b.py": "1 / 0\ndef f(): return 5\n",
        "__init__.py": "",
    }
    folder = write(tmp_path / "p", files)
    for target in (folder, folder / "a.py"):
        with load(str(target)) as loaded:
            assert loaded.notes == ("p/b.py:1 raises ZeroDivisionError on import: division by zero",)
            (members,) = [space.members for space in loaded.namespaces if space.name == "p.a"]
            assert members["g"]() == 5  # type: ignore[operator]


def test_what_is_from_the_future_holds_for_every_statement(tmp_path: Path) -> None:
    text = '"""Doc."""\nfrom __future__ import annotations\n1 / 0\ndef f(x: not_there): return __doc__\ny: int = 1\n'
    with load(str(write(tmp_path, {"a.py": text}) / "a.py")) as loaded:
        members = loaded.namespaces[0].members
        assert members["f"].__annotations__ == {"x": "not_there"}
        assert members["f"](0) == "Doc."  # type: ignore[operator]


def test_the_importers_are_as_before(tmp_path: Path) -> None:
    before = list(sys.meta_path)
    with load(str(write(tmp_path, {"a.py": "def f(): pass\n"}) / "a.py")):
        assert len(sys.meta_path) == len(before) + 2
    assert sys.meta_path == before
