"""What was tried in vain, and what comes of that."""

import re
from dataclasses import dataclass, field

from gradcheck.subjects.dialects.objects.using import Used

OWN_FAULT = r"raised (NameError|UnboundLocalError)\b"
"""What no call of a class can cause."""


@dataclass
class Log:
    """What was tried in vain."""

    reasons: list[str] = field(default_factory=list)
    broken: Used | None = None

    def add(self, problem: object) -> None:
        """Note why a try gave nothing."""
        if str(problem) not in self.reasons:
            self.reasons.append(str(problem))

    @property
    def said(self) -> str:
        """The first reasons, in one line."""
        return "; ".join(self.reasons[:3]) or "no way to call it is known"

    @property
    def broken_in_every_way(self) -> Used | None:
        """A use of a class that raises in every way what no interface can cause; None if it does not."""
        is_own_fault = bool(self.reasons) and all(re.search(OWN_FAULT, reason) for reason in self.reasons)
        return self.broken if is_own_fault else None
