"""A class in one folder: nobody's file changes another one's verdict; and a table of known answers is worth nothing."""

import json
import os
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck import Plan, verify
from gradcheck.commands import main
from gradcheck.isolation import runtime
from gradcheck.isolation.levels import MEGABYTE, Limits, strongest
from gradcheck.report import Report

LIMITS = Limits(call=5.0, load=10.0, total=50.0, memory=1024 * MEGABYTE, result=64 * MEGABYTE)
RIGHT = """
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0)
"""
WRONG = RIGHT.replace("np.where(cache > 0, dout, 0)", "dout * 1.0")
BREAKS_NUMPY = f"import numpy\nnumpy.where = lambda *args: args[1] * 3.0\n{WRONG}"
MENDS_OTHERS = f"""
{RIGHT}
import sys

class Mender:
    def find_spec(self, name, path=None, target=None):
        for module in list(sys.modules.values()):
            if getattr(module, "relu_backward", None) not in (None, relu_backward):
                module.relu_backward = relu_backward

sys.meta_path.insert(0, Mender())
"""
REPLACES_MODULES = (
    f"{RIGHT}\nimport sys\nsys.modules['layers'] = sys.modules['mine'] = sys.modules[__name__]\n"
)


@dataclass(frozen=True)
class Class:
    """Files below the folder, whose verdict of `relu_backward` is by the file's folder; and how it is judged."""

    files: dict[str, str]
    expected: dict[str, str]
    how: dict[str, object] = field(default_factory=dict)


def notebook(text: str) -> str:
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": text}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


CLASSES = {
    "one breaks NumPy": Class(
        {"ann/layers.py": BREAKS_NUMPY, "bob/layers.py": RIGHT}, {"ann": "fail", "bob": "pass"}
    ),
    "one mends the others": Class(
        {"ann/layers.py": MENDS_OTHERS, "bob/layers.py": WRONG}, {"ann": "pass", "bob": "fail"}
    ),
    "one takes the others' names": Class(
        {"ann/layers.py": REPLACES_MODULES, "bob/layers.py": WRONG}, {"ann": "pass", "bob": "fail"}
    ),
    "a name of one's own does not evade": Class(
        {"ann/mine.py": BREAKS_NUMPY, "bob/layers.py": RIGHT, "eve/layers.py": RIGHT},
        {"ann": "fail", "bob": "pass", "eve": "pass"},
    ),
    "deeper than the others": Class(
        {"ann/a/b/layers.py": BREAKS_NUMPY, "bob/layers.py": RIGHT}, {"ann": "fail", "bob": "pass"}
    ),
    "sections": Class(
        {
            "one/ann/layers.py": BREAKS_NUMPY,
            "one/bob/layers.py": RIGHT,
            "two/eve/layers.py": RIGHT,
            "two/dan/layers.py": MENDS_OTHERS,
        },
        {"ann": "fail", "bob": "pass", "dan": "pass", "eve": "pass"},
    ),
    "a package file of one's own": Class(
        {"ann/__init__.py": "", "ann/layers.py": BREAKS_NUMPY, "bob/layers.py": RIGHT, "bob/__init__.py": ""},
        {"ann": "fail", "bob": "pass"},
    ),
    "a script of the teacher next to them": Class(
        {"ann/layers.py": BREAKS_NUMPY, "bob/layers.py": RIGHT, "notes.py": "x = 1\n"},
        {"ann": "fail", "bob": "pass"},
    ),
    "notebooks": Class(
        {"ann/hw.ipynb": notebook(BREAKS_NUMPY), "bob/hw.ipynb": notebook(RIGHT)},
        {"ann": "fail", "bob": "pass"},
    ),
    "each, with names of their own": Class(
        {"ann/a.py": BREAKS_NUMPY, "bob/b.py": RIGHT}, {"ann": "fail", "bob": "pass"}, {"each": True}
    ),
    "each file": Class(
        {"ann.py": BREAKS_NUMPY, "bob.py": RIGHT, "dan.ipynb": notebook(RIGHT)},
        {"ann.py": "fail", "bob.py": "pass", "dan.ipynb": "pass"},
        {"each": True},
    ),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files, away from that of the class."""
    runtime.runtime()
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def judged(target: Path, **how: object) -> Report:
    plan = Plan(cases=1, layers=("relu",), isolation=strongest(), limits=LIMITS, hint="none", **how)  # type: ignore[arg-type]
    return verify([str(target)], plan)


def verdicts(report: Report) -> dict[str, str]:
    """Return the verdict of relu_backward by the name of the target."""
    return {
        Path(target.target).name: part.verdict
        for target in report.targets
        for part in target.parts
        if part.function.endswith("relu_backward")
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.sample(every=4)
def test_submission__changes_no_verdict_of_another(tmp_path: Path, name: str) -> None:
    case = CLASSES[name]
    report = judged(write(tmp_path / "class", case.files), **case.how)
    assert verdicts(report) == case.expected


@pytest.mark.slow
def test_zips_of_a_class__are_judged_each_by_itself(tmp_path: Path) -> None:
    place = tmp_path / "class"
    place.mkdir()
    for name, text in {"ann": BREAKS_NUMPY, "bob": RIGHT}.items():
        with zipfile.ZipFile(place / f"{name}.zip", "w") as made:
            made.writestr("layers.py", text)
    assert verdicts(judged(place, each=True)) == {"ann.zip": "fail", "bob.zip": "pass"}


# A package is one submission.

PACKAGES = {
    "a package file": {"net/__init__.py": "", "net/one/utils.py": RIGHT, "net/two/utils.py": "x = 1\n"},
    "files that all have other names": {"net/one/layers.py": RIGHT, "net/two/more.py": "x = 1\n"},
    "one folder": {"net/one/layers.py": RIGHT, "net/one/two/layers.py": "x = 1\n"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.sample(1)
def test_package__is_one_submission(tmp_path: Path, name: str) -> None:
    (target,) = judged(write(tmp_path, PACKAGES[name]) / "net").targets
    assert {part.verdict for part in target.parts} == {"pass"}


@pytest.mark.slow
def test_package_whose_root_is_named__is_one_submission(tmp_path: Path) -> None:
    files = {"net/one/layers.py": "from net.two.layers import np" + RIGHT, "net/two/layers.py": RIGHT}
    folder = write(tmp_path, files) / "net"
    assert len(judged(folder).targets) == 2
    (target,) = judged(folder, root=str(folder)).targets
    assert {part.verdict for part in target.parts} == {"pass"}


# A table of what the default run asks.


def table_of(calls: dict[bytes, bytes]) -> str:
    """Return a submission that has learned what the default run asks, and is wrong otherwise."""
    return f"""
import numpy as np

TABLE = {calls!r}

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    known = TABLE.get(repr((dout.shape, str(dout.dtype))).encode() + dout.tobytes() + cache.tobytes())
    if known is None:
        return dout * 1.0
    return np.frombuffer(known, dout.dtype).reshape(dout.shape).copy()
"""


def recorded(seed: int) -> dict[bytes, bytes]:
    """Return what a right function is asked in a run, and what it answers."""
    from gradcheck import verify_functions

    calls: dict[bytes, bytes] = {}
    space: dict[str, object] = {}
    exec(RIGHT, space)

    def relu_backward(dout, cache):  # type: ignore[no-untyped-def]
        found = space["relu_backward"](dout, cache)  # type: ignore[operator]
        key = repr((dout.shape, str(dout.dtype))).encode()
        calls[key + dout.tobytes() + cache.tobytes()] = found.tobytes()
        return found

    functions = {"relu_forward": space["relu_forward"], "relu_backward": relu_backward}
    verify_functions(functions, Plan(layers=("relu",), seed=seed))
    return calls


@pytest.mark.slow
def test_table_of_the_default_run__fails_under_a_secret_seed(tmp_path: Path) -> None:
    path = write(tmp_path, {"layers.py": table_of(recorded(0))}) / "layers.py"
    told = CliRunner().invoke(
        main, ["verify", str(path), "--seed", "random", "--layer", "relu", "--format", "json"]
    )
    report = json.loads(told.stdout)
    assert told.exit_code == 1
    assert {part["verdict"] for target in report["targets"] for part in target["parts"]} == {"pass", "fail"}
    again = CliRunner().invoke(main, ["verify", str(path), "--seed", str(report["seed"]), "--layer", "relu"])
    assert again.exit_code == 1
    assert f"seed {report['seed']}" in again.stdout


@pytest.mark.slow
def test_secret_seed__is_another_one_each_time(tmp_path: Path) -> None:
    path = write(tmp_path, {"layers.py": RIGHT}) / "layers.py"
    words = ["verify", str(path), "--seed", "random", "--layer", "relu", "--cases", "0", "--format", "json"]
    seeds = {json.loads(CliRunner().invoke(main, words).stdout)["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert min(seeds) > 0


KNOWS = """
import numpy as np

SEED = int(np.random.get_state()[1][0])  # what np.random.seed was given

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    raise ValueError(f"it is {int(np.random.get_state()[1][0])} and was {SEED}")
"""


def test_seed_of_the_run__is_not_told(tmp_path: Path) -> None:
    path = write(tmp_path, {"layers.py": KNOWS}) / "layers.py"
    report = judged(path, seed=123454321)
    told = [finding.message for part in report.parts() for finding in part.findings]
    assert any("it is" in message for message in told)
    assert not any("123454321" in message for message in told)


def test_folders_whose_paths_are_too_long__cost_the_neighbours_nothing(tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "layers.py").write_text(RIGHT)
    here = os.open(tmp_path / "class" / "bob", os.O_RDONLY)
    for _ in range(30):
        os.mkdir("n" * 200, dir_fd=here)
        below = os.open("n" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    report = verify([str(tmp_path / "class")], Plan(cases=0, layers=("relu",), isolation="files"))
    verdicts = [part.verdict for target in report.targets for part in target.parts]
    assert verdicts == ["pass"] * 4


def test_names_that_no_file_can_have__are_no_trouble(tmp_path: Path) -> None:
    place = tmp_path / "layers.py"
    place.write_text(f"import {'a' * 300}.b\nfrom .{'c' * 5000} import d\n{RIGHT}")
    report = verify([str(place)], Plan(cases=0, layers=("relu",), isolation="files"))
    assert [part.verdict for part in report.targets[0].parts] == ["pass", "pass"]
