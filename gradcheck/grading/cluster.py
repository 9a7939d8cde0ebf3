"""Judge many submissions on several machines by Dask. The journal stays with the grading, as for one machine.

What comes back from a Dask worker is bytes, which are decoded into a report: nothing that a submission can influence is
unpickled. Dask gives what a lost worker was judging to another one.
"""

import logging
import platform
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import msgspec
import numpy as np

from gradcheck.evidence import kept
from gradcheck.grading import batch, carried
from gradcheck.grading.batch import Judged
from gradcheck.grading.lessons import Lesson, lessons_in
from gradcheck.grading.refused import Refused
from gradcheck.grading.submissions import Submission
from gradcheck.grading.suite import suite
from gradcheck.isolation import image
from gradcheck.isolation.levels import Level, strongest
from gradcheck.judging import alike
from gradcheck.judging.plan import Plan
from gradcheck.report import TargetReport
from gradcheck.subjects.loading.errors import Unavailable
from gradcheck.subjects.loading.temporary import temporary
from gradcheck.text import one_line

LOCAL = "local"
"""In the place of an address: workers on this machine, for the length of the grading."""

PATIENCE = 15
"""Seconds until which a scheduler must answer, and have a worker."""

AHEAD = 2
"""Submissions that are sent for each worker: one is judged, and the next one is there when it is done."""

TICK = 1.0
"""Seconds after which it is asked whether the scheduler is still there."""

NEEDED = "needs the extra `cluster`: pip install 'gradcheck-suite[cluster]'"


class About(msgspec.Struct, frozen=True):
    """What decides whether a worker gives the same grades as this process, and whether it can confine submissions."""

    suite: str
    python: str
    numpy: str
    level: Level


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of a submission on a worker: a report, or why there is none."""

    seconds: float = 0.0
    target: TargetReport | None = None
    lessons: tuple[Lesson, ...] = ()
    is_ours: str | None = None


def judged(
    several: Sequence[Submission], plan: Plan, where: str, processes: int
) -> Generator[Judged, None, None]:
    """Yield what comes of each submission as soon as it is judged, in any order.

    Parameters
    ----------
    several : sequence of Submission
        What to judge.
    plan : Plan
        How each is verified.
    where : str
        The scheduler's address, or `LOCAL`.
    processes : int
        How many workers there are, if they are local.

    Raises
    ------
    Refused
        There is no such scheduler, it has no workers, or one of them would grade otherwise; or it is lost.
    """
    with _client(where, processes) as client:
        _refuse_unfit(client, plan)
        yield from _shared_out(list(reversed(several)), plan, client)


def _shared_out(left: list[Submission], plan: Plan, client: Any) -> Iterator[Judged]:
    """Yield what comes of each submission; a few at a time are on the way, so that a large class fits the memory."""
    running: dict[Any, Submission] = {}
    done: queue.SimpleQueue[Any] = queue.SimpleQueue()
    wanted = _about()
    while left or running:
        while left and len(running) < AHEAD * max(1, len(_workers(client))):
            submission = left.pop()
            try:
                data = carried.packed(submission.path)
            except (OSError, carried.TooLarge) as problem:
                yield Judged(submission, batch.nothing(submission), 0.0, one_line(problem))
                continue
            future = client.submit(judge_one, data, submission.path, plan, wanted, pure=False)
            running[future] = submission
            future.add_done_callback(done.put)
        try:
            future = done.get(timeout=TICK)
        except queue.Empty:
            _refuse_lost(client)
            continue
        submission = running.pop(future)
        yield _judged(submission, future, client)


def _judged(submission: Submission, future: Any, client: Any) -> Judged:
    if future.status == "finished":
        return _answered(submission, future.result())
    _refuse_lost(client)
    if future.status == "cancelled" or future.status == "lost":
        raise Refused(_lost(client))
    problem = future.exception()
    why = (
        batch.LOST if type(problem).__name__ == "KilledWorker" else f"the worker failed: {one_line(problem)}"
    )
    return Judged(submission, batch.nothing(submission), 0.0, why)


def _answered(submission: Submission, data: object) -> Judged:
    """Return what a worker has sent; what is no answer is no verdict."""
    try:
        if not isinstance(data, bytes):
            raise TypeError(f"a {type(data).__name__}")
        found = msgspec.msgpack.decode(data, type=Answer)
    except (TypeError, msgspec.MsgspecError) as problem:
        why = f"the worker gave no answer that can be read ({one_line(problem)})"
        return Judged(submission, batch.nothing(submission), 0.0, why)
    if found.target is None:
        why = one_line(found.is_ours or "not judged")
        return Judged(submission, batch.nothing(submission), found.seconds, why)
    return Judged(submission, found.target, found.seconds, lessons=found.lessons)


# The scheduler and its workers, as the grading sees them.


@contextmanager
def _client(where: str, processes: int) -> Iterator[Any]:
    """Give a connection to a scheduler; to one of our own where it is to be local."""
    distributed = _distributed()
    _hush()
    cluster = None
    try:
        if where == LOCAL:
            cluster = distributed.LocalCluster(
                n_workers=processes,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        client = distributed.Client(where if cluster is None else cluster, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as problem:
        raise Refused(f"no Dask scheduler answers at {where} ({_reason(problem)}): {START}") from None
    try:
        yield client
    finally:
        client.close(timeout=PATIENCE)
        if cluster is not None:
            cluster.close(timeout=PATIENCE)


def _hush() -> None:
    """Keep Dask's logs to itself: what matters is said in a sentence, once."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


START = "start one with `dask scheduler`, and name its address, such as tcp://10.0.0.1:8786"


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise Refused(f"--dask {NEEDED}") from None


def _reason(problem: BaseException) -> str:
    return one_line(str(problem) or type(problem).__name__, 120)


def _workers(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return found


def _refuse_lost(client: Any) -> None:
    if client.status != "running":
        raise Refused(_lost(client))


def _lost(client: Any) -> str:
    return "the Dask scheduler was lost; what was graded is kept: start it, and give the same command again"


def _refuse_unfit(client: Any, plan: Plan) -> None:
    """Refuse workers that would grade otherwise, or that cannot confine submissions."""
    address = client.scheduler.address if client.scheduler is not None else "the scheduler"
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise Refused(f"{address} has no workers: start some with `dask worker {address}`") from None
    _refuse_other_dask(client, address)
    wanted = _about()
    for worker, data in _asked(client, about).items():
        try:
            found = msgspec.msgpack.decode(data, type=About)
        except (TypeError, msgspec.MsgspecError):
            raise Refused(f"the worker {worker} has no gradcheck of this version: {SAME}") from None
        why = unfit(found, wanted, plan)
        if why is not None:
            raise Refused(f"the worker {worker} {why}")


SAME = "install the same on all machines"


def _refuse_other_dask(client: Any, address: str) -> None:
    own = str(_distributed().__version__)
    try:
        found = client.get_versions(packages=["distributed"])
        there = {
            address: found["scheduler"],
            **{f"the worker {name}": each for name, each in found["workers"].items()},
        }
        versions = {name: str(each["packages"]["distributed"]) for name, each in there.items()}
    except Exception as problem:  # noqa: BLE001 - another version may answer anything
        raise Refused(f"{address} has another version of Dask ({_reason(problem)}): {SAME}") from None
    for name, version in versions.items():
        if version != own:
            raise Refused(f"{name} has version {version} of Dask, and this process {own}: {SAME}")


def _asked(client: Any, function: Callable[[], bytes]) -> dict[str, Any]:
    """Return what each worker answers; an exception is an answer, too."""
    answers: dict[str, Any] = client.run(function, on_error="return")
    return answers


def unfit(found: About, wanted: About, plan: Plan) -> str | None:
    """Return why a worker must not judge, as the rest of a sentence that begins with it."""
    if found.suite != wanted.suite:
        return f"has gradcheck {found.suite}, and this process {wanted.suite}: {SAME}"
    for name in ("python", "numpy"):
        there, here = getattr(found, name), getattr(wanted, name)
        if there != here:
            return f"has {name} {there}, and this process {here}: {SAME}"
    if plan.isolation != Level.PROCESS and found.level.rank < Level.LANDLOCK.rank:
        return f"cannot confine submissions (it has {found.level.value}): use another machine, or add --unsandboxed"
    return None


def _about() -> About:
    python = ".".join(platform.python_version_tuple()[:2])
    return About(suite(), python, np.__version__, strongest())


# On a worker.

_turn = threading.Lock()


def about() -> bytes:
    """Return what a worker is, as data."""
    return msgspec.msgpack.encode(_about())


def judge_one(data: bytes, path: str, plan: Plan, wanted: About) -> bytes:
    """Judge one submission on a worker, whose process judges one at a time.

    Nothing is raised: an exception would be pickled.
    """
    with _turn:
        started = time.monotonic()
        why = unfit(_about(), wanted, plan)
        if why is not None:
            return msgspec.msgpack.encode(Answer(is_ours=f"a worker {why}"))
        kept.keep(batch.KEPT)
        alike.share()
        image.prepare()
        try:
            with temporary("zip") as folder:
                there = carried.unpacked_into(folder, data)
                found = batch.judge_one(there, plan)
                target = _as_at(msgspec.msgpack.decode(found, type=TargetReport), there, path)
                answer = Answer(target=target, lessons=lessons_in(found), seconds=_since(started))
        except (Unavailable, OSError) as problem:
            answer = Answer(is_ours=str(problem), seconds=_since(started))
        except Exception as problem:  # noqa: BLE001 - one submission must not stop the others
            answer = Answer(is_ours=batch.failed(problem), seconds=_since(started))
        return msgspec.msgpack.encode(answer)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _as_at(target: TargetReport, there: str, path: str) -> TargetReport:
    """Return a report with the submission's own place where it has that on the worker."""

    def shown(text: str) -> str:
        return text.replace(there, path)

    return msgspec.structs.replace(
        target,
        target=shown(target.target),
        error=None if target.error is None else shown(target.error),
        notes=tuple(map(shown, target.notes)),
    )
