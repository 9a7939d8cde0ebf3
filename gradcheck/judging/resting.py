"""What calls other functions of a target is not to blame for them: where these are wrong, it is not judged."""

from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from gradcheck.contract import PARTS, Subject
from gradcheck.models.network import Model
from gradcheck.models.rules import UpdateRule
from gradcheck.report import PartReport, Verdict

BLAMED = frozenset({Verdict.FAIL, Verdict.ERROR, Verdict.TIMEOUT, Verdict.MISSING})
"""What a function has come to that others cannot be judged with."""


def rested(
    what: Sequence[Subject | Model | UpdateRule], reports: Sequence[Sequence[PartReport]]
) -> list[Sequence[PartReport]]:
    """Return the reports, with those that are not right for the fault of functions which they call as not judged."""
    blamed = {_bare(part.function) for part in chain.from_iterable(reports) if part.verdict in BLAMED}
    return [
        list(_excused(subject, found, blamed)) if isinstance(subject, Subject) and subject.calls else found
        for subject, found in zip(what, reports, strict=True)
    ]


def _excused(subject: Subject, reports: Sequence[PartReport], blamed: set[str]) -> Iterator[PartReport]:
    for part in reports:
        # What a wrong forward leaves for backward is wrong, too.
        before = PARTS[: PARTS.index(part.part) + 1]
        culprits = sorted({name for each in before for name in subject.calls.get(each, ())} & blamed)
        if not culprits or part.verdict in (Verdict.PASS, Verdict.SKIP):
            yield part
            continue
        verb = "is" if len(culprits) == 1 else "are"
        why = f"not judged: {' and '.join(culprits)}, which it calls, {verb} wrong or missing"
        yield msgspec.structs.replace(
            part, verdict=Verdict.SKIP, miss_bound=None, findings=(), checks=(), reason=why
        )


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
