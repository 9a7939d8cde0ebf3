"""What the page of a class counts: points, mistakes, functions, and what took long or was stopped."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from heapq import nsmallest

from gradcheck.grading.journal import Entry
from gradcheck.grading.rubric import Rubric, label_of
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.report import PartReport, Severity, Verdict
from gradcheck.text import one_line

TENTHS = 10
MOST_SLOW = 5
UNNAMED = {Verdict.ERROR: "raises an error", Verdict.TIMEOUT: "takes too long"}
WITHOUT_A_NAME = "wrong in a way that has no name"

STOPPED = re.compile(
    r"did not return within|was stopped|MemoryError|by SIG(KILL|XCPU|XFSZ)|Unable to allocate"
)
"""How a report says that a limit was reached."""

WHY = {(each.layer, each.part, each.name): each.why for each in MUTANTS}


@dataclass(frozen=True)
class Bin:
    """How many submissions have a share of their points, and how many of those of the fullest bin that is."""

    title: str
    count: int
    share: float


@dataclass
class Mistake:
    """A mistake in a part, why it is one, and who made it."""

    part: str
    name: str
    why: str
    names: list[str] = field(default_factory=list)


@dataclass
class Counts:
    """How the class did on one part."""

    layer: str
    part: str
    right: int = 0
    wrong: int = 0
    missing: int = 0
    unclear: int = 0
    points: float = 0.0
    of: float = 0.0

    @property
    def is_unjudged(self) -> bool:
        """Whether it is written in some submission, and could be judged in none."""
        return self.unclear > 0 and not self.right + self.wrong


def shares(entries: Collection[Entry]) -> list[float]:
    """Return the share of its points that each submission has, in percent."""
    return [100 * entry.score.score / entry.score.max for entry in entries if entry.score.max]


def bins(entries: Collection[Entry]) -> list[Bin]:
    """Return how many submissions have which share of their points, in tenths, the best first."""
    counts = Counter(min(TENTHS - 1, int(share * TENTHS / 100)) for share in shares(entries))
    most = max(counts.values(), default=1)
    return [
        Bin(f"{10 * tenth} to {10 * tenth + 10} %", counts[tenth], 100 * counts[tenth] / most)
        for tenth in reversed(range(TENTHS))
    ]


def mistakes(entries: Collection[Entry]) -> list[Mistake]:
    """Return how many submissions made which mistake, the commonest first."""
    found: dict[tuple[str, str], Mistake] = {}
    for entry in entries:
        for mistake in _of_entry(entry):
            kept = found.setdefault((mistake.part, mistake.name), mistake)
            if entry.name not in kept.names:
                kept.names.append(entry.name)
    return sorted(found.values(), key=lambda each: (-len(each.names), each.part, each.name))


def _of_entry(entry: Entry) -> Iterator[Mistake]:
    """Yield the mistakes of a submission; a part without a known one has its explanation, or one that has no name."""
    for part in entry.target.parts:
        wrong = [f for f in part.findings if f.severity is Severity.FAULT and f.verdict.is_wrong]
        named = {name for finding in wrong if finding.mutant for name in finding.mutant.split(" + ")}
        explained = {finding.explanation for finding in wrong if finding.explanation}
        unnamed = [UNNAMED.get(finding.verdict, WITHOUT_A_NAME) for finding in wrong[:1]]
        for name in sorted(named) or sorted(explained) or unnamed:
            why = WHY.get((part.layer, part.part, name), "")
            yield Mistake(f"{label_of(part)} ({part.part})", one_line(name), one_line(why, 1000))


def functions(entries: Collection[Entry], rubric: Rubric) -> list[Counts]:
    """Return how the class did on each part of the rubric that some submission was asked for."""
    found = {
        (function.label, part): Counts(function.label, part)
        for function in rubric.function
        for part in ("forward", "backward")
    }
    for entry in entries:
        for part in entry.score.parts:
            count = found[part.layer, part.part]
            count.points += part.points
            count.of += part.max
            if part.verdict is Verdict.MISSING:
                count.missing += 1
            elif part.verdict is Verdict.PASS:
                count.right += 1
            elif part.verdict.is_wrong and entry.target.parts:
                count.wrong += 1
            else:
                count.unclear += 1
    return [each for each in found.values() if each.right + each.wrong + each.missing + each.unclear]


def slowest(entries: Collection[Entry]) -> list[Entry]:
    """Return the submissions that took the longest."""
    return nsmallest(MOST_SLOW, entries, key=lambda entry: (-entry.seconds, entry.name))


def stopped(entries: Collection[Entry]) -> list[tuple[str, list[str]]]:
    """Return the submissions that reached a limit, and what says so."""
    found = ((entry.name, list(dict.fromkeys(_stops(entry)))) for entry in entries)
    return [(name, said) for name, said in found if said]


def _stops(entry: Entry) -> Iterator[str]:
    """Yield what says that a limit was reached. Where a backward only waits for its forward, both say the same."""
    for text in (entry.target.error or "", entry.is_ours or ""):
        if STOPPED.search(text):
            yield one_line(text)
    for part in entry.target.parts:
        said = next((text for text in _texts(part) if STOPPED.search(text)), None)
        if said is not None:
            yield one_line(said.partition(". No verdict: ")[0])


def _texts(part: PartReport) -> Iterator[str]:
    yield from (finding.message for finding in part.findings if finding.severity is Severity.FAULT)
    yield from (check.reason for check in part.checks if check.reason)
    yield part.reason or ""
