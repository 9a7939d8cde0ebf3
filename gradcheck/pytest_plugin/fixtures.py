"""What the fixtures do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradcheck.isolation.levels import Limits
from gradcheck.judging import run
from gradcheck.judging.plan import Plan
from gradcheck.kernels.problems import Problem, read
from gradcheck.report import Report


def judging(node: pytest.Item) -> Callable[..., Report]:
    """Return a function that judges with the options of a test's `gradcheck` markers; the innermost marker wins."""
    marked: dict[str, Any] = {}
    # pytest yields the innermost marker first: reversed, it comes last and overrides.
    for marker in reversed(list(node.iter_markers("gradcheck"))):
        marked |= marker.kwargs

    def judge(*what: Any, **options: Any) -> Report:
        return _judged(what, **{**marked, **options})

    return judge


def _judged(
    what: tuple[Any, ...],
    *,
    layer: str | None = None,
    dialect: str | None = None,
    checks: tuple[str, ...] = (),
    promise: tuple[str, ...] = (),
    declare: tuple[str, ...] = (),
    cases: int | None = None,
    seed: int = 0,
    allow: tuple[str, ...] = (),
    adapter: str | Path | None = None,
) -> Report:
    plan = Plan(
        dialect=dialect,
        layers=() if layer is None else (layer,),
        checks=tuple(checks),
        promised=tuple(promise),
        declared=tuple(declare),
        cases=cases,
        seed=seed,
        isolation="files",
        limits=Limits(packages=tuple(allow)),
        adapter=None if adapter is None else str(adapter),
    )
    if all(isinstance(each, str | Path) for each in what):
        return run.verify([str(each) for each in what], plan)
    return run.verify_functions(_named(what, layer), plan)


def _named(functions: tuple[Any, ...], layer: str | None) -> dict[str, object]:
    """Return functions by their own names; a pair with a layer by the names of `naive` and `fast`."""
    if layer is None or len(functions) != 2:
        return {function.__name__: function for function in functions}
    return dict(zip((f"{layer}_forward", f"{layer}_backward"), functions, strict=True))


def convolutions(source: str = "course") -> tuple[Problem, ...]:
    """Return the convolutions of a problem set or a file.

    Raises
    ------
    ProblemError
        If there is no such set or file, or one of its lines is invalid.
    """
    return tuple(problem for problem in read(source) if problem.case.layer.name == "conv2d")
