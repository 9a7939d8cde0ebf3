"""Times, and the two reports made of them, which are also JSON: ``gradcheck-bench/1``, ``gradcheck-kernel-times/1``."""

import math
from collections.abc import Iterable

import msgspec
import numpy as np

from gradcheck.report import Verdict
from gradcheck.timing.machine import Machine

TYPICAL = 0.25
"""The quantile that stands for all samples: what disturbs a machine only ever makes it slower."""


class Quartiles(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, in seconds: at best, and the quartiles over all repeats.

    The best is what the machine can do; the quartiles show how much it was disturbed.
    """

    best: float
    lower: float
    median: float
    upper: float
    repeats: int


class Times(msgspec.Struct, frozen=True):
    """Seconds that one call took, a sample a round."""

    samples: tuple[float, ...]

    @property
    def typical(self) -> float:
        """The lower quartile."""
        return float(np.quantile(self.samples, TYPICAL))

    @property
    def quartiles(self) -> Quartiles:
        """The samples in short. There must be at least one."""
        lower, median, upper = (float(each) for each in np.quantile(self.samples, (0.25, 0.5, 0.75)))
        return Quartiles(
            best=min(self.samples), lower=lower, median=median, upper=upper, repeats=len(self.samples)
        )


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One part of one function on one problem, next to `fast`.

    `times` are the function's and `fast` those of `fast`; without them `why` says what is missing. `gflops` is in 10**9
    operations a second, at best. `equal` says whether the results are those of `fast`, digit by digit; None where
    they need not be.
    """

    function: str
    layer: str
    geometry: str
    count: int
    part: str
    times: Quartiles | None = None
    fast: Quartiles | None = None
    gflops: float | None = None
    ratio: float | None = None
    equal: bool | None = None
    why: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A target's functions next to `fast` on a set of problems: the answer of ``gradcheck bench``."""

    schema: str = "gradcheck-bench/1"
    target: str
    dialect: str
    problems: str
    dtype: str
    threads: int
    machine: Machine
    rows: tuple[Row, ...]


def mean_ratio(rows: Iterable[Row]) -> float | None:
    """Return the geometric mean of the ratios to `fast`, or None where there are none."""
    ratios = [row.ratio for row in rows if row.ratio is not None]
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long a kernel takes on one problem, and against what.

    `ratio` is its time over the other's. `noise` is how far the ratio of two equal kernels was from 1 here.
    """

    problem: str
    times: Times | None
    other: Times | None = None
    ratio: float | None = None
    noise: float | None = None
    verdict: Verdict = Verdict.PASS
    reason: str | None = None


class TimingReport(msgspec.Struct, frozen=True, kw_only=True):
    """The times of a kernel on a set of problems: the answer of ``gradcheck kernel --bench``."""

    schema: str = "gradcheck-kernel-times/1"
    verdict: Verdict
    target: str
    title: str
    against: str | None
    layer: str
    dtype: str
    allowed: float | None
    seconds: float
    timings: tuple[Timing, ...]
