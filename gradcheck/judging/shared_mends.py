"""What mends a function mends another one of the same text, wherever that stands in its file."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from gradcheck.judging import alike
from gradcheck.judging.alike import Identity
from gradcheck.judging.mending import Failed, Mend
from gradcheck.judging.plan import Plan
from gradcheck.report import TargetReport
from gradcheck.subjects.loading import Loaded

Moved = tuple[str, tuple[tuple[int, int, tuple[str, ...]], ...]]
"""The function that is edited, and the hunks, with lines that are counted from its first."""


@dataclass(frozen=True)
class SharedMends:
    """What is known of a part that failed, from another submission with the very same lines."""

    same: Identity
    failed: Failed

    @property
    def _key(self) -> Hashable:
        own = {function.name for function in self.same.made_of}
        right = tuple(name for name in self.failed.right if name in own)
        about = self.failed.layer, self.failed.part, self.failed.function, self.failed.findings, right
        return "mends", *about, self.same.to_the_letter

    def known(self) -> list[Mend] | None:
        """Return the mends, with lines as they are in this file; None if nothing is known."""
        found = alike.known(self._key)
        return None if found is None else [self._here(*each) for each in found]

    def learn(self, mends: Sequence[Mend]) -> None:
        """Note the mends, if each of them edits the part's own function: what others call may matter to these."""
        moved = list(self._moved(mends))
        if len(moved) == len(mends):
            alike.learn(self._key, moved)

    def _first(self, name: str) -> int:
        return next(each.lineno for each in self.same.made_of if each.name == name)

    def _moved(self, mends: Sequence[Mend]) -> Iterator[tuple[Mend, Moved]]:
        for mend in mends:
            name = self.failed.function
            if mend.is_inside(name) and mend.file == self.same.path and mend.cell is None:
                first = self._first(name)
                yield mend, (name, tuple((start - first, end - first, new) for start, end, new in mend.hunks))

    def _here(self, mend: Mend, moved: Moved) -> Mend:
        name, hunks = moved
        first = self._first(name)
        placed = tuple((start + first, end + first, new) for start, end, new in hunks)
        return msgspec.structs.replace(mend, file=self.same.path, hunks=placed)


def shared_mends(loaded: Loaded, plan: Plan, part: Failed, report: TargetReport) -> SharedMends | None:
    """Return what is known of a part; None where nothing is shared, or its text does not say all."""
    functions = tuple(dict.fromkeys(each.function for each in report.parts if each.layer == part.layer))
    same = alike.identity_of(loaded, functions, plan, report.dialect)
    return None if same is None else SharedMends(same, part)
