"""The request that pytest's command line makes."""

import os
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from gradcheck.commands.options import case_of
from gradcheck.judging.plan import Plan
from gradcheck.pytest_plugin import known


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The targets, the plan, the known failures, and whether a test without a verdict fails (`strict`)."""

    targets: tuple[str, ...]
    plan: Plan
    known: tuple[known.Known, ...]
    strict: bool


def asked(config: pytest.Config) -> Asked:
    """Return what the options ask for.

    Raises
    ------
    pytest.UsageError
        If an option or the table of known failures is invalid.
    """
    option = config.getoption
    line = option("gradcheck_replay")
    try:
        only = case_of(line) if line else None
        plan = Plan(
            dialect=option("gradcheck_dialect"),
            layers=_names(option("gradcheck_layer")),
            checks=_names(option("gradcheck_check")),
            cases=_count(option("gradcheck_cases")),
            seed=_count(option("gradcheck_seed")) if only is None else only.seed,
            only=only,
            isolation="files",
        )
        plan.refuse_unknown()
        entries = known.read(config.rootpath)
    except (ValueError, click.UsageError) as problem:
        message = problem.message if isinstance(problem, click.UsageError) else str(problem)
        raise pytest.UsageError(f"gradcheck: {message}") from None
    targets = tuple(dict.fromkeys(_from_here(target, config.rootpath) for target in option("gradcheck")))
    return Asked(targets=targets, plan=plan, known=entries, strict=option("gradcheck_strict"))


def _names(given: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for text in given for name in text.split(",") if name.strip()))


def _count(number: int) -> int:
    if not 0 <= number < 2**32:
        raise ValueError(f"{number} is not between 0 and {2**32 - 1}")
    return number


def _from_here(target: str, root: Path) -> str:
    """Return a target's path relative to the working directory; addopts in pyproject.toml are relative to the root."""
    if not os.path.exists(target) and (root / target).exists():
        return os.path.relpath(root / target)
    return os.path.normpath(target) if os.path.exists(target) else target
