"""Read a rubric, and say at which line and column it is wrong."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from math import isfinite
from pathlib import Path

import msgspec

from gradcheck import checks
from gradcheck.contract import OPTIMIZER
from gradcheck.grading.refused import Refused
from gradcheck.grading.rubric import SCHEMA, Demand, Function, Rubric
from gradcheck.isolation import allowed
from gradcheck.judging.plan import DECLARABLE
from gradcheck.layers.outside.registry import known_layers
from gradcheck.models.rules import RULES
from gradcheck.subjects import dialects
from gradcheck.text import unknown

LARGEST = 2**20
"""Bytes of a rubric."""

STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|\[\.\.\.\]")
"""A step of the path at the end of a message of msgspec: a key, or the number of an entry."""


class RubricError(Refused):
    """A rubric cannot be used. The message names the file, and the line and column where there is one."""


def names() -> list[str]:
    """Return the names of the rubrics that the suite has."""
    folder = files("gradcheck.grading") / "rubrics"
    return sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))


def text_of(name: str) -> str:
    """Return the text of a rubric of the suite."""
    return (files("gradcheck.grading") / "rubrics" / f"{name}.toml").read_text(encoding="utf-8")


def read(given: str) -> Rubric:
    """Return the rubric in a file, or the one of the suite that has this name.

    Raises
    ------
    RubricError
        There is no such rubric, or it is wrong.
    """
    if given in names():
        return parsed(text_of(given), given)
    path = Path(given)
    try:
        if path.stat().st_size > LARGEST:
            raise RubricError(f"{given} is no rubric: it has more than {LARGEST} bytes")
        return parsed(path.read_bytes().decode("utf-8"), given)
    except FileNotFoundError:
        raise RubricError(f"{unknown('rubric', given, names())}, and no such file") from None
    except OSError as problem:
        raise RubricError(f"{given} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise RubricError(f"{given} is not UTF-8 text: byte {problem.start} cannot be decoded") from None


def parsed(text: str, source: str) -> Rubric:
    """Return the rubric that a text is. Raises RubricError."""
    try:
        rubric = msgspec.convert(tomllib.loads(text), Rubric)
    except tomllib.TOMLDecodeError as problem:
        raise RubricError(f"{source}: {problem}") from None
    except RecursionError:
        raise RubricError(f"{source} is no rubric: it is nested too deeply") from None
    except msgspec.ValidationError as problem:
        said, _, path = str(problem).partition(" - at `$")
        surplus = re.search("unknown field `(.*)`", said)
        keys = (*_keys(path), surplus[1]) if surplus else _keys(path)
        raise RubricError(f"{_place(source, text, keys)}: {said}") from None
    for keys, complaint in _complaints(rubric):
        raise RubricError(f"{_place(source, text, keys)}: {complaint}")
    return rubric


def _keys(path: str) -> tuple[str | int, ...]:
    """Return the keys in a path as msgspec writes it: ``.function[2].forward``."""
    return tuple(key if key else int(number) for key, number in STEP.findall(path) if key or number)


def _complaints(rubric: Rubric) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what is wrong with a rubric that has the right form: where, and why."""
    if rubric.schema != SCHEMA:
        yield ("schema",), f"the schema is {rubric.schema!r}; this version reads {SCHEMA!r}"
    if rubric.dialect is not None and rubric.dialect not in dialects.BY_NAME:
        yield ("dialect",), unknown("dialect", rubric.dialect, dialects.BY_NAME)
    if not rubric.function:
        yield (), "it has no [[function]]: name at least one layer and its points"
    counts = Counter(each.label for each in rubric.function)
    for number, each in enumerate(rubric.function):
        yield from (((("function", number, key)), why) for key, why in _about_name(each))
        if counts[each.label] > 1:
            what = "rule" if each.rule else "layer"
            said = f"the {what} {each.label!r} is named {counts[each.label]} times"
            yield ("function", number, what), said
        for name in ("forward", "backward", "follow_through"):
            points = getattr(each, name)
            if points is not None and not (isfinite(points) and points >= 0):
                yield ("function", number, name), f"{name} is {points:g} points; points are 0 or more"
        if each.follow_through is not None and each.follow_through > each.backward:
            why = f"follow_through is {each.follow_through:g} points, more than backward's {each.backward:g}"
            yield ("function", number, "follow_through"), why
    yield from _about_checks(rubric)
    try:
        allowed.refuse_unknown(rubric.allow)
    except ValueError as problem:
        yield ("allow",), str(problem)
    if rubric.cases is not None and rubric.cases < 0:
        yield ("cases",), f"cases is {rubric.cases}; the number of further cases is 0 or more"
    for name in ("call_seconds", "total_seconds", "memory_mb"):
        limit = getattr(rubric.limits, name)
        if not (isfinite(limit) and limit > 0):
            yield ("limits", name), f"{name} is {limit:g}; a limit is more than 0"
    if rubric.students.deadline is not None and rubric.students.deadline.tzinfo is None:
        yield ("students", "deadline"), "the deadline has no time zone: write 2027-01-31T23:59:00Z"


def _about_name(each: Function) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the name of a layer, or of an update rule."""
    if each.layer == OPTIMIZER:
        if each.rule is None:
            yield "layer", f"an optimizer needs the name of its rule: {', '.join(RULES)}"
        elif each.rule not in RULES:
            yield "rule", unknown("rule", each.rule, RULES)
        if each.backward:
            yield "backward", f"{each.label} has no backward: it is no layer"
        return
    if each.layer not in known_layers():
        yield "layer", unknown("layer", each.layer, known_layers())
    if each.rule is not None:
        yield "rule", f"a rule is that of an optimizer, and {each.layer} is a layer"


def _about_checks(rubric: Rubric) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for table in ("checks", "credit", "messages"):
        for name in getattr(rubric, table):
            if name not in checks.BY_NAME:
                yield (table, name), unknown("check", name, checks.BY_NAME)
    for name, demand in rubric.checks.items():
        if demand is not Demand.DEMAND and name not in DECLARABLE:
            yield (
                ("checks", name),
                f"the check {name!r} says whether results are right: it is always demanded",
            )
    for name, share in rubric.credit.items():
        if not 0 <= share <= 1:
            yield ("credit", name), f"the credit of {name} is {share:g}; a share lies between 0 and 1"


def _place(source: str, text: str, keys: tuple[str | int, ...]) -> str:
    """Return the file, and the line and column of the deepest of the keys that is found in it."""
    found = position(text, keys)
    return source if found is None else f"{source}, line {found[0]}, column {found[1]}"


def position(text: str, keys: tuple[str | int, ...]) -> tuple[int, int] | None:
    """Return the line and column at which a key of a table, or of an array of tables, is written; None if nowhere."""
    tables = [key for key in keys[:-1] if isinstance(key, str)]
    wanted = next((key for key in keys if isinstance(key, int)), 0)
    last = str(keys[-1]) if keys else ""
    number, current, header = -1, "", None
    for count, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*(\[\[?)\s*([\w.\"-]+)\s*\]", line):
            current = match[2]
            number += bool(tables) and current == tables[0] and match[1] == "[["
            if current == (tables[0] if tables else last) and number in (-1, wanted):
                header = header or (count, match.start(1) + 1)
            continue
        is_here = current == (tables[0] if tables else "") and number in (-1, wanted)
        if is_here and (match := re.match(rf"\s*\"?({re.escape(last)})\"?\s*=", line)):
            return count, match.start(1) + 1
    return header
