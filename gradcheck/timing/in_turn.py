"""Timing several runs in turn, so that what disturbs the machine disturbs them all alike."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
import numpy as np

Sample = TypeVar("Sample")


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, in seconds: at best, and the quartiles over all repeats.

    The best is what the machine can do; the quartiles tell how much it was disturbed.
    """

    best: float
    lower: float
    median: float
    upper: float
    repeats: int


def times_of(samples: Sequence[float]) -> Times:
    """Return what samples in seconds come to."""
    lower, median, upper = (float(q) for q in np.quantile(samples, (0.25, 0.5, 0.75)))
    return Times(best=min(samples), lower=lower, median=median, upper=upper, repeats=len(samples))


def seconds(function: Callable[[], object]) -> float:
    """Return how long one call takes; what it returns is let go of afterwards, and that does not count."""
    started = time.perf_counter()
    result = function()
    taken = time.perf_counter() - started
    del result
    return taken


def in_turn(
    runs: Sequence[Callable[[], Sample]], repeats: int, budget: float, at_least: int = 1
) -> list[list[Sample]]:
    """Return what several runs gave, each of them repeated, one after another.

    Parameters
    ----------
    runs : sequence of callable
        Each does its work once, and returns what it measured.
    repeats : int
        How often at most. A first round warms caches and threads up, and does not count.
    budget : float
        After so many seconds no round begins.
    at_least : int
        How many rounds count in spite of the budget. Where one is enough, and the first spent the budget, it is that.

    Returns
    -------
    list of list
        For each run what it measured, a sample a round.

    Notes
    -----
    Each round begins with another run: threads that wait for work after a product in BLAS take time from whoever comes
    next, and it should not always be the same.
    """
    started = time.perf_counter()
    rounds = [_round(runs, 0)]
    if at_least > 1 or time.perf_counter() - started < budget:
        rounds = []
    while len(rounds) < at_least or (len(rounds) < repeats and time.perf_counter() - started < budget):
        rounds.append(_round(runs, len(rounds)))
    return [list(samples) for samples in zip(*rounds, strict=True)]


def _round(runs: Sequence[Callable[[], Sample]], first: int) -> list[Sample]:
    order = [(first + step) % len(runs) for step in range(len(runs))]
    found = {index: runs[index]() for index in order}
    return [found[index] for index in range(len(runs))]
