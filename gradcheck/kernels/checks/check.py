"""What a check of kernels is."""

from collections.abc import Callable
from dataclasses import dataclass

from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial


@dataclass(frozen=True, kw_only=True)
class KernelCheck:
    """One property that a kernel must have.

    Attributes
    ----------
    name : str
        What the report and ``--check`` call it.
    judge : callable
        KernelTrial -> KernelOutcome. Its docstring is what a person reads. Raises SubjectError.
    on_request : bool
        Whether it only runs where it is named.
    of_results : bool
        Whether it judges the numbers that come out: it runs on every problem, the others not on brief ones.
    """

    name: str
    judge: Callable[[KernelTrial], KernelOutcome]
    on_request: bool = False
    of_results: bool = False

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (self.judge.__doc__ or "").strip().splitlines()[0]
