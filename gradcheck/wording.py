"""What a report says, in words: every format that people read tells a failure alike."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from gradcheck import checks
from gradcheck.report import Finding, PartReport, Severity, TargetReport, Verdict
from gradcheck.text import one_line

LONGEST_PATH = 4096
_NO_PROMISE = re.compile(r" \(a note: [^)]*\)$")


class Kind(Enum):
    """What a text is, and hence whether it may be wrapped."""

    COPIED = "a line to be copied: never broken"
    SEEN = "what a check saw: one line, but for the width of a terminal"
    PROSE = "our own sentences: wrapped like a paragraph"


@dataclass(frozen=True)
class Fact:
    """One labelled line of a failure."""

    label: str
    text: str
    kind: Kind


@dataclass(frozen=True)
class Block:
    """One failure: which function and tensor, what is wrong, and the facts about it."""

    title: str
    verdict: Verdict
    function: str
    lead: str
    facts: tuple[Fact, ...]


def name_of(target: str) -> str:
    """Return a target as it can be printed."""
    return one_line(target, LONGEST_PATH)


def replay_line(target: str, case: str, dialect: str | None = None) -> str:
    """Return the command that shows a case again, ready to be pasted into a shell."""
    option = f" --dialect {dialect}" if dialect else ""
    return f'gradcheck replay {shlex.quote(name_of(target))} "{case}"{option}'


def blocks(target: TargetReport, dialect: str | None = None) -> list[Block]:
    """Return the failures of a target: one for each tensor of each part without a clear pass.

    Parameters
    ----------
    target : TargetReport
        What was verified.
    dialect : str, optional
        The dialect that was asked for, to be asked for again.
    """
    explained: set[str] = set()
    return [block for part in target.parts for block in _blocks_of(target, part, dialect, explained)]


def _blocks_of(
    target: TargetReport, part: PartReport, dialect: str | None, explained: set[str]
) -> Iterator[Block]:
    found = _telling(part)
    for tensor in dict.fromkeys(finding.tensor for finding in found):
        first, *more = [finding for finding in found if finding.tensor == tensor]
        lead, entry = split(first)
        facts = [*_place(first, entry), _rule(first.check, explained), *_again(target, first, dialect)]
        title = " · ".join([part.layer, part.part, *([tensor] if tensor else [])])
        yield Block(title, first.verdict, part.function, lead, (*facts, *_also(more)))
    if not found and part.verdict is Verdict.INCONCLUSIVE:
        title = f"{part.layer} · {part.part}"
        yield Block(title, part.verdict, part.function, "not every check could run", _not_run(part))


def _telling(part: PartReport) -> list[Finding]:
    """Return the findings that make the part what it is."""
    faults = [finding for finding in part.findings if finding.severity is Severity.FAULT]
    if part.verdict.is_wrong:
        return [finding for finding in faults if finding.verdict.is_wrong]
    return [finding for finding in faults if part.verdict is finding.verdict is Verdict.INCONCLUSIVE]


def split(finding: Finding) -> tuple[str, str | None]:
    """Split a finding's message into what is wrong and the worst entry, if it tells one.

    Examples
    --------
    >>> split(Finding(check="gradient", severity=Severity.FAULT, verdict=Verdict.FAIL, tensor="dx",
    ...               index=(0, 1), message="not the gradient: dx[0, 1] is 2; expected 5 (bound 1e-12)"))
    ('not the gradient', 'dx[0, 1]: yours 2, expected 5  (bound 1e-12)')
    """
    message, unclear, why = one_line(finding.message).partition(". No verdict: ")
    if finding.index is None:
        return message + unclear + why, None
    place = (
        f"{finding.tensor}[{', '.join(map(str, finding.index))}]" if finding.index else f"{finding.tensor}"
    )
    lead, said, rest = message.partition(f": {place} is ")
    numbers = rest.replace("; expected ", ", expected ", 1).replace(" (", "  (", 1)
    return lead + unclear + why, f"{place}: yours {numbers}" if said else None


def _rule(name: str, explained: set[str]) -> Fact:
    """Return what the check demands: in full the first time, by its first line afterwards."""
    check = checks.BY_NAME.get(name)
    if check is None:
        return Fact("check", name, Kind.PROSE)
    hint = "" if name in explained else f" {' '.join(check.hint.split())}"
    explained.add(name)
    return Fact("check", f"{name}: {check.title}{hint}".rstrip(), Kind.PROSE)


def _place(finding: Finding, entry: str | None) -> Iterator[Fact]:
    if finding.case:
        yield Fact("case", finding.case, Kind.COPIED)
    if entry:
        yield Fact("worst entry", entry, Kind.SEEN)
    if finding.where and finding.index:
        label = "wrong" if finding.where == "everywhere" else "wrong only at"
        yield Fact(label, one_line(finding.where), Kind.SEEN)


def _again(target: TargetReport, finding: Finding, dialect: str | None) -> Iterator[Fact]:
    if finding.case:
        yield Fact("again", replay_line(target.target, finding.case, dialect), Kind.COPIED)


def _also(more: Iterable[Finding]) -> Iterator[Fact]:
    """Yield, in short, what else was found about the same tensor."""
    for finding in more:
        yield Fact("also", f"{finding.check}: {one_line(finding.message)}", Kind.SEEN)
        if finding.case:
            yield Fact("", finding.case, Kind.COPIED)


def _not_run(part: PartReport) -> tuple[Fact, ...]:
    return tuple(Fact("reason", text, Kind.SEEN) for text in inconclusive(part))


def inconclusive(part: PartReport) -> list[str]:
    """Return the checks of a part that came to no verdict, by reason."""
    by_reason: dict[str, list[str]] = {}
    for check in part.checks:
        if check.verdict is Verdict.INCONCLUSIVE and check.reason:
            by_reason.setdefault(one_line(check.reason), []).append(check.check)
    return [f"{', '.join(names)} {reason}" for reason, names in by_reason.items()]


def failed_checks(part: PartReport) -> str:
    """Return the names of the checks that failed."""
    return ", ".join(check.check for check in part.checks if check.verdict.is_wrong)


def notes(target: TargetReport) -> dict[str, list[str]]:
    """Return what is worth knowing but not wrong, by function: conventions, and why a part is missing."""
    found: dict[str, list[str]] = {}
    for part in target.parts:
        for finding in part.findings:
            is_missing = finding.verdict is Verdict.MISSING
            if finding.severity is Severity.NOTE or is_missing:
                told = f"{'missing' if is_missing else finding.check}: {one_line(finding.message)}"
                found.setdefault(part.function, []).append(_NO_PROMISE.sub("", told))
    return {function: list(dict.fromkeys(texts)) for function, texts in found.items()}


def advice(target: TargetReport) -> str:
    """Return what to do about a target that could not be judged."""
    if target.verdict is Verdict.MISSING:
        return f"write one of them, and run this again: {listed([part.function for part in target.parts])}"
    if target.parts:
        return "`gradcheck list checks` shows what each check judges"
    looked_for = "`gradcheck list dialects` shows which functions are looked for"
    if target.dialect:
        return f"`gradcheck verify {shlex.quote(name_of(target.target))}` shows which layers it has; {looked_for}"
    return f"name a .py file that runs by itself, a package folder or a module; {looked_for}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names as a list in a sentence, each once, the last ones only counted."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - most} more" if len(unique) > most else ""
    return ", ".join(unique[:most]) + more
