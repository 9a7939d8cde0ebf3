"""A project with its own `naive` and `fast`: they are what is judged, and they do not disturb the suite."""

import json
import subprocess
import sys

import pytest

CONV = """
from gradcheck.fast import conv2d_backward as right
from gradcheck.fast import conv2d_forward


def conv2d_backward(dout, cache):
    dx, dw, db = right(dout, cache)
    return 2 * dx, dw, db
"""
COMMAND = (sys.executable, "-m", "gradcheck", "verify")


@pytest.fixture
def project(tmp_path):
    """Make a project with a wrong convolution in `fast`, and a `naive` without layers."""
    for name, text in (
        ("fast/__init__.py", "from .conv import *\n"),
        ("fast/conv.py", CONV),
        ("naive/__init__.py", "A = 1\n"),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def run(folder, *command):
    """Run a command in a folder, with the suite that is installed."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["fast", "fast.conv"])
@pytest.mark.sample(1)
def test_verify__takes_a_name_for_the_projects_own_package(project, target):
    done = run(project, *COMMAND, target, "--cases", "0", "--format", "json")
    (told,) = json.loads(done.stdout)["targets"]
    assert (done.returncode, told["target"], told["verdict"]) == (1, target, "fail")
    assert [(part["part"], part["verdict"]) for part in told["parts"]] == [
        ("forward", "pass"),
        ("backward", "fail"),
    ]


@pytest.mark.slow
def test_verify__default_targets_are_ours_wherever_it_runs(project):
    done = run(project, *COMMAND, "--layer", "conv2d", "--cases", "0", "--format", "json")
    assert [each["verdict"] for each in json.loads(done.stdout)["targets"]] == ["pass", "pass"], done.stderr


@pytest.mark.slow
def test_pytest_judges_the_projects_own_package(project):
    chosen = ("--gradcheck", "fast", "--gradcheck-cases", "0", "--gradcheck-check", "output,gradient")
    done = run(project, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chosen)
    assert "INTERNALERROR" not in done.stdout
    assert done.returncode == 1, done.stdout
    assert "FAILED fast::conv2d-backward-gradient" in done.stdout


def test_verify__gives_the_name_of_ours_where_there_is_no_such_package(tmp_path):
    done = run(tmp_path, *COMMAND, "naive.conv")
    assert done.returncode == 2
    assert (
        'there is no file, folder or module called "naive.conv"; the one of this suite is "gradcheck.naive.conv"'
        in done.stdout
    )
