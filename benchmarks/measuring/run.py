"""Measuring one job: everyone in turn, then the memory."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from gradcheck.timing.contender import operations, traffic
from gradcheck.timing.race import in_turn, seconds
from gradcheck.timing.times import Quartiles, Times
from measuring import convolution, layers, memory, rates
from measuring.book import Row
from measuring.jobs import Job

REPEATS = 25
AT_LEAST = 3
FEW = 1 + AT_LEAST
"""How often those are run who take long and are compared with from afar: once to warm up, and as often as must be."""


def rows(job: Job, parts: Iterable[str], budget: float, *, with_loops: bool = False) -> Iterator[Row]:
    """Measure parts of a job.

    Parameters
    ----------
    job : Job
        What.
    parts : iterable of str
        Forward, backward or both.
    budget : float
        After so many seconds there is no other round of a part.
    with_loops : bool
        Whether `naive` takes part: on one sample, once, and its time is multiplied.
    """
    case = job.problem.case
    everyone = (layers if job.kind == "layer" else convolution).contenders(case)
    for part in parts:
        calls = {name: of[part] for name, of in everyone.items() if part in of}
        if job.kind == "dense":
            calls["matmul"] = rates.product(rates.PROBE, case.dtype)
        times = _timed(calls, budget)
        if with_loops:
            one = seconds(convolution.loops(job.problem)[part])
            times["naive"] = Times((one * case.params["n"],)).quartiles
        yield Row(
            problem=str(job.problem),
            sets=job.sets,
            kind=job.kind,
            part=part,
            dtype=case.dtype,
            threads=job.threads,
            operations=operations(case, part),
            traffic=traffic(case, part),
            times=times,
            extra=memory.beyond(calls["fast"], part == "forward"),
        )


def _timed(calls: dict[str, Callable[[], object]], budget: float) -> dict[str, Quartiles]:
    runs = [_run(call, FEW if name == "textbook" else None) for name, call in calls.items()]
    samples = in_turn(runs, REPEATS, budget, AT_LEAST)
    return {name: Times(_there(taken)).quartiles for name, taken in zip(calls, samples, strict=True)}


def _run(call: Callable[[], object], most: int | None) -> Callable[[], float]:
    """Return a run that times the call; not a number once it has been called often enough."""
    left = [math.inf if most is None else most]

    def run() -> float:
        left[0] -= 1
        return seconds(call) if left[0] >= 0 else math.nan

    return run


def _there(samples: Sequence[float]) -> tuple[float, ...]:
    return tuple(sample for sample in samples if not math.isnan(sample))
