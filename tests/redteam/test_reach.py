"""What a submission's text, links and package files must not widen: it reads its own folder, and nothing beside it.

Each attack is a class of two: a neighbour whose code is right, and a submission that tries to import it, or to read a
file of the machine. What it is judged on lies next to it at every level that hides files.
"""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import MEGABYTE, Level, Limits, available
from gradcheck.report import Report
from tests.redteam.beforehand import ahead

APART = [level for level in available() if level not in (Level.PROCESS, Level.RLIMITS)]
LIMITS = Limits(call=5.0, load=10.0, total=50.0, memory=1024 * MEGABYTE, result=64 * MEGABYTE)
RIGHT = """
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
LOOK = """
import os, sys
here = os.path.dirname(os.path.abspath(__file__))
for place in (os.path.dirname(here), os.path.dirname(os.path.dirname(here)), here):
    sys.path.insert(0, place)
try:
    from bob.layers import relu_forward, relu_backward
except BaseException:
    try:
        from bob_layers import relu_forward, relu_backward
    except BaseException as problem:
        def relu_forward(x):
            return x, x

        def relu_backward(dout, cache):
            return dout
"""
SECRET = "the-answers-of-the-exam"
STEAL = """
import os

def _read():
    here = os.path.dirname(os.path.abspath(__file__))
    for place in (os.path.join(here, "..", "answers.txt"), os.path.join(here, "link", "answers.txt"),
                  os.path.join(here, "answers.txt"), os.path.join(here, "..", "..", "answers.txt")):
        try:
            with open(place) as file:
                return file.read()
        except OSError as problem:
            found = type(problem).__name__
    return found

STOLEN = _read()

def relu_forward(x):
    raise ValueError(STOLEN)

def relu_backward(dout, cache):
    raise ValueError(STOLEN)
"""


@dataclass(frozen=True)
class Attack:
    """Files below the folder of the class, links there, and what is verified."""

    files: dict[str, str]
    links: dict[str, str] = field(default_factory=dict)
    target: str = "alice/layers.py"


DOTS = "from ........ import x"
BEFORE = {
    "a docstring with dots": f'"""Notes.\n\n{DOTS}\n"""\n',
    "a docstring with a few dots": '"""\n    from ..... import x\n"""\n',
    "a string in a nested function": f'def _f():\n    def _g():\n        """\n        {DOTS}\n        """\n',
    "dots in a branch that never runs": "if False:\n    from ...... import x\n",
    "dots in a nested function": "def _f():\n    def _g():\n        from ....... import x\n",
    "an unused import of the parent": "def _f():\n    import homework\n",
    "an unused import of the top": "def _f():\n    from tmp import x\n    import root\n",
    "the parent in a docstring": '"""\nimport homework.bob\nfrom homework import bob\n"""\n',
    "the parent with tabs": "def _f():\n\tfrom\thomework\timport\tbob\n",
    "a byte order mark": f"\ufeff'''\n{DOTS}\n'''\n",
}
"""What the text of a submission says before it looks for its neighbour."""

ATTACKS = {
    **{name: Attack({"alice/layers.py": text + LOOK}) for name, text in BEFORE.items()},
    "a module next to it says so": Attack({"alice/layers.py": LOOK, "alice/more.py": f"'''\n{DOTS}\n'''\n"}),
    "a package file": Attack({"alice/layers.py": LOOK, "alice/__init__.py": "", "__init__.py": ""}),
    "its own package file alone": Attack({"alice/layers.py": LOOK, "alice/__init__.py": f"'''\n{DOTS}\n'''"}),
    "a folder": Attack({"alice/layers.py": LOOK}, target="alice"),
    "a folder with dots": Attack({"alice/layers.py": f"'''\n{DOTS}\n'''\n{LOOK}"}, target="alice"),
    "a folder that is a package": Attack(
        {"alice/layers.py": LOOK, "alice/__init__.py": "", "__init__.py": ""}, target="alice"
    ),
    "a folder in a folder": Attack(
        {"alice/one/two/layers.py": f"def _f():\n    from ........ import x\n{LOOK}"}, target="alice/one/two"
    ),
    "a linked module": Attack({"alice/layers.py": LOOK}, {"alice/bob_layers.py": "../bob/layers.py"}, "alice"),
    "a linked module of a file": Attack({"alice/layers.py": LOOK}, {"alice/bob_layers.py": "../bob/layers.py"}),
    "a linked module alone": Attack({"alice/x.txt": ""}, {"alice/layers.py": "../bob/layers.py"}, "alice"),
    "a linked file": Attack({"alice/x.txt": ""}, {"alice/layers.py": "../bob/layers.py"}),
    "a linked notebook": Attack({"alice/x.txt": ""}, {"alice/hw.ipynb": "../bob/hw.ipynb"}, "alice/hw.ipynb"),
    "a linked notebook in a folder": Attack({"alice/x.txt": ""}, {"alice/hw.ipynb": "../bob/hw.ipynb"}, "alice"),
    "a linked folder in a folder": Attack({"alice/layers.py": LOOK}, {"alice/bob": "../bob"}, "alice"),
    "a linked folder and a hidden file": Attack(
        {"alice/layers.py": LOOK, "alice/.hidden": ""}, {"alice/bob": "../bob"}
    ),
    "a link to everything and a hidden file": Attack(
        {"alice/layers.py": LOOK.replace("(here)", "(here), here + '/all' + os.path.dirname(here)"),
         "alice/.hidden": ""},
        {"alice/all": "/"},
    ),
    "a link by way of a link": Attack(
        {"alice/layers.py": LOOK, "alice/.hidden": ""}, {"alice/up": "..", "alice/bob": "up/bob"}
    ),
    "a linked package file": Attack({"alice/layers.py": LOOK}, {"alice/__init__.py": "../bob/layers.py"}, "alice"),
    "a folder that is a link": Attack({"x.txt": ""}, {"alice": "bob"}, "alice"),
}  # fmt: skip

KINDS = (
    "a docstring with dots",
    "an unused import of the parent",
    "a package file",
    "a folder",
    "a linked module",
    "a linked notebook",
    "a linked folder and a hidden file",
    "a folder that is a link",
)
"""One attack of each kind: text, imports, package files, folders, and links to what may be a module."""


def classroom(folder: Path, attack: Attack) -> Path:
    """Return the path to verify, in a class in which Bob is right."""
    top = folder / "homework"
    files = {"bob/layers.py": RIGHT, "bob/hw.ipynb": notebook(RIGHT), "answers.txt": SECRET, **attack.files}
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    for name, where in attack.links.items():
        (top / name).symlink_to(where)
    return top / attack.target


def notebook(text: str) -> str:
    import json

    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": text}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def judged(attack: Attack, level: Level) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        target = classroom(Path(folder), attack)
        return verify(
            [str(target)], Plan(cases=1, layers=("relu",), isolation=level, limits=LIMITS, hint="none")
        )


def passed(report: Report) -> list[str]:
    return [part.function for part in report.parts() if part.verdict == "pass"]


def gained(name: str, level: Level) -> list[str]:
    """Return what passes of an attack."""
    return passed(judged(ATTACKS[name], level))


@ahead(gained)
@pytest.mark.parametrize("level", APART)
@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.sample(name=KINDS)
def test_submission__gains_nothing_from_its_neighbour(name: str, level: Level, outcome: list[str]) -> None:
    assert "relu_backward" not in outcome


STEALING = {
    "a docstring with dots": Attack({"alice/layers.py": f"'''\n{DOTS}\n'''\n{STEAL}"}),
    "a folder": Attack({"alice/layers.py": STEAL}, target="alice"),
    "a link and a hidden file": Attack(
        {"alice/layers.py": STEAL, "alice/.hidden": ""}, {"alice/link": ".."}, "alice/layers.py"
    ),
    "a linked text and a hidden file": Attack(
        {"alice/layers.py": STEAL, "alice/.hidden": ""}, {"alice/answers.txt": "../answers.txt"}
    ),
    "a package two folders up": Attack(
        {"alice/one/layers.py": STEAL, "alice/one/__init__.py": "", "alice/__init__.py": "", "__init__.py": ""},
        target="alice/one",
    ),
}  # fmt: skip


def said(name: str, level: Level) -> str:
    """Return all that is said of an attack."""
    return str(judged(STEALING[name], level))


@ahead(said)
@pytest.mark.parametrize("level", APART)
@pytest.mark.parametrize("name", STEALING)
@pytest.mark.sample(name=("a docstring with dots", "a link and a hidden file"))
def test_submission__reads_no_file_above_its_folder(name: str, level: Level, outcome: str) -> None:
    assert "relu_backward" in outcome
    assert SECRET not in outcome


CHANGED = """
import os
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    here = os.path.dirname(os.path.abspath(__file__))
    for place in (os.path.join(here, "..", "answers.txt"), os.path.join(here, "..")):
        for attempt in (
            lambda: os.chmod(place, 0o707),
            lambda: os.chown(place, 12345, 12345),
            lambda: os.utime(place, (1, 1)),
            lambda: os.setxattr(place, "user.gained", b"x"),
        ):
            try:
                attempt()
            except OSError:
                pass
    return dout * (cache > 0)
"""


def changed(level: Level) -> tuple[list[str], list[bool]]:
    """Return the verdicts of code that changes the rights and times of others, and whether they are as they were."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "alice", "layers.py")
        place.parent.mkdir()
        place.write_text(CHANGED)
        others = [Path(folder, "answers.txt"), Path(folder)]
        others[0].write_text(SECRET)
        before = [about(other) for other in others]
        report = verify([str(place)], Plan(cases=0, isolation=level, limits=LIMITS, hint="none"))
        verdicts = [str(part.verdict) for part in report.targets[0].parts]
        return verdicts, [about(other) == known for other, known in zip(others, before, strict=True)]


def about(place: Path) -> tuple[object, ...]:
    found = place.stat()
    return found.st_mode, found.st_uid, found.st_mtime_ns, tuple(os.listxattr(place))


@ahead(changed)
@pytest.mark.parametrize("level", [level for level in available() if level is not Level.PROCESS])
def test_submission__changes_no_rights_owners_and_times(
    level: Level, outcome: tuple[list[str], list[bool]]
) -> None:
    assert outcome == (["pass", "pass"], [True, True])
