"""Times of kernels, interleaved, with the noise that a kernel shows against itself."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import msgspec
import numpy as np

from gradcheck.contract import Array
from gradcheck.kernels.kernel import Work
from gradcheck.report import Verdict

SAMPLE = 0.01
"""A sample is as many calls as take so many seconds: the clock and a switch of tasks weigh little in it."""

Estimate = Callable[..., Array]
"""The samples of one and of others -> the ratio of their times, along the last axis."""

LEAST, ENOUGH, MOST = 8, 20, 400
"""Rounds: at least, where the time is over; at least, to believe that it is quiet; at most."""

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
            is_over = len(rounds) >= LEAST and time.perf_counter() - started > budget
            if is_over or (len(rounds) >= ENOUGH and enough(_times(rounds))):
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


def compared(own: Times, *others: Times) -> tuple[float, float]:
    """Return the time of a kernel over that of another one, which ran twice, and how far that may be off by chance.

    There are two estimates: the median over the rounds, as what slows a machine down for longer than a round slows all
    that are in it, and the ratio of the quartiles, which does not mind what comes and goes. Which one is taken depends
    on how much noise it has here, and not on what it says of the kernel.
    """
    samples = [np.array(times.samples) for times in (own, *others)]
    drawn = [each[_draws(each.size)] for each in samples]
    return min((_judged(estimate, samples, drawn) for estimate in (_by_rounds, _typical)), key=itemgetter(1))


def drift(one: Times, same: Times) -> float:
    """Return how far from 1 the ratio of typical times of two runs of one kernel is, and how that scatters."""
    drawn = [np.array(times.samples)[_draws(len(times.samples))] for times in (one, same)]
    return _farthest(_typical(*drawn))


def _judged(estimate: Estimate, samples: Sequence[Array], drawn: Sequence[Array]) -> tuple[float, float]:
    """Return what an estimate says, and its noise.

    That is how the ratio scatters when rounds are drawn anew with replacement (the bootstrap), or how far from 1 the
    ratio of the other kernel to itself is then, whichever is more.
    """
    found = float(estimate(*samples))
    return found, max(_farthest(estimate(*drawn) / found), _farthest(estimate(*drawn[1:])))


def _by_rounds(one: Array, *others: Array) -> Array:
    return np.asarray(
        np.exp(np.median(np.log(one) - np.mean([np.log(each) for each in others], axis=0), axis=-1))
    )


def _typical(one: Array, *others: Array) -> Array:
    return np.asarray(
        np.quantile(one, QUANTILE, axis=-1) / np.quantile(np.concatenate(others, axis=-1), QUANTILE, axis=-1)
    )


def _draws(count: int) -> Array:
    """Return rounds drawn with replacement, many times."""
    return np.random.default_rng(0).integers(count, size=(DRAWS, count))


def _farthest(ratios: Array) -> float:
    return float(np.quantile(np.abs(ratios - 1), CONFIDENCE))


def _times(rounds: Sequence[Sequence[float]]) -> list[Times]:
    return [Times(samples=tuple(samples)) for samples in zip(*rounds, strict=True)]
