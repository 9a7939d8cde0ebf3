"""What the options of pytest ask for, and what ``[tool.gradcheck]`` of pyproject.toml says of a project."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from gradcheck import checks
from gradcheck.commands.options import case_of, separated
from gradcheck.contract import OPTIMIZER, PARTS
from gradcheck.isolation.levels import Limits
from gradcheck.judging.plan import Plan
from gradcheck.layers.outside.registry import discover, known_layers, use_layers
from gradcheck.pytest_plugin.aspects import Aspect
from gradcheck.subjects.submissions import submissions
from gradcheck.text import unknown

FILE = "pyproject.toml"
EXAMPLE = '{layer = "conv2d", part = "backward", check = "gradient", reason = "issue 12"}'


class KnownError(ValueError):
    """The table is invalid. The message says what to write."""


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One known failure of a check, for a part of a layer; optionally for one gradient or in one target only."""

    layer: str
    part: str
    check: str
    reason: str
    tensor: str | None = None
    target: str | None = None

    def covers(self, aspect: Aspect, target: str) -> bool:
        """Return whether this entry is about a test of a target."""
        same = (self.layer, self.part, self.check) == (aspect.layer, aspect.part, aspect.check)
        return same and self.tensor in (None, aspect.tensor) and self.target in (None, target)

    def __str__(self) -> str:
        tensor = f"[{self.tensor}]" if self.tensor else ""
        return f"{self.layer}-{self.part}-{self.check}{tensor}"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table ``[tool.gradcheck]``: known failures, checks that are promised, and checks declared not to hold."""

    known: tuple[Known, ...] = ()
    promise: tuple[str, ...] = ()
    declare: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    adapter: str | None = None
    root: str | None = None


def read_table(folder: Path) -> Table:
    """Return the table of a project; an empty one if it has no such file or table. Its layers are known afterwards.

    Raises
    ------
    KnownError
        If the table has an unknown key, names something that does not exist, or lacks a reason; or if a file of its
        `layers` declares none.
    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Table()
    try:
        table = msgspec.convert(tomllib.loads(text).get("tool", {}).get("gradcheck", {}), Table)
        use_layers(*(_from_here(source, folder) for source in table.layers))  # an entry may name one of them
        for entry in table.known:
            _refuse_invalid(entry)
        Plan(promised=table.promise, declared=table.declare).refuse_unknown()
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError, OSError) as problem:
        raise KnownError(f"[tool.gradcheck] in {FILE}: {problem}; an entry of `known` is {EXAMPLE}") from None
    return table


def _refuse_invalid(entry: Known) -> None:
    names: Mapping[str, Iterable[Any]] = {
        "layer": (*known_layers(), OPTIMIZER),
        "part": PARTS,
        "check": checks.BY_NAME,
    }
    for what, there in names.items():
        if getattr(entry, what) not in there:
            raise ValueError(unknown(what, getattr(entry, what), there))
    if not entry.reason.strip():
        raise ValueError(f"{entry} has no reason")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The targets, the plan, the known failures, and whether a test without a verdict fails (`strict`)."""

    targets: tuple[str, ...]
    plan: Plan
    known: tuple[Known, ...]
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
        use_layers(*(_from_here(source, config.rootpath) for source in option("gradcheck_layers")))
        for complaint in discover():
            config.issue_config_time_warning(UserWarning(complaint), stacklevel=2)
        table = read_table(config.rootpath)
        only = case_of(line) if line else None
        adapter = option("gradcheck_adapter") or table.adapter
        root = option("gradcheck_root") or table.root
        plan = Plan(
            dialect=option("gradcheck_dialect"),
            layers=separated(option("gradcheck_layer")),
            checks=separated(option("gradcheck_check")),
            promised=separated([*table.promise, *option("gradcheck_promise")]),
            declared=separated([*table.declare, *option("gradcheck_declare")]),
            cases=None if option("gradcheck_cases") is None else _count(option("gradcheck_cases")),
            thorough=option("gradcheck_thorough"),
            seed=_count(option("gradcheck_seed")) if only is None else only.seed,
            only=only,
            isolation="files",
            limits=Limits(packages=separated([*table.allow, *option("gradcheck_allow")])),
            adapter=adapter and _from_here(adapter, config.rootpath),
            root=root and _from_here(root, config.rootpath),
        )
        plan.refuse_unknown()
    except (ValueError, click.UsageError) as problem:
        message = problem.message if isinstance(problem, click.UsageError) else str(problem)
        raise pytest.UsageError(f"gradcheck: {message}") from None
    named = [_from_here(target, config.rootpath) for target in option("gradcheck")]
    targets = tuple(dict.fromkeys(one for target in named for one in _submissions(target, plan)))
    return Asked(targets=targets, plan=plan, known=table.known, strict=option("gradcheck_strict"))


def _submissions(target: str, plan: Plan) -> tuple[str, ...]:
    return (target,) if plan.root else submissions(target)


def _count(number: int) -> int:
    if not 0 <= number < 2**32:
        raise ValueError(f"{number} is not between 0 and {2**32 - 1}")
    return number


def _from_here(target: str, root: Path) -> str:
    """Return a target's path relative to the working directory; addopts in pyproject.toml are relative to the root."""
    if not os.path.exists(target) and (root / target).exists():
        try:
            return os.path.relpath(root / target)
        except ValueError:  # on Windows: another drive
            return str(root / target)
    return os.path.normpath(target) if os.path.exists(target) else target
