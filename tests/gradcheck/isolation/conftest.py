"""Submissions in a worker, written as a test needs them."""

import tempfile
import textwrap
from contextlib import ExitStack

import pytest

from gradcheck.isolation import runtime
from gradcheck.isolation.levels import MEGABYTE, Level, Limits
from gradcheck.isolation.opening import in_worker

LIMITS = Limits(call=2.0, load=10.0, total=30.0, memory=2048 * MEGABYTE, result=64 * MEGABYTE)


@pytest.fixture(autouse=True)
def unexplained(undiagnosed):
    """Leave out why something failed, but where a test is marked `diagnosed`."""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder that temporary files go to."""
    runtime.runtime()
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def submit(tmp_path, temporary):
    """Return a function that brings source code into a worker, and gives what it defines."""
    with ExitStack() as stack:

        def bring(source, limits=LIMITS, level=Level.RLIMITS):
            path = tmp_path / "submission.py"
            path.write_text(f"import numpy as np\n{textwrap.dedent(source)}", encoding="utf-8")
            return stack.enter_context(in_worker(str(path), level, limits))

        yield bring


@pytest.fixture
def members(submit):
    """Return a function that brings source code into a worker, and gives its members."""
    return lambda source, **how: submit(source, **how).namespaces[0].members
