"""One kernel on one problem: what it is given, what comes back, and how that compares with what is right."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gradcheck.contract import (
    Array,
    Arrays,
    Case,
    Crashed,
    Malformed,
    Missing,
    Refused,
    SubjectError,
    TimedOut,
)
from gradcheck.evidence.compare import difference
from gradcheck.grammar import Params
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.fills import FILLS, Filled
from gradcheck.kernels.kernel import Kernel, Pending
from gradcheck.report import Finding, Severity, Verdict
from gradcheck.text import one_line

VERDICTS = {
    Missing: Verdict.MISSING,
    Malformed: Verdict.FAIL,
    Refused: Verdict.ERROR,
    Crashed: Verdict.ERROR,
    TimedOut: Verdict.TIMEOUT,
}

KEPT = 2**20
"""The most numbers of a case whose fills are kept for the checks that ask for them again."""


@dataclass
class KernelTrial:
    """A kernel and a problem, as the checks see them.

    Attributes
    ----------
    kernel : Kernel
        What is judged.
    case : Case
        The problem, as the kernel can express it.
    dtype : Dtype
        The number format.
    inexact : str, optional
        The kind of arithmetic that the kernel is declared to use instead of sums of products.
    excused : frozenset of str
        The checks that its author or its framework declares it not to pass: ``threads``, ``repeat`` ...
    """

    kernel: Kernel
    case: Case
    dtype: Dtype
    inexact: str | None = None
    excused: frozenset[str] = frozenset()
    _filled: dict[str, Filled | None] = field(default_factory=dict)

    def but(self, params: Params) -> "KernelTrial":
        """Return the same at other parameters."""
        return KernelTrial(self.kernel, self.case.but(params=params), self.dtype, self.inexact, self.excused)

    @property
    def backward(self) -> bool:
        """Whether gradients are judged too."""
        return self.kernel.traits.has_backward and not self.dtype.is_integer

    @property
    def skips(self) -> str | None:
        """Why the kernel has no call for this, or None."""
        return self.kernel.skips(self.case, self.dtype)

    def filled(self, name: str) -> Filled | None:
        """Return the numbers of a fill, made once; None where the dtype has no room for them."""
        if name not in self._filled:
            if self.case.size > KEPT:
                self._filled.clear()
            self._filled[name] = FILLS[name](self.case, self.dtype, self.backward)
        return self._filled[name]

    def results(self, filled: Filled) -> Arrays:
        """Return what the kernel gives, in double precision. Raises SubjectError."""
        return self.started(filled.tensors, filled.dout)()

    def started(self, tensors: Arrays, dout: Array | None, wanted: tuple[str, ...] | None = None) -> Pending:
        """Run the kernel, and return what gives its results. Raises SubjectError.

        `wanted` are the tensors whose gradients are asked, where the kernel can be asked for some. What it
        changes in its inputs is put back, so that the check `unchanged` says so, and not every check after it.
        """
        given = tensors if dout is None else {**tensors, "dout": dout}
        kept = {name: array.copy() for name, array in given.items()}
        try:
            pending = self.kernel.started(self.case, self.dtype, tensors, dout, wanted)
        except SubjectError:
            _put_back(given, kept)
            raise

        def finished() -> Arrays:
            try:
                return pending()
            finally:
                _put_back(given, kept)

        return finished

    def compared(
        self, check: str, got: Arrays, right: Arrays, bounds: Arrays | None, message: str
    ) -> Iterator[Finding]:
        """Yield a finding for each result that is further from the right one than its bound, if there is one."""
        for name, expected in right.items():
            bound: Array | float = 0.0 if bounds is None else bounds[name]
            found = difference(name.removeprefix("d"), got[name], expected, bound)
            if found is not None:
                yield self.finding(
                    check,
                    message,
                    tensor=name,
                    index=found.index,
                    got=found.got,
                    expected=found.expected,
                    bound=found.bound,
                    where=found.where,
                )

    def finding(self, check: str, message: str, verdict: Verdict = Verdict.FAIL, **facts: Any) -> Finding:
        """Return a finding about this problem."""
        return Finding(
            check=check,
            severity=Severity.FAULT,
            verdict=verdict,
            message=message,
            case=f"{self.case.layer.name} {self.case.geometry}",
            **facts,
        )

    def failed(self, check: str, problem: SubjectError) -> Finding:
        """Return what it means that a call gave no result."""
        verdict = next(v for kind, v in VERDICTS.items() if isinstance(problem, kind))
        return self.finding(check, one_line(problem), verdict)


def _put_back(given: Arrays, kept: Arrays) -> None:
    for name, array in given.items():
        array[...] = kept[name]
