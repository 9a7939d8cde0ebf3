"""A small rubric and small submissions: one layer, judged in a fraction of a second."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gradcheck.commands import main
from gradcheck.isolation.levels import Level, strongest

RUBRIC = """\
schema = "gradcheck-rubric/1"
name = "small"
dialect = "cs231n"  # finding out costs seconds

[[function]]
layer = "relu"
forward = 1
backward = 2
"""

RIGHT = """\
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)
"""

WRONG = RIGHT.replace("cache > 0", "cache > 1")


@pytest.fixture
def confined() -> None:
    """Skip where submissions cannot be confined."""
    if strongest().rank < Level.LANDLOCK.rank:
        pytest.skip("submissions cannot be confined on this machine")


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(RUBRIC)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a right and a wrong submission."""
    path = tmp_path / "submissions"
    path.mkdir()
    (path / "right.py").write_text(RIGHT)
    (path / "wrong.py").write_text(WRONG)
    return path


@pytest.fixture
def grade(confined: None, rubric: Path, folder: Path, tmp_path: Path) -> Callable[..., Result]:
    """Grade the folder into ``out``, in this process, or what is named instead."""

    def run(*words: object) -> Result:
        given = [str(word) for word in words]
        for option, value in (("--rubric", rubric), ("--out", tmp_path / "out"), ("--processes", 1)):
            given += [] if option in given else [option, str(value)]
        paths = [] if given and not given[0].startswith("--") else [str(folder)]
        return CliRunner().invoke(main, ["grade", *paths, *given])

    return run
