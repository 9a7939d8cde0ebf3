"""What a comparison says; also the JSON that ``--format json`` writes (schema ``gradcheck-bench/1``)."""

import math
from collections.abc import Iterable

import msgspec

from gradcheck.timing.in_turn import Times
from gradcheck.timing.machine import Machine

SCHEMA = "gradcheck-bench/1"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One part of one function on one problem.

    `times` are the function's and `fast` those of `fast`; without them `why` says what is missing. `gflops` is in 10**9
    operations a second, at best. `equal` says whether the results are those of `fast`, digit by digit; None where
    they need not be.
    """

    function: str
    layer: str
    geometry: str
    count: int
    part: str
    times: Times | None = None
    fast: Times | None = None
    gflops: float | None = None
    ratio: float | None = None
    equal: bool | None = None
    why: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A target's functions beside `fast` on a set of problems."""

    schema: str = SCHEMA
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
