"""What holds for all problems of a kernel and a reference."""

from dataclasses import dataclass, field

import numpy as np

from gradcheck.kernels.engine import KernelPlan
from gradcheck.kernels.references.numbers import Form, Numbers
from gradcheck.kernels.references.oracle import Oracle
from gradcheck.kernels.references.session import OpenedCandidate


@dataclass
class Setting:
    """A kernel, how it is judged, what the inputs are like, and what was noticed.

    Attributes
    ----------
    candidate : OpenedCandidate
        The kernel.
    plan : KernelPlan
        How to judge it.
    notes : list of str
        What the report says of all problems.
    found_forms : tuple of Form, optional
        What each input is like, once that is known.
    lacks_backward : bool
        Whether it has given no gradients where the reference has some.
    """

    candidate: OpenedCandidate
    plan: KernelPlan
    notes: list[str] = field(default_factory=list)
    found_forms: tuple[Form, ...] | None = None
    lacks_backward: bool = False

    def note(self, text: str) -> None:
        """Add a note to the report, once."""
        if text not in self.notes:
            self.notes.append(text)

    def forms(self, oracle: Oracle) -> tuple[Form, ...]:
        """Return what each input is like."""
        return self.found_forms or tuple(Form() for _ in oracle.sample)

    def numbers(self, oracle: Oracle, seed: int) -> Numbers:
        """Return what draws numbers for the reference at some sizes."""
        return Numbers(oracle, self.forms(oracle), np.random.default_rng([self.plan.seed, seed]))
