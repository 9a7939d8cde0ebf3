"""Judge many submissions on all cores; each has a worker of its own, and none can stop the others."""

import atexit
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

import msgspec

from gradcheck import interruption
from gradcheck.evidence import kept
from gradcheck.grading.lessons import Lesson, lessons_in, taught
from gradcheck.grading.refused import Refused
from gradcheck.grading.rubric import Demand, Rubric
from gradcheck.grading.submissions import Submission
from gradcheck.isolation import image
from gradcheck.isolation.levels import MEGABYTE, Level, Limits, has_workers, strongest
from gradcheck.judging import alike
from gradcheck.judging.plan import Plan
from gradcheck.report import TargetReport, Verdict
from gradcheck.reporting.wording import name_of
from gradcheck.subjects.loading.errors import Unavailable
from gradcheck.text import one_line

KEPT = 96 * MEGABYTE
"""What each judge keeps of the suite's own results, which are the same for every submission of a grading."""

TRIES = 2
"""How often a submission is judged alone, where the process that judged it was lost with others."""

LOST = "the process that judged it was lost, again and again"

Judge = Callable[[str, Plan], bytes]
"""Judges what lies at a path; a report as data."""


@dataclass(frozen=True)
class Judged:
    """What came of a submission.

    `is_ours` is why it could not be judged, where that is no fault of its own. `lessons` are what its page shows.
    """

    submission: Submission
    target: TargetReport
    seconds: float
    is_ours: str | None = None
    lessons: tuple[Lesson, ...] = ()


def plan_of(rubric: Rubric, seed: int, *, unsandboxed: bool = False, is_here: bool = True) -> Plan:
    """Return how each submission is verified; `is_here` is whether this machine runs them.

    Raises
    ------
    Refused
        Submissions cannot be confined here, and `unsandboxed` is not given.
    """
    if is_here and not unsandboxed and strongest().rank < Level.LANDLOCK.rank:
        raise Refused(
            "submissions cannot be confined on this machine (`gradcheck list isolation` says what it lacks): "
            "use another one, or add --unsandboxed to run them with your rights"
        )
    demands = rubric.checks.items()
    limits = Limits(
        call=rubric.limits.call_seconds,
        total=rubric.limits.total_seconds,
        memory=rubric.limits.memory_mb * MEGABYTE,
        packages=rubric.allow,
    )
    return Plan(
        dialect=rubric.dialect,
        layers=tuple(dict.fromkeys(each.layer for each in rubric.function)),
        promised=tuple(name for name, demand in demands if demand is Demand.DEMAND),
        declared=tuple(name for name, demand in demands if demand is not Demand.DEMAND),
        cases=rubric.cases,
        seed=seed,
        hint=rubric.most,  # the search for a line takes long: only where students are shown it
        isolation=Level.PROCESS if unsandboxed else "strongest",
        limits=limits,
    )


def usual_processes() -> int:
    """Return how many processes judge at once by default: one for each core that this process may use."""
    return len(os.sched_getaffinity(0)) if has_workers() else os.cpu_count() or 1


def judge_one(path: str, plan: Plan) -> bytes:
    """Judge one submission, in a process of the pool."""
    target = taught(path, plan)
    return msgspec.msgpack.encode(msgspec.structs.replace(target, target=name_of(target.target)))


def judged(
    several: Sequence[Submission], plan: Plan, processes: int, *, judge: Judge = judge_one
) -> Generator[Judged, None, None]:
    """Yield what comes of each submission as soon as it is judged.

    A process that is lost takes the pool with it, and all that is judged at that moment. These are judged again, each
    in a pool of its own, so that it shows which one it was; there, one is tried twice.

    Parameters
    ----------
    several : sequence of Submission
        What to judge, in this order.
    plan : Plan
        How each is verified.
    processes : int
        How many are judged at once.
    judge : callable, optional
        Judges one; it is a function of a module, as it is called in another process.
    """
    left = list(reversed(several))
    while left:
        lost: list[Submission] = []
        yield from _in_pool(left, lost, plan, processes, judge)
        for each in lost:
            again = [each]
            for _ in range(TRIES):
                alone, again = again, []
                yield from _in_pool(alone, again, plan, 1, judge)
            if again:
                yield Judged(each, nothing(each), 0.0, LOST)


def _in_pool(
    left: list[Submission], lost: list[Submission], plan: Plan, processes: int, judge: Judge
) -> Iterator[Judged]:
    """Judge what is left, the last first, until nothing is or the pool is broken; what that took is in `lost`."""
    running: dict[Future[bytes], tuple[Submission, float]] = {}
    with _pool(processes) as pool:
        while running or (left and not lost):
            while left and not lost and len(running) < processes:
                submission = left.pop()
                try:
                    running[pool.submit(_in_process, judge, submission.path, plan)] = (
                        submission,
                        time.monotonic(),
                    )
                except BrokenProcessPool:
                    lost.append(submission)
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                submission, started = running.pop(future)
                try:
                    yield _answer(submission, future, round(time.monotonic() - started, 3))
                except BrokenProcessPool:
                    lost.append(submission)


def _answer(submission: Submission, future: Future[bytes], seconds: float) -> Judged:
    try:
        data = future.result()
        report = msgspec.msgpack.decode(data, type=TargetReport)
        return Judged(submission, report, seconds, lessons=lessons_in(data))
    except BrokenProcessPool:
        raise
    except Unavailable as problem:
        return Judged(submission, nothing(submission), seconds, str(problem))
    except Exception as problem:  # noqa: BLE001 - one submission must not stop the others
        return Judged(submission, nothing(submission), seconds, failed(problem))


def failed(problem: BaseException) -> str:
    """Return why a submission could not be judged, where the judge raised what it never should."""
    return (
        f"the judge itself failed on it ({type(problem).__name__}: {one_line(problem)}): please report this"
    )


def nothing(submission: Submission) -> TargetReport:
    """Return the report of a submission that could not be judged."""
    return TargetReport(
        target=submission.path, dialect=None, verdict=Verdict.INCONCLUSIVE, parts=(), error="not judged"
    )


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes. Where the block is left early, those that are judging are ended, and do not finish."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")  # a fork would have the locks of the pool's threads
    pool = ProcessPoolExecutor(processes, context, initializer=_begin)
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


# In a process of the pool.

_is_judging = False


def _begin() -> None:
    """Let only the grading end this process, and end it with the grading, whatever happens to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C goes to all processes of a terminal
    signal.signal(signal.SIGTERM, _end)
    sys.unraisablehook = interruption.silent(sys.unraisablehook)
    kept.keep(KEPT)
    alike.share()
    image.prepare()
    threading.Thread(target=_watch_the_grading, daemon=True).start()


def _watch_the_grading() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _end(number: int, frame: FrameType | None) -> None:
    if not _is_judging:
        _leave()
    interruption.raised(number, frame)


def _leave() -> NoReturn:
    """End this process at once, without the worker's runtime staying behind."""
    atexit._run_exitfuncs()
    os._exit(128 + signal.SIGTERM)


def _in_process(judge: Judge, path: str, plan: Plan) -> bytes:
    """Judge one; where this process is to end, do so when the worker and the folders are put away."""
    global _is_judging
    _is_judging = True
    try:
        return judge(path, plan)
    finally:
        _is_judging = False
        if interruption.is_due():
            _leave()
