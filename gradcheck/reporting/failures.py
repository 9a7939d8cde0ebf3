"""The failures of a target, the same in every format: place, both numbers, the rule, and the line that repeats it."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from gradcheck import checks
from gradcheck.contract import MODEL, OPTIMIZER
from gradcheck.isolation.levels import has_workers
from gradcheck.layers.outside.registry import given_from
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.report import Finding, PartReport, Severity, TargetReport, Verdict
from gradcheck.reporting.lines import line_of
from gradcheck.reporting.wording import name_of, shell_word
from gradcheck.text import one_line

FILES = (".py", ".ipynb", ".zip")

WITHOUT_CASES = (MODEL, OPTIMIZER)
"""What is no layer has no case line, and its checks are its own."""


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
    """One failure: which function and tensor, what is wrong, and the facts about it.

    `finding` is the first of those that it was made from; None where it is about none.
    """

    title: str
    verdict: Verdict
    function: str
    lead: str
    facts: tuple[Fact, ...]
    finding: Finding | None = None


def failures_of(target: TargetReport, dialect: str | None = None, seed: int = 0) -> list[Failure]:
    """Return the failures of a target: one for each cause in each part without a clear pass.

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
    if part.verdict is Verdict.INCONCLUSIVE:
        waiting = _waiting(target, part)
        if waiting is not None:
            yield waiting
        return
    for found in _by_cause(part):
        first, *more = found
        tensors = list(dict.fromkeys(each.tensor for each in found if each.tensor))
        lead, entry = split(first)
        # What a check's hint says is about layers.
        known = {first.check} if part.layer in WITHOUT_CASES else explained
        named, rule = mistake(part, first), _rule(first.check, known)
        again = _again(target, part, first, dialect, seed)
        facts = [*named, *_line([first, *more]), *_place(first, entry), *(() if named else (rule,)), *again]
        title = " · ".join([part.layer, part.part, *([", ".join(tensors)] if tensors else [])])
        yield Failure(title, first.verdict, part.function, lead, (*facts, *_also(first, more)), first)


def _by_cause(part: PartReport) -> list[list[Finding]]:
    """Return the findings that decided a part's verdict: those about one tensor, or of one known mistake, together."""
    causes: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in _decisive(part):
        cause = ("mistake", finding.mutant) if finding.mutant else ("tensor", finding.tensor)
        causes.setdefault(cause, []).append(finding)
    # What else was found about a tensor stands with its mistake.
    for cause, found in list(causes.items()):
        home = next(
            (each for (kind, _), each in causes.items() if kind == "mistake" and _shares(each, found)), None
        )
        if cause[0] == "tensor" and home is not None:
            home.extend(causes.pop(cause))
    return list(causes.values())


def _shares(one: Iterable[Finding], other: Iterable[Finding]) -> bool:
    """Return whether two groups of findings are about the same tensor."""
    return bool({finding.tensor for finding in one} & {finding.tensor for finding in other} - {None})


WAITS = ("fix forward first", "forward gives no output")
"""What the reason says where a part has no verdict because of its forward."""


def _waiting(target: TargetReport, part: PartReport) -> Failure | None:
    """Return a part without a verdict: in one line, if it only waits until its forward is right.

    None where the same function is both, and is wrong already.
    """
    title, found = f"{part.layer} · {part.part}", _decisive(part)
    reasons = [*(finding.message for finding in found), *(check.reason or "" for check in part.checks)]
    forward = next(
        (each for each in target.parts if (each.layer, each.part) == (part.layer, "forward")), None
    )
    waits = next((one_line(each) for each in reasons if any(word in each for word in WAITS)), None)
    if waits is not None and forward is not None and forward.verdict is not Verdict.PASS:
        if forward.function == part.function:
            return None
        lead = f"waits for {forward.function}: correct that first, and this will get its verdict"
        return Failure(title, part.verdict, part.function, lead, ())
    if found:
        lead, entry = split(found[0])
        return Failure(title, part.verdict, part.function, lead, tuple(_place(found[0], entry)), found[0])
    return Failure(title, part.verdict, part.function, "not every check could run", _not_run(part))


def _decisive(part: PartReport) -> list[Finding]:
    """Return the findings that decided the part's verdict."""
    faults = [finding for finding in part.findings if finding.severity is Severity.FAULT]
    if part.verdict is Verdict.INCONCLUSIVE:
        return [finding for finding in faults if finding.verdict is Verdict.INCONCLUSIVE]
    return [finding for finding in faults if finding.verdict.is_wrong] if part.verdict.is_wrong else []


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
    if finding.call:
        yield Fact("call", one_line(finding.call), Wrapping.SEEN)
    if finding.when:
        yield Fact("when", finding.when, Wrapping.SEEN)
    if entry:
        yield Fact("worst entry", entry, Wrapping.SEEN)
    if finding.where and finding.index:
        yield Fact("where", one_line(finding.where), Wrapping.SEEN)


def _line(findings: Iterable[Finding]) -> list[Fact]:
    """Return the lines of the author's source that are wrong, as far as they are known."""
    said = dict.fromkeys(line for finding in findings if (line := line_of(finding)) is not None)
    return [Fact("line", line, Wrapping.PROSE) for line in said]


def _also(first: Finding, more: Sequence[Finding]) -> Iterator[Fact]:
    """Yield, in short, what else was found: only the checks' names where they see the same tensor wrong again."""
    again = [finding for finding in more if is_same_again(first, finding)]
    if again:
        names = list(dict.fromkeys(finding.check for finding in again if finding.check != first.check))
        tensors = list(dict.fromkeys(str(finding.tensor) for finding in again))
        others = [tensor for tensor in tensors if tensor != first.tensor]
        if others:
            yield Fact("also", f"the same mistake in {', '.join(others)}", Wrapping.SEEN)
        if names:
            fail = "fails" if len(names) == 1 else "fail"
            yield Fact("also", f"{', '.join(names)} {fail} for the same tensor", Wrapping.SEEN)
    for finding in more:
        if finding in again:
            continue
        yield Fact("also", f"{finding.check}: {one_line(finding.message)}", Wrapping.SEEN)
        if finding.case:
            yield Fact("", finding.case, Wrapping.COPIED)


OF_VALUES = {"output", "gradient", "ones", "large", "fractions", "precision"}
"""The checks that compare one result with the right one: when one of them fails, the others mostly fail as well."""


def is_same_again(first: Finding, other: Finding) -> bool:
    """Return whether another finding says nothing new: of numbers of the same tensor, or of the same mistake."""
    is_numbers = (
        first.index is not None and other.index is not None and {first.check, other.check} <= OF_VALUES
    )
    is_same = other.tensor == first.tensor or (first.mutant is not None and other.mutant == first.mutant)
    return is_numbers and is_same


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
    if part.layer in WITHOUT_CASES:
        seeded = f" --seed {seed}" * bool(seed)
        line = f"gradcheck verify {name} --layer {part.layer} --check {finding.check}{seeded}{options}"
        yield Fact("again", line, Wrapping.COPIED)
    elif finding.case:
        yield Fact("again", f'gradcheck replay {name} "{finding.case}"{options}', Wrapping.COPIED)
        if finding.index:
            yield Fact("by hand", f'gradcheck explain {name} "{finding.case}"{options}', Wrapping.COPIED)


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
