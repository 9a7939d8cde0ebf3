"""What was tried in vain, and what comes of that."""

import re
from dataclasses import dataclass, field

from gradcheck.subjects.dialects.objects.using import Used

OWN_FAULT = r"raised (NameError|UnboundLocalError)\b"
"""What no call of a class can cause."""

REMEDY = "an adapter can say how it is called"


@dataclass
class Log:
    """What was tried in vain, and in how many ways."""

    reasons: list[str] = field(default_factory=list)
    broken: Used | None = None
    tries: int = 0

    def add(self, problem: object) -> None:
        """Note why a try gave nothing."""
        if str(problem) not in self.reasons:
            self.reasons.append(str(problem))

    @property
    def said(self) -> str:
        """The first reasons, in one line: after what was called, and with what would make a class judgeable."""
        tried = f"{self.tries} ways to call it were tried: " if self.tries > 1 else ""
        return f"{tried}{'; '.join(self.reasons[:3]) or 'no way to call it is known'} ({REMEDY})"

    @property
    def broken_in_every_way(self) -> Used | None:
        """A use of a class that raises in every way what no interface can cause; None if it does not."""
        is_own_fault = bool(self.reasons) and all(re.search(OWN_FAULT, reason) for reason in self.reasons)
        return self.broken if is_own_fault else None
