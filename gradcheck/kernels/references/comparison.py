"""What a kernel gives on some numbers, compared with what is right there."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence.compare import Difference, difference
from gradcheck.kernels import dtypes
from gradcheck.kernels.dtypes import spacing
from gradcheck.kernels.engine import KernelPlan
from gradcheck.kernels.references.bounds import Bounds, bounds_of, exact_names, jumps_of
from gradcheck.kernels.references.findings import finding
from gradcheck.kernels.references.impostors import why_idle
from gradcheck.kernels.references.oracle import Given, Oracle
from gradcheck.kernels.report import KernelOutcome, Rounding
from gradcheck.kernels.truth import WINOGRAD, rounding_of
from gradcheck.report import Finding, Verdict, worst

TOO_FAR = "further from the reference in double precision than rounding explains"
NOT_EQUAL = "not what the reference gives on integers: no sum here is rounded, in any order"
TRANSFORM = "fft"
TRANSFORMED = "off integers by no more than a Fourier transform rounds: if it uses one, say --inexact fft"
TOO_SHORT = "sums of this length in {} may be anything; demand longer ones with --sums-in float32"
SINGLE = 24
NO_POWER = "could not have failed: {}"
JUMPS = "every result jumps here: at ties, several are right"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A call on some numbers, and what is right for them.

    Attributes
    ----------
    check, shown : str
        What the numbers are called, and the problem's line.
    oracle : Oracle
        The reference at the problem's sizes.
    plan : KernelPlan
        How the kernel is judged.
    given : Given
        The numbers.
    right, own : dict of str to array
        The reference's results in double precision, and in the dtype, where it runs in that.
    is_integer : bool
        Whether the numbers are integers, so that results may have to be equal.
    """

    check: str
    shown: str
    oracle: Oracle
    plan: KernelPlan
    given: Given
    right: Arrays
    own: Arrays | None
    is_integer: bool

    def outcome(self, got: Arrays, impostors: Mapping[str, Arrays]) -> KernelOutcome:
        """Return how a kernel's results fare; `impostors` are wrong ones, which must not pass."""
        findings, roundings, idle = [], [], []
        for name, values in self.right.items():
            if name in self.bounds.jumps:
                continue
            allowed = self.bounds.allowed[name]
            found = difference(name.removeprefix("d"), got[name], values, allowed)
            if found is not None:
                findings.append(self._finding(name, found, got[name]))
            why = why_idle(name, values, allowed, impostors)
            if why and found is None:
                idle.append(why)
            elif np.isfinite(got[name]).all():
                roundings.append(_rounding(name, got[name], values, allowed, self.oracle))
        verdict, reason = self._verdict(findings, roundings, idle)
        return KernelOutcome(
            check=self.check,
            verdict=verdict,
            reason=reason,
            findings=tuple(findings),
            roundings=tuple(roundings),
        )

    def _finding(self, name: str, found: Difference, got: Array) -> Finding:
        is_transformed = name in self.exact and self._is_transformed(name, got)
        return finding(
            self.check,
            self.shown,
            TRANSFORMED if is_transformed else NOT_EQUAL if name in self.exact else TOO_FAR,
            Verdict.INCONCLUSIVE if is_transformed else Verdict.FAIL,
            tensor=name,
            index=found.index,
            got=found.got,
            expected=found.expected,
            bound=found.bound,
            where=found.where,
        )

    def _verdict(
        self, findings: list[Finding], roundings: list[Rounding], idle: list[str]
    ) -> tuple[Verdict, str | None]:
        """Return the verdict, and why where nothing could have failed."""
        if findings:
            return worst(each.verdict for each in findings), None
        if roundings:
            return Verdict.PASS, None
        if idle and self.oracle.dtype.bits < SINGLE and not self.plan.sums_in:
            return Verdict.SKIP, TOO_SHORT.format(self.oracle.dtype.name)
        return Verdict.INCONCLUSIVE, NO_POWER.format(idle[0] if idle else JUMPS)

    @cached_property
    def exact(self) -> frozenset[str]:
        """The results that have to be equal."""
        if not self.is_integer or self.own is None or self.plan.inexact:
            return frozenset()
        return exact_names(self.oracle, self.given, self.right, self.own)

    @cached_property
    def bounds(self) -> Bounds:
        """How far each entry may be off, and which results jump."""
        return self._bounds(self.exact)

    def _bounds(self, exact: frozenset[str]) -> Bounds:
        right, plan = self.right, self.plan
        if exact >= right.keys():
            nothing = {name: np.zeros(values.shape) for name, values in right.items()}
            return Bounds(nothing, jumps_of(self.oracle, self.given, right, plan.seed))
        sums_in = dtypes.BY_NAME[plan.sums_in] if plan.sums_in else None
        found = bounds_of(self.oracle, self.given, right, self.own, sums_in, plan.seed)
        if plan.inexact:
            wide = {name: _normwise(each, plan.inexact) for name, each in found.allowed.items()}
            return Bounds(wide, found.jumps)
        zero = {name: np.zeros(right[name].shape) for name in exact}
        return Bounds(found.allowed | zero, found.jumps)

    def _is_transformed(self, name: str, got: Array) -> bool:
        """Return whether a result is as far from integers as a Fourier transform may bring it, and no further."""
        wide = _normwise(self._bounds(frozenset()).allowed[name], TRANSFORM)
        return difference(name.removeprefix("d"), got, self.right[name], wide) is None


def _normwise(allowed: Array, kind: str) -> Array:
    """Return one bound for all entries of a result, as the errors of declared arithmetic travel between them."""
    growth = {"tf32": 2.0**14, "winograd": WINOGRAD}.get(kind, 2 * math.log2(allowed.size + 2))
    return np.full(allowed.shape, growth * float(np.max(allowed, initial=0.0)))


def _rounding(name: str, got: Array, values: Array, allowed: Array, oracle: Oracle) -> Rounding:
    """Return how far a result is from the truth, with the place of the largest error, and what was allowed there."""
    right = values.astype(np.float64)
    found = rounding_of(name, got.astype(np.float64), right, allowed, oracle.dtype)
    units = spacing(right, oracle.dtype)
    place = np.unravel_index(int(np.argmax(np.abs(got.astype(np.float64) - right) / units)), right.shape)
    allowed_units = float(np.broadcast_to(allowed, right.shape)[place] / units[place])
    index = tuple(int(each) for each in place)
    return msgspec.structs.replace(found, index=index, allowed=allowed_units)
