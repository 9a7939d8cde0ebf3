"""The checks of a pair of functions, their findings, and the report."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from gradcheck.contract import Array, Shape
from gradcheck.derivative.precision import Backward, largest
from gradcheck.evidence.compare import AXES, PLURALS, Difference, Evidence
from gradcheck.functions.pair import Functions
from gradcheck.report import CheckReport, Finding, PartReport, Severity, Verdict, worst
from gradcheck.text import one_line

__tracebackhide__ = True

CHECKED = ("shapes", "gradient", "linear", "repeatable", "unchanged", "layout", "alias")
"""The names of the checks in the report; those that options ask for follow."""

MOST_LINES = 12
"""Lines of a failure's message."""

MOST_LISTED = 6
"""Indices that a description of a place lists one by one."""


def complaint(
    check: str, message: str, verdict: Verdict = Verdict.FAIL, tensor: str | None = None
) -> Finding:
    """Return a finding that reports a fault."""
    line = one_line(message)
    return Finding(check=check, severity=Severity.FAULT, verdict=verdict, message=line, tensor=tensor)


def note(check: str, message: str, tensor: str | None = None) -> Finding:
    """Return a finding that reports a convention or something unusual, which is not a fault."""
    line = one_line(message)
    return Finding(check=check, severity=Severity.NOTE, verdict=Verdict.PASS, message=line, tensor=tensor)


def evidence_finding(name: str, evidence: Evidence | None, shape: Shape | None = None) -> Finding | None:
    """Return the finding for the evidence against a gradient, or None if there is none.

    With the `shape` of the tensor, the place has the numbers of its axes instead of a layer's names for them.
    """
    if evidence is None:
        return None
    found = evidence.difference
    if found is None:
        return complaint("gradient", evidence.message, Verdict.INCONCLUSIVE, f"d{name}")
    where = found.where if shape is None else in_plain_words(found.where, name, len(shape))
    return wrong("gradient", evidence.message, f"d{name}", found, where)


def wrong(check: str, message: str, tensor: str, found: Difference, where: str | None) -> Finding:
    """Return a finding that an entry of a tensor is wrong."""
    return Finding(
        check=check,
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=one_line(message),
        tensor=tensor,
        index=found.index,
        got=found.got,
        expected=found.expected,
        bound=found.bound,
        where=where,
    )


def in_plain_words(where: str, name: str, axes: int) -> str:
    """Return a place with the numbers of the axes: ``rows 1 to 6 of axis 2``.

    Examples
    --------
    >>> in_plain_words("features 2..2, every unit", "w", 2)
    'row 2 of axis 0'
    """
    kind = name.rstrip("0123456789").lower()
    names = AXES.get((kind, axes)) or AXES.get(axes) or tuple(f"axis {axis}" for axis in range(axes))
    found = [_axis_words(where, word, axis) for axis, word in enumerate(names)]
    if None in found:  # not a description of axes: "everywhere"
        return where
    return ", ".join(words for words in found if words) or where


def _axis_words(where: str, word: str, axis: int) -> str | None:
    """Return what a description says of one axis, with its number: nothing for "every", and None for none."""
    if re.search(rf"(^|, )every {word}(,|$)", where):
        return ""
    plural = re.escape(PLURALS.get(word, f"{word}s"))
    numbers = r"\d+\.\.\d+(?: in steps of \d+)?|\d+(?:, \d+)*"
    found = re.search(rf"(?:^|, ){plural} ({numbers})(?:, (?=\D)|$)", where)
    return None if found is None else f"{rows(found[1])} of axis {axis}"


def rows(numbers: str) -> str:
    """Return indices as words: ``rows 1 to 6``, ``every 2nd row from 0 to 8``, ``rows 1, 4 and 6``."""
    first, _, rest = numbers.partition("..")
    last, _, step = rest.partition(" in steps of ")
    if step:
        return f"rows {first} to {last} in steps of {step}"
    if last:
        return f"row {first}" if first == last else f"rows {first} to {last}"
    listed = numbers.split(", ")
    if len(listed) > MOST_LISTED:
        return f"{len(listed)} rows from {listed[0]} to {listed[-1]}"
    return f"row {listed[0]}" if len(listed) == 1 else f"rows {', '.join(listed[:-1])} and {listed[-1]}"


def allowance(functions: Functions, name: str, *gradients: Array) -> float:
    """Return a first, cheap bound of the rounding of a gradient: 2**14 roundings of the largest of some gradients."""
    scale = sum(map(largest, gradients))
    return 2.0**14 * min(functions.eps[name], 2.0**-18) * scale + 16 * functions.eps[name] * scale


SLACK = 2.0**10
"""Factor on the measured rounding of backward: a sum of two results may lose a few digits more."""


def rounding(functions: Functions, name: str, got: Array, dout: Array) -> float:
    """Return the rounding error of a gradient, as measured, times SLACK.

    Plus one rounding of the largest intermediate: the gradient, or dout times the overall slope, since both cancel
    where the function saturates.
    """
    claimed = np.asarray(got, dtype=np.float64).ravel()
    typical = Backward(functions, name, claimed, dout).refined(
        np.arange(claimed.size), np.random.default_rng(0)
    )
    out, _ = functions.call()
    steepness = largest(out) / (largest(functions.tensors[name]) or 1.0)
    size = largest(got) + largest(dout) * steepness
    return SLACK * (largest(typical) + functions.eps[name] * size)


def first_wrong(findings: Iterable[Finding]) -> Finding | None:
    """Return the first finding that a gradient is wrong."""
    return next(
        (each for each in findings if each.check == "gradient" and each.verdict is Verdict.FAIL), None
    )


def report_on(
    functions: Functions, findings: Sequence[Finding], extra: Iterable[str], miss: float | None
) -> PartReport:
    """Return the report on functions; `extra` are the checks that options have asked for."""
    return report_of("function", functions.name, (*CHECKED, *extra), findings, miss)


def report_of(
    layer: str, function: str, checked: Iterable[str], findings: Sequence[Finding], miss: float | None = None
) -> PartReport:
    """Return the report on one case of what has a backward, from the names of the checks that ran."""
    faults = [finding for finding in findings if finding.severity is Severity.FAULT]
    by_check = {name: [f.verdict for f in faults if f.check == name] or [Verdict.PASS] for name in checked}
    checks = tuple(CheckReport(check=name, verdict=worst(found), cases=1) for name, found in by_check.items())
    return PartReport(
        layer=layer,
        part="backward",
        function=function,
        verdict=worst(check.verdict for check in checks),
        cases=1,
        miss_bound=miss,
        seconds=0.0,
        findings=tuple(findings),
        checks=checks,
    )


def message_of(report: PartReport, again: str, smaller: str | None = None) -> str:
    """Return the message of the exception for a failed report, in at most MOST_LINES lines.

    `again` says how to reproduce it, and `smaller` how to reproduce the first wrong gradient with less.
    """
    reduced = first_wrong(report.findings)
    faults = [finding for finding in report.findings if finding.severity is Severity.FAULT]
    lines = [f"{report.function}    {report.verdict.upper()}"]
    last = [f"  again     {again}"]
    if report.understood is not None:
        last.insert(0, f"  read as   {report.understood}")
    left = MOST_LINES - len(last) - 1  # a line for what is left out
    for number, finding in enumerate(faults):
        shown = [f"  {finding.message}"]
        # A large tensor is probed along directions, which find one entry only: its place is in the message.
        if finding.where is not None and not finding.where.startswith("at least"):
            shown.append(f"  wrong at  {finding.where}")
        shown += [f"  smaller   {smaller}"] if smaller is not None and finding is reduced else []
        if len(lines) + len(shown) > left:
            lines.append(f"  and {len(faults) - number} more findings, in the exception's report.findings")
            break
        lines += shown
    return "\n".join([*lines, *last])
