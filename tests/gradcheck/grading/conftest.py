"""A small rubric and small submissions: one layer, judged in a fraction of a second."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from gradcheck.commands import main
from gradcheck.grading import batch
from gradcheck.isolation.levels import Level, strongest
from gradcheck.judging.plan import Plan
from gradcheck.report import TargetReport

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


REPORTS: dict[tuple[str, bytes, str], TargetReport] = {}
"""What was found of a file of this name and text under this plan."""


def once(path: str, plan: Plan) -> TargetReport:
    """Judge a submission in this process, whatever the seed, unless one of the same name and text was judged."""
    plan = replace(plan, seed=0)
    if not Path(path).is_file():
        return msgspec.msgpack.decode(batch.judge_one(path, plan), type=TargetReport)
    key = (Path(path).name, Path(path).read_bytes(), repr(plan))
    if key not in REPORTS:
        REPORTS[key] = msgspec.msgpack.decode(batch.judge_one(path, plan), type=TargetReport)
    return msgspec.structs.replace(REPORTS[key], target=path)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, undiagnosed: None) -> list[str]:
    """Judge quickly, for tests of what is done with the reports, and collect the names of what is judged."""
    names: list[str] = []

    def quick(several, plan, processes):  # type: ignore[no-untyped-def]
        for each in several:
            names.append(each.name)
            yield batch.Judged(each, once(each.path, plan), 0.5)

    monkeypatch.setattr(batch, "judged", quick)
    return names
