"""One kernel on one problem: what it is given, what comes back, and how that compares with what is right."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

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
    Uncalled,
)
from gradcheck.evidence.compare import difference
from gradcheck.grammar import Params
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.fills import FILLS, Filled, is_exact
from gradcheck.kernels.kernel import Kernel, Pending
from gradcheck.kernels.truth import bounds, normwise_bound
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


class Declined(Uncalled):
    """The kernel refuses deliberately what right code may refuse, so that there is nothing to judge."""


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
    _has_gradients: bool = True
    _filled: dict[str, Filled | None] = field(default_factory=dict)
    _bounds: dict[str, Arrays] = field(default_factory=dict)

    def but(self, params: Params) -> "KernelTrial":
        """Return the same at other parameters."""
        return KernelTrial(self.kernel, self.case.but(params=params), self.dtype, self.inexact, self.excused)

    @property
    def backward(self) -> bool:
        """Whether gradients are judged too."""
        is_asked = self._has_gradients and not self.dtype.is_narrow and bool(self.case.wanted)
        return is_asked and self.kernel.traits.has_backward

    @property
    def skips(self) -> str | None:
        """Why the kernel has no call for this, or None."""
        return self.kernel.skips(self.case, self.dtype)

    def filled(self, name: str) -> Filled | None:
        """Return the numbers of a fill, made once; None where the dtype has no room for them."""
        if name not in self._filled:
            if self.case.size > KEPT:
                self._filled.clear()
                self._bounds.clear()
            self._filled[name] = FILLS[name](self.case, self.dtype, self.backward)
        return self._filled[name]

    @property
    def is_rounded(self) -> bool:
        """Whether results are rounded on integers, too: by the layer's arithmetic, or by the kernel's."""
        return bool(self.inexact) or not is_exact(self.case)

    @property
    def needs_reals(self) -> bool:
        """Whether reals alone can judge it: there are no integers whose results are exact."""
        return self.is_rounded or self.filled("even") is None

    def plain(self) -> tuple[Filled | None, Arrays | None]:
        """Return the plainest numbers, and how far each result may be off: integers, or reals where these are rounded.

        No bounds where results have to be equal. No numbers where the dtype has no room for integers.
        """
        name = "reals" if self.needs_reals else "even"
        filled = self.filled(name)
        return filled, None if filled is None or name == "even" else self.bounds(filled, name)

    def bounds(self, filled: Filled, name: str = "") -> Arrays:
        """Return how far each result may be off on some numbers; kept for those of a named fill."""
        if name and name in self._bounds:
            return self._bounds[name]
        if self.inexact:
            found = normwise_bound(self.case, self.dtype, filled.truth, self.inexact)
        else:
            tensors, dout = filled.values(self.dtype)
            found = bounds(self.case, self.dtype, tensors, dout, filled.truth)
        if name:
            self._bounds[name] = found
        return found

    def results(self, filled: Filled) -> Arrays:
        """Return what the kernel gives, in double precision. Raises SubjectError."""
        return self.started(filled.tensors, filled.dout)()

    def results_at_least(self, check: str, filled: Filled) -> tuple[Arrays, list[Finding]]:
        """Return what the kernel gives, and what is to be said of gradients for which it raises. Raises SubjectError.

        A wrong output is to be found where a gradient is missing, too. The gradients are not asked for again.
        """
        try:
            return self.results(filled), []
        except (Missing, Crashed, Refused) as problem:
            if filled.dout is None:
                raise
            try:
                got = self.started(filled.tensors, None)()
            except SubjectError:
                raise problem from None
            self._has_gradients = False
            self._filled.clear()
            self._bounds.clear()
            return got, [self.failed(check, problem, tensor="gradients")]

    def started(self, tensors: Arrays, dout: Array | None, wanted: tuple[str, ...] | None = None) -> Pending:
        """Run the kernel, and return what gives its results. Raises SubjectError.

        `wanted` are the tensors whose gradients are asked, where the kernel can be asked for some. What it
        changes in its inputs is put back, so that the check `unchanged` says so, and not every check after it.
        """
        try:
            pending = self._begun(tensors, dout, wanted)
        except (Missing, Crashed) as problem:
            return self._of_a_constant(problem, tensors, dout, wanted)

        def finished() -> Arrays:
            try:
                found = pending()
            except (Missing, Crashed) as problem:
                return self._of_a_constant(problem, tensors, dout, wanted)()
            asked = () if dout is None else wanted or self.case.wanted
            left = [name for name in asked if f"d{name}" not in found]
            zero = self._zero if left else frozenset()
            return found | {
                f"d{each}": np.zeros(self.case.shapes[each]) for each in left if f"d{each}" in zero
            }

        return finished

    def _begun(self, tensors: Arrays, dout: Array | None, wanted: tuple[str, ...] | None) -> Pending:
        given = tensors if dout is None else {**tensors, "dout": dout}
        kept = {name: array.copy() for name, array in given.items()}
        try:
            with self.excusing():
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

    def _of_a_constant(
        self, problem: SubjectError, tensors: Arrays, dout: Array | None, wanted: tuple[str, ...] | None
    ) -> Pending:
        """Run the forward alone, with zeros for the gradients, where zero is right. Raises the problem elsewhere."""
        if dout is None or not self.is_constant:
            raise problem
        zeros = {f"d{name}": np.zeros(self.case.shapes[name]) for name in wanted or self.case.wanted}
        pending = self._begun(tensors, None, None)
        return lambda: pending() | zeros

    @property
    def is_constant(self) -> bool:
        """Whether the output depends on no tensor: autograd gives no gradient then, or raises, and zero is right."""
        return bool(self._zero) and self._zero >= {f"d{name}" for name in self.case.wanted}

    @property
    def _zero(self) -> frozenset[str]:
        """The gradients that have to be zero, which autograd leaves out."""
        if 0 in self.case.output_shape:  # no samples: they depend on it, and there is nothing of them
            return frozenset()
        filled, _ = self.plain()
        right = {} if filled is None else filled.truth.values
        return frozenset(name for name, values in right.items() if name != "out" and not np.any(values))

    @contextmanager
    def excusing(self) -> Iterator[None]:
        """Say of a refusal within a ``with`` block that right code may make it, where it may. Raises Declined."""
        try:
            yield
        except Refused as problem:
            why = self.case.layer.cases.refusable(self.case.params)
            if why is None:
                raise
            raise Declined(f"it refuses {why}: {problem}") from None

    def compared(
        self, check: str, got: Arrays, right: Arrays, bounds: Arrays | None, message: str
    ) -> Iterator[Finding]:
        """Yield a finding for each result that is further from the right one than its bound, if there is one."""
        for name, expected in right.items():
            if name not in got:
                if self._has_gradients:
                    yield self.finding(check, f"it gives no {name}", Verdict.MISSING, tensor=name)
                continue
            bound: Array | float = 0.0 if bounds is None else bounds[name]
            numbers = got[name] if bounds is None else np.where(np.isinf(bound), expected, got[name])
            found = difference(name.removeprefix("d"), numbers, expected, bound)
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

    def failed(self, check: str, problem: SubjectError, **facts: Any) -> Finding:
        """Return what it means that a call gave no result."""
        verdict = next(v for kind, v in VERDICTS.items() if isinstance(problem, kind))
        return self.finding(check, one_line(problem), verdict, **facts)

    def failed_where(self, check: str, message: str, problem: SubjectError) -> Finding:
        """Return what it means that a call gave no result in some situation. Raises Uncalled if it was never made."""
        if isinstance(problem, Uncalled):
            raise problem
        return self.failed(check, type(problem)(f"{message}: {problem}"))


def _put_back(given: Arrays, kept: Arrays) -> None:
    for name, array in given.items():
        array[...] = kept[name]
