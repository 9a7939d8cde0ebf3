"""What a submission in a worker may import: what lies in its own folder, or in the one that ``--root`` names."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck import Plan, verify
from gradcheck.commands import main
from gradcheck.isolation.levels import Level, available
from gradcheck.isolation.opening import in_worker
from gradcheck.report import TargetReport
from gradcheck.subjects.loading import LoadError

WORKERS = [level for level in available() if level is not Level.PROCESS]
PARTS = "import numpy as np\n\ndef clip(x):\n    return np.maximum(x, 0)\n"
FORWARD = "\ndef relu_forward(x):\n    return clip(x), x\n"
BACKWARD = "\ndef relu_backward(dout, cache):\n    return dout * (cache > 0)\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def judged(target: Path, level: str = "strongest", root: Path | None = None) -> TargetReport:
    plan = Plan(layers=("relu",), cases=0, isolation=level, root=None if root is None else str(root))
    return verify([str(target)], plan).targets[0]


def notebook(text: str) -> str:
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": text}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


SIBLING = {
    "by its name": "from parts import *",
    "relatively": "from .parts import *",
    "from its package": "from cs231n.parts import *",
    "from its package, as a module": "import cs231n.parts\nclip = cs231n.parts.clip",
}
LAYOUTS = {
    **{
        how: ({"cs231n/layers.py": text + FORWARD + BACKWARD, "cs231n/parts.py": PARTS}, "cs231n/layers.py")
        for how, text in SIBLING.items()
    },
    "a package file": (
        {
            "cs231n/__init__.py": "from .parts import *\n",
            "cs231n/layers.py": "from . import clip" + FORWARD + BACKWARD,
            "cs231n/parts.py": PARTS,
        },
        "cs231n/layers.py",
    ),
    "a module of a part": (
        {"cs231n/layers.py": "from .more.parts import *" + FORWARD + BACKWARD, "cs231n/more/parts.py": PARTS},
        "cs231n/layers.py",
    ),
    "a folder": (
        {"cs231n/layers.py": "from cs231n.parts import *" + FORWARD + BACKWARD, "cs231n/parts.py": PARTS},
        "cs231n",
    ),
    "a folder that goes up inside": (
        {"cs231n/more/layers.py": "from ..parts import *" + FORWARD + BACKWARD, "cs231n/parts.py": PARTS},
        "cs231n",
    ),
    "a notebook": (
        {"hw.ipynb": notebook("from cs231n.parts import *" + FORWARD + BACKWARD), "cs231n/parts.py": PARTS},
        "hw.ipynb",
    ),
}


@pytest.mark.parametrize("level", WORKERS)
@pytest.mark.parametrize("how", LAYOUTS)
@pytest.mark.sample(2)
def test_code_of_its_own_folder__is_found(tmp_path: Path, how: str, level: Level) -> None:
    files, target = LAYOUTS[how]
    found = judged(write(tmp_path, files) / target, level)
    assert found.error is None
    assert {part.function: part.verdict for part in found.parts} == {
        "relu_forward": "pass",
        "relu_backward": "pass",
    }


ABOVE = {
    "relatively": "from ..parts import *",
    "by the name of the package": "from cs231n.parts import *",
    "one name": "from cs231n.parts import clip",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", ABOVE)
@pytest.mark.sample(1)
def test_code_above_the_folder__needs_the_root(tmp_path: Path, how: str) -> None:
    files = {"cs231n/sub/layers.py": ABOVE[how] + FORWARD + BACKWARD, "cs231n/parts.py": PARTS}
    folder = write(tmp_path, files)
    without = judged(folder / "cs231n/sub/layers.py")
    assert "--root" in str(without)
    for root in (folder / "cs231n", folder):
        found = judged(folder / "cs231n/sub/layers.py", root=root)
        assert [part.verdict for part in found.parts] == ["pass", "pass"]
        assert found.root == str(root)


@pytest.mark.slow
def test_command__takes_the_root_and_repeats_it(tmp_path: Path) -> None:
    wrong = "from ..parts import *\n" + FORWARD + "\ndef relu_backward(dout, cache):\n    return dout\n"
    folder = write(tmp_path, {"cs231n/sub/layers.py": wrong, "cs231n/parts.py": PARTS})
    words = ["verify", folder / "cs231n/sub/layers.py", "--root", folder / "cs231n", "--cases", "0"]
    told = CliRunner().invoke(main, [str(word) for word in words])
    assert told.exit_code == 1
    assert f"--root {folder / 'cs231n'}" in told.stdout


def test_target_outside_of_the_root__is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, {"one/layers.py": PARTS + FORWARD, "two/x.py": ""})
    with pytest.raises(LoadError, match=r"does not lie in .*two"):
        in_worker(str(folder / "one/layers.py"), Level.RLIMITS, root=str(folder / "two")).__enter__()


def test_module_that_is_a_link_out_of_its_folder__is_left_out_and_noted(tmp_path: Path) -> None:
    folder = write(tmp_path, {"data/numbers.py": "x = 1\n", "hw/layers.py": PARTS + FORWARD + BACKWARD})
    (folder / "hw/numbers.py").symlink_to("../data/numbers.py")
    (folder / "hw/data").symlink_to("../data")
    (folder / "hw/again.py").symlink_to("layers.py")  # stays inside
    found = judged(folder / "hw")
    assert {part.verdict for part in found.parts} == {"pass"}
    assert any('"hw/numbers.py" is a link' in note for note in found.notes)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["gradcheck.naive", "gradcheck.fast", "tests.alternatives.activations"])
@pytest.mark.sample(1)
def test_module_by_its_name__has_its_outermost_package(target: str) -> None:
    plan = Plan(layers=("relu",), cases=0, isolation="strongest")
    found = verify([target], plan).targets[0]
    assert found.error is None
    assert {part.verdict for part in found.parts} == {"pass"}
