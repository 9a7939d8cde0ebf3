"""Hypothesis profiles, and which of a test's parameters belong to the ordinary run.

A test marked `slow` takes longer than half a second for one claim: it starts Python several times, or judges whole
files. Each folder keeps some such tests as ordinary ones, so that every way through the suite is gone once: a file is
judged, a class graded, a hostile file stopped, a project tested by the plugin.

A test marked `exhaustive` repeats the claim of an ordinary test on more material. Whole tests have it where another one
makes their claim. Those that are slow get it, too, so that one mark leaves all of them out. Of a family of parameters,
`sample` chooses those that are ordinary, and marks the others:

- `sample(3)`: the first three.
- `sample("layer", "part")`: the first for each pair of values of these parameters. A name may be that of an attribute,
  such as `mutant.layer`. With a number, too, as many are taken for each.
- `sample(every=9)`: each ninth, from the first on.
- `sample(name=("a", "b"))`: those with these values of a parameter.
- Several samples are added up: `sample("layer")` and `sample("fake")` take each layer once, and each fake once.
"""

import compileall
import os
import sys
from collections.abc import Generator
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]  # the plugin is tested by runs of pytest

# No deadlines: how long an example takes says something about the machine, and nothing about a gradient.
COMMON = {"deadline": None, "print_blob": True}

# `dev` at the desk, `ci` that repeats itself, `nightly` for the long look.
settings.register_profile("dev", max_examples=25, **COMMON)
settings.register_profile("ci", max_examples=50, derandomize=True, database=None, **COMMON)
settings.register_profile("nightly", max_examples=1000, **COMMON)

BY_DEFAULT = "ci" if os.environ.get("CI") == "true" else "dev"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", BY_DEFAULT))


def pytest_configure(config: pytest.Config) -> None:
    """Compile our modules once.

    Hundreds of tests start Python. Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each of them would
    compile the same modules again, and take half a second longer.
    """
    if not hasattr(config, "workerinput"):
        for name in ("gradcheck", "naive", "fast"):
            compileall.compile_dir(Path(__file__).with_name(name), quiet=2)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what pytest makes of the files of tests for the next run: it takes half of the time of collecting them."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        return (yield)
    finally:
        sys.dont_write_bytecode = before


def told_apart(value: object) -> object:
    """Return what differs for different values: they need not be hashable."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else id(value)


def taken(mark: pytest.Mark, items: list[pytest.Item]) -> set[str]:
    """Return the ids of those that a `sample` takes of the items of one test."""
    numbers = [each for each in mark.args if isinstance(each, int)]
    names = [each for each in mark.args if isinstance(each, str)]
    wanted = {name: values for name, values in mark.kwargs.items() if name != "every"}
    groups: dict[tuple[object, ...], list[str]] = {}
    for item in items[:: mark.kwargs.get("every", 1)]:
        params = item.callspec.params  # type: ignore[attr-defined]
        if all(params[name] in values for name, values in wanted.items()):
            group = tuple(told_apart(attrgetter(name)(SimpleNamespace(**params))) for name in names)
            groups.setdefault(group, []).append(item.nodeid)
    count = numbers[0] if numbers else 1 if names else None
    return {nodeid for group in groups.values() for nodeid in group[:count]}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as exhaustive what is slow, and what no sample takes."""
    families: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("exhaustive")
        if item.get_closest_marker("sample") and hasattr(item, "callspec"):
            families.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for family in families.values():
        ordinary = set().union(*(taken(mark, family) for mark in family[0].iter_markers("sample")))
        for item in family:
            if item.nodeid not in ordinary:
                item.add_marker("exhaustive")


@pytest.fixture
def undiagnosed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out why something failed: it takes longer than finding out that it did, and changes no verdict.

    No smaller case is looked for, no mistake of the catalogue, and no edit that mends. Folders of tests that are about
    verdicts use this for all but those that are marked `diagnosed`.
    """
    if request.node.get_closest_marker("diagnosed"):
        return
    monkeypatch.setattr("gradcheck.judging.target.diagnosed", lambda subject, report, *args, **kwargs: report)
    monkeypatch.setattr("gradcheck.judging.run.hinted", lambda report, *args: report)
