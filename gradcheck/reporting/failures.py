"""The failures of a target, the same in every format: place, both numbers, the rule, and the line that repeats it."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from gradcheck import checks
from gradcheck.contract import MODEL
from gradcheck.isolation.levels import has_workers
from gradcheck.layers.outside.registry import given_from
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.report import Finding, PartReport, Severity, TargetReport, Verdict
from gradcheck.reporting.wording import name_of, shell_word
from gradcheck.text import one_line

FILES = (".py", ".ipynb", ".zip")


class Wrapping(Enum):
    """What a text is, and hence whether it may be wrapped."""

    COPIED = "a line to be copied: never broken"
    SEEN = "what a check saw: one line, but for the width of a terminal"
    PROSE = "our own sentences: wrapped like a paragraph"


@dataclass(frozen=True)
class Fact:
    """One labelled line of a failure."""

    label: str
    text: str
    kind: Wrapping


@dataclass(frozen=True)
class Failure:
    """One failure: which function and tensor, what is wrong, and the facts about it."""

    title: str
    verdict: Verdict
    function: str
    lead: str
    facts: tuple[Fact, ...]


def failures_of(target: TargetReport, dialect: str | None = None, seed: int = 0) -> list[Failure]:
    """Return the failures of a target: one for each tensor of each part without a clear pass.

    Parameters
    ----------
    target : TargetReport
        What was verified.
    dialect : str, optional
        The dialect that was asked for, which the commands to copy repeat.
    seed : int
        The seed of the numbers that no case line has: those of whole networks.
    """
    # A check's hint is long: it is written out at the first failure only.
    explained: set[str] = set()
    return [each for part in target.parts for each in _of_part(target, part, dialect, seed, explained)]


def _of_part(
    target: TargetReport, part: PartReport, dialect: str | None, seed: int, explained: set[str]
) -> Iterator[Failure]:
    found = _decisive(part)
    for tensor in dict.fromkeys(finding.tensor for finding in found):
        first, *more = [finding for finding in found if finding.tensor == tensor]
        lead, entry = split(first)
        # What a check's hint says is about layers.
        known = {first.check} if part.layer == MODEL else explained
        named, rule = mistake(part, first), _rule(first.check, known)
        again = _again(target, part, first, dialect, seed)
        facts = [*named, *_place(first, entry), *(() if named else (rule,)), *again]
        title = " · ".join([part.layer, part.part, *([tensor] if tensor else [])])
        yield Failure(title, first.verdict, part.function, lead, (*facts, *_also(more)))
    if not found and part.verdict is Verdict.INCONCLUSIVE:
        title = f"{part.layer} · {part.part}"
        yield Failure(title, part.verdict, part.function, "not every check could run", _not_run(part))


def _decisive(part: PartReport) -> list[Finding]:
    """Return the findings that decided the part's verdict."""
    faults = [finding for finding in part.findings if finding.severity is Severity.FAULT]
    if part.verdict.is_wrong:
        return [finding for finding in faults if finding.verdict.is_wrong]
    return [finding for finding in faults if part.verdict is finding.verdict is Verdict.INCONCLUSIVE]


def split(finding: Finding) -> tuple[str, str | None]:
    """Split a finding's message into what is wrong and the worst entry, if it has one.

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
    lead, has_entry, rest = message.partition(f": {place} is ")
    numbers = rest.replace("; expected ", ", expected ", 1).replace(" (", "  (", 1)
    return lead + unclear + why, f"{place}: yours {numbers}" if has_entry else None


def mistake(part: PartReport, finding: Finding) -> list[Fact]:
    """Return which known mistake a finding shows, in its own words, or the mistakes that it could be."""
    if finding.candidates:
        return [Fact("looks like", one_line(" or ".join(finding.candidates)), Wrapping.SEEN)]
    if finding.explanation and not finding.mutant:
        return [Fact("mistake", one_line(finding.explanation), Wrapping.PROSE)]
    known = {
        mutant.name: mutant for mutant in MUTANTS if (mutant.layer, mutant.part) == (part.layer, part.part)
    }
    names = finding.mutant.split(" + ") if finding.mutant else []
    return [Fact("mistake", f"{name}: {known[name].why}", Wrapping.PROSE) for name in names if name in known]


def _rule(name: str, explained: set[str]) -> Fact:
    """Return what the check demands: in full the first time, by its first line afterwards."""
    check = checks.BY_NAME.get(name)
    if check is None:
        return Fact("check", name, Wrapping.PROSE)
    hint = "" if name in explained else f" {' '.join(check.hint.split())}"
    explained.add(name)
    return Fact("check", f"{name}: {check.title}{hint}".rstrip(), Wrapping.PROSE)


def _place(finding: Finding, entry: str | None) -> Iterator[Fact]:
    if finding.case:
        yield Fact("case", finding.case, Wrapping.COPIED)
    if entry:
        yield Fact("worst entry", entry, Wrapping.SEEN)
    if finding.where and finding.index:
        yield Fact("where", one_line(finding.where), Wrapping.SEEN)


def _also(more: Iterable[Finding]) -> Iterator[Fact]:
    """Yield, in short, what else was found about the same tensor."""
    for finding in more:
        yield Fact("also", f"{finding.check}: {one_line(finding.message)}", Wrapping.SEEN)
        if finding.case:
            yield Fact("", finding.case, Wrapping.COPIED)


def _not_run(part: PartReport) -> tuple[Fact, ...]:
    """Return the checks of a part that came to no verdict, by reason."""
    by_reason: dict[str, list[str]] = {}
    for check in part.checks:
        if check.verdict is Verdict.INCONCLUSIVE and check.reason:
            by_reason.setdefault(one_line(check.reason), []).append(check.check)
    return tuple(
        Fact("reason", f"{', '.join(names)} {reason}", Wrapping.SEEN) for reason, names in by_reason.items()
    )


def _again(
    target: TargetReport, part: PartReport, finding: Finding, dialect: str | None, seed: int
) -> Iterator[Fact]:
    """Yield the command that shows the failure again, ready to be pasted into a shell."""
    name, options = shell_word(name_of(target.target)), _as_before(target, part.layer, dialect)
    if part.layer == MODEL:  # a whole network has no case line
        seeded = f" --seed {seed}" * bool(seed)
        line = f"gradcheck verify {name} --layer {MODEL} --check {finding.check}{seeded}{options}"
        yield Fact("again", line, Wrapping.COPIED)
    elif finding.case:
        yield Fact("again", f'gradcheck replay {name} "{finding.case}"{options}', Wrapping.COPIED)


def _as_before(target: TargetReport, layer: str, dialect: str | None) -> str:
    """Return the options with which a target is judged in the same way and the same place as before."""
    is_file = target.target.endswith(FILES) or os.sep in target.target
    source = given_from(layer)
    options = f" --layers {shell_word(source)}" if source else ""
    options += f" --dialect {dialect}" if dialect else ""
    options += f" --adapter {shell_word(name_of(target.adapter))}" if target.adapter else ""
    options += f" --root {shell_word(name_of(target.root))}" if target.root else ""
    for option, names in (("promise", target.promised), ("declare", target.declared)):
        options += f" --{option} {','.join(names)}" if names else ""
    options += f" --allow {','.join(target.packages)}" if target.packages else ""
    # Without workers, plain files run here as well, and with the limits on time that --in-process removes.
    was_chosen = target.isolation == "process" and has_workers()
    return options + (" --in-process" if is_file and was_chosen else "")
