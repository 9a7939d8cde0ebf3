"""Running ``gradcheck kernel`` in a test."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.commands import main

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def own_modules():
    """Forget the top-level modules that a kernel in this process imports: another test has some of the same name."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("naive", "fast"):
            del sys.modules[name]


@pytest.fixture(scope="session")
def kernel():
    """Return a function that runs the command on a kernel, in this process unless it is told otherwise.

    A bare name is one of the NumPy ones.
    """

    def run(name, *options, apart=False):
        name = str(name)
        target = name if ":" in name or "." in name else f"{HERE / 'numpy_kernels.py'}:{name}"
        arguments = ["kernel", target, *map(str, options), *([] if apart else ["--in-process"])]
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    return run


@pytest.fixture(scope="session")
def judged(kernel):
    """Return a function that runs the command and returns the report as JSON says it."""

    def run(name, *options, apart=False):
        result = kernel(name, "--format", "json", *options, apart=apart)
        assert result.stdout, result.output
        return json.loads(result.stdout)

    return run


@pytest.fixture(scope="session")
def findings(judged):
    """Return a function that runs the command and returns (check, tensor, verdict) of all that was found."""

    def run(name, *options, apart=False):
        problems = judged(name, *options, apart=apart)["problems"]
        outcomes = [each for problem in problems for each in problem["outcomes"]]
        found = [finding for outcome in outcomes for finding in outcome["findings"]]
        return {(each["check"], each["tensor"], each["verdict"]) for each in found}

    return run
