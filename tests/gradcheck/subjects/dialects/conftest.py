"""Judging files in the style of one family: as they are, and with one line changed."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify

DATA = Path(__file__).parents[3] / "data"


@pytest.fixture(autouse=True)
def unexplained(undiagnosed):
    """Leave out why something failed, but where a test is marked `diagnosed`."""


@pytest.fixture(scope="session")
def judged():
    """Return a function from a file below tests/data, or any path, and a plan to the report of that target.

    No edit is searched for that mends what is wrong: tests/gradcheck/judging/test_hinting.py is about these.
    """

    def judge(path, **plan):
        (target,) = verify([str(DATA / path)], Plan(**{"hint": "mistake"} | plan)).targets
        return target

    return judge


@pytest.fixture
def edited(tmp_path):
    """Return a function that copies a file with one piece of it replaced."""

    def edit(path, was, now):
        source = (DATA / path).read_text()
        assert source.count(was) == 1, f"{was!r} is {source.count(was)} times in {path}"
        copy = tmp_path / "layers.py"
        copy.write_text(source.replace(was, now))
        return copy

    return edit


@pytest.fixture(scope="session")
def unpassed():
    """Return a function from a report to the verdict of every function that did not pass."""
    return lambda target: {part.function: part.verdict for part in target.parts if part.verdict != "pass"}


@pytest.fixture(scope="session")
def conventions():
    """Return a function from a report to what was noted about each function when the dialect tried it."""
    return lambda target: {
        (part.function, finding.message)
        for part in target.parts
        for finding in part.findings
        if finding.check == "convention"
    }
