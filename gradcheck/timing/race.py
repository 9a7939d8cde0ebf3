"""Several works in turn, so that what disturbs the machine disturbs them all alike; and how far a ratio may be off."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import TypeVar

import numpy as np

from gradcheck.contract import Array
from gradcheck.kernels.kernel import Work
from gradcheck.timing.machine import LIMIT, at_rest
from gradcheck.timing.times import TYPICAL, Times

Sample = TypeVar("Sample")

SAMPLE = 0.01
"""A sample is as many calls as take so many seconds: the clock and a switch of tasks weigh little in it."""

REST = 0.02
"""Seconds to wait at most, before each sample, for threads of another framework that still spin. OpenMP's are asleep by
then; OpenBLAS's spin for longer, but leave the core to whatever needs it."""

Estimate = Callable[..., Array]
"""The samples of one and of others -> the ratio of their times, along the last axis."""

LEAST, ENOUGH, MOST = 8, 20, 400
"""Rounds of a race: at least, where the time is over; at least, to believe that it is quiet; at most."""

DRAWS = 200
CONFIDENCE = 0.99


def seconds(function: Callable[[], object]) -> float:
    """Return how long one call takes; what it returns is let go of afterwards, and that does not count."""
    started = time.perf_counter()
    result = function()
    taken = time.perf_counter() - started
    del result
    return taken


def in_turn(
    works: Sequence[Callable[[], Sample]],
    most: int,
    budget: float,
    least: int = 1,
    *,
    enough: Callable[[list[list[Sample]]], bool] = lambda samples: False,
    is_warm: bool = False,
    rest: float = LIMIT,
) -> list[list[Sample]]:
    """Return what several works gave, each of them repeated, one after another.

    Parameters
    ----------
    works : sequence of callable
        Each does its work once, and returns what it measured.
    most : int
        How many rounds there are at most.
    budget : float
        After so many seconds no round begins.
    least : int
        How many rounds count in spite of the budget and of `enough`.
    enough : callable
        The samples so far -> whether they are enough.
    is_warm : bool
        Whether caches and threads are warmed up already. Otherwise a first round does that, and does not count,
        unless it spends the budget and one round is enough.
    rest : float
        Seconds to wait at most, before each work, until the threads of the previous one are asleep.

    Returns
    -------
    list of list
        For each work what it measured, a sample a round.

    Notes
    -----
    Each round begins with another work: what a work leaves in the caches should not always meet the same one.
    """
    started = time.perf_counter()
    rounds = [] if is_warm else [_round(works, 0, rest)]
    if least > 1 or time.perf_counter() - started < budget:
        rounds = []
    while len(rounds) < least or (
        len(rounds) < most and time.perf_counter() - started < budget and not enough(_by_work(rounds))
    ):
        rounds.append(_round(works, len(rounds), rest))
    return _by_work(rounds)


def _round(works: Sequence[Callable[[], Sample]], first: int, rest: float) -> list[Sample]:
    found: dict[int, Sample] = {}
    for step in range(len(works)):
        index = (first + step) % len(works)
        if rest:
            at_rest(rest)
        found[index] = works[index]()
    return [found[index] for index in range(len(works))]


def _by_work(rounds: Sequence[Sequence[Sample]]) -> list[list[Sample]]:
    return [list(samples) for samples in zip(*rounds, strict=True)]


def race(
    works: Sequence[Work], budget: float, enough: Callable[[list[Times]], bool], rest: float = 0
) -> list[Times]:
    """Return the times of works, each sample of which is as many calls as the clock needs.

    Parameters
    ----------
    works : sequence of callable
        Each does its work once, and returns the seconds that it took.
    budget : float
        After so many seconds there are no more rounds than `LEAST`.
    enough : callable
        The times so far, of `ENOUGH` rounds or more -> whether they are enough.
    rest : float
        Seconds to wait at most, before each sample, until the threads of the previous one are asleep.
    """
    started = time.perf_counter()
    calls = _calls(works)
    samples = in_turn(
        [partial(_sample, work, calls) for work in works],
        MOST,
        budget - (time.perf_counter() - started),
        LEAST,
        enough=lambda found: len(found[0]) >= ENOUGH and enough(_times(found)),
        is_warm=True,
        rest=rest,
    )
    return _times(samples)


def _calls(works: Sequence[Work]) -> int:
    """Return how many calls a sample has, after two calls of each work, which warm it up."""
    slowest = max(min(work() for _ in range(2)) for work in works)
    return max(1, round(SAMPLE / max(slowest, 1e-9)))


def _sample(work: Work, calls: int) -> float:
    together = getattr(work, "together", None)  # of one that makes several calls at a time
    return float(together(calls)) if together else sum(work() for _ in range(calls)) / calls


def _times(samples: Sequence[Sequence[float]]) -> list[Times]:
    return [Times(tuple(each)) for each in samples]


def compared(own: Times, *others: Times) -> tuple[float, float]:
    """Return the time of a kernel over that of another one, which ran twice, and how far that may be off by chance.

    There are two estimates: the median over the rounds, as what slows a machine down for longer than a round slows all
    that are in it, and the ratio of the quartiles, which does not mind what comes and goes. Which one is taken depends
    on how much noise it has here, and not on what it says of the kernel.
    """
    samples = [np.array(times.samples) for times in (own, *others)]
    drawn = [each[_draws(each.size)] for each in samples]
    return min((_weighed(estimate, samples, drawn) for estimate in (_by_rounds, _typical)), key=itemgetter(1))


def drift(one: Times, same: Times) -> float:
    """Return how far from 1 the ratio of typical times of two runs of one kernel is, and how that scatters."""
    drawn = [np.array(times.samples)[_draws(len(times.samples))] for times in (one, same)]
    return _farthest(_typical(*drawn))


def _weighed(estimate: Estimate, samples: Sequence[Array], drawn: Sequence[Array]) -> tuple[float, float]:
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
        np.quantile(one, TYPICAL, axis=-1) / np.quantile(np.concatenate(others, axis=-1), TYPICAL, axis=-1)
    )


def _draws(count: int) -> Array:
    """Return rounds drawn with replacement, many times."""
    return np.random.default_rng(0).integers(count, size=(DRAWS, count))


def _farthest(ratios: Array) -> float:
    return float(np.quantile(np.abs(ratios - 1), CONFIDENCE))
