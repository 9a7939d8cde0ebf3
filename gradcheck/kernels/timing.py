"""Times of kernels, interleaved, with the noise that a kernel shows against itself."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from gradcheck.kernels.kernel import Work
from gradcheck.report import Verdict

SAMPLE = 0.01
"""A sample is as many calls as take so many seconds: the clock and a switch of tasks weigh little in it."""

LEAST, MOST = 8, 400
QUANTILE = 0.25
"""Of the samples the lower quartile is looked at: what disturbs a machine only ever makes it slower."""

DRAWS = 200
CONFIDENCE = 0.99


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that one call takes, a sample a round."""

    samples: tuple[float, ...]

    @property
    def typical(self) -> float:
        """The lower quartile."""
        return float(np.quantile(self.samples, QUANTILE))


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
    """The whole answer of one command."""

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


@dataclass(frozen=True)
class Race:
    """Several works, timed in turn: each round begins with another one, and has a sample of each."""

    works: Sequence[Work]

    def run(self, budget: float, enough: Callable[[list[Times]], bool]) -> list[Times]:
        """Return their times, as soon as there are enough rounds, and at the latest after `budget` seconds."""
        started = time.perf_counter()
        calls = self._calls()
        rounds: list[list[float]] = []
        while len(rounds) < MOST:
            rounds.append(self._round(len(rounds), calls))
            if len(rounds) >= LEAST and (time.perf_counter() - started > budget or enough(_times(rounds))):
                break
        return _times(rounds)

    def _calls(self) -> int:
        """Return how many calls a sample has, after one call of each that does not count."""
        slowest = max(min(work() for _ in range(2)) for work in self.works)
        return max(1, round(SAMPLE / max(slowest, 1e-9)))

    def _round(self, number: int, calls: int) -> list[float]:
        found = [0.0] * len(self.works)
        for step in range(len(self.works)):
            index = (number + step) % len(self.works)
            found[index] = sum(self.works[index]() for _ in range(calls)) / calls
        return found


def ratio(one: Times, other: Times) -> float:
    """Return the typical time of one over that of the other."""
    return one.typical / other.typical


def noise(one: Times, same: Times) -> float:
    """Return how far from 1 the ratio of two equal kernels may be: that of two runs of one, and how it scatters.

    The scatter is that of the ratio when rounds are drawn anew with replacement (the bootstrap).
    """
    rng = np.random.default_rng(0)
    pairs = np.array([one.samples, same.samples])
    rounds = rng.integers(pairs.shape[1], size=(DRAWS, pairs.shape[1]))
    typical = np.quantile(pairs[:, rounds], QUANTILE, axis=2)
    return float(np.quantile(np.abs(typical[0] / typical[1] - 1), CONFIDENCE))


def _times(rounds: Sequence[Sequence[float]]) -> list[Times]:
    return [Times(samples=tuple(samples)) for samples in zip(*rounds, strict=True)]
