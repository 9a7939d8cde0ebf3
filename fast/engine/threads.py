"""One thread for each core, each with a single-threaded BLAS: NumPy releases the GIL in copies and products."""

import contextlib
import contextvars
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # it takes long to import, and small arrays need no threads
    from concurrent.futures import ThreadPoolExecutor

Task = TypeVar("Task")
Work = Callable[[Iterator[Task]], None]
"""The work of one thread: it takes tasks until none is left, and may keep scratch memory between them."""

_limit: contextvars.ContextVar[int | None] = contextvars.ContextVar("threads of fast", default=None)


def threads() -> int:
    """Return the number of threads for a layer: that of the cores of this process, or the one set by `use_threads`."""
    return _limit.get() or _cores()


@contextlib.contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Let the layers use `count` threads within a ``with`` block.

    Raises
    ------
    ValueError
        If `count` is less than 1.
    """
    if count < 1:
        raise ValueError(f"use_threads: count must be at least 1, got {count}")
    token = _limit.set(count)
    try:
        yield
    finally:
        _limit.reset(token)


def spread(work: Work[Task], tasks: Sequence[Task], *, worth_it: bool = True, blas: bool = True) -> None:
    """Let the threads take the tasks, in order, one after another.

    Parameters
    ----------
    work : callable
        Called in each thread with the iterator of tasks, which the threads share.
    tasks : sequence
        Independent tasks: no two may write to the same memory.
    worth_it : bool
        Whether there is enough work to wake threads for.
    blas : bool
        Whether the work calls BLAS, which must then be limited to one thread.

    Raises
    ------
    Exception
        The first exception that a thread raised.
    """
    count = min(threads(), len(tasks))
    with _single_blas() if blas and worth_it else contextlib.nullcontext():
        if count < 2 or not worth_it:
            return work(iter(tasks))
        from concurrent.futures import wait

        shared = _Shared(tasks)
        # The copied context carries NumPy's errstate and buffer size, which a new thread would not have.
        futures = [_pool().submit(contextvars.copy_context().run, work, shared) for _ in range(count)]
        # Wait for all, also after an error: a thread that is still running would write to memory in use elsewhere.
        wait(futures)
        for future in futures:
            future.result()
    return None


class _Shared(Iterator[Task]):
    """An iterator that several threads may use."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = iter(tasks)
        self._lock = threading.Lock()

    def __next__(self) -> Task:
        with self._lock:
            return next(self._tasks)


@cache
def _cores() -> int:
    # In a container or under taskset a process may use fewer cores than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(thread_name_prefix="fast")


# A forked child has a copy of the pool, but none of its threads: it needs a new pool.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)


@cache
def _blas() -> Any:
    # Not at the top: the controller scans the loaded libraries, which takes time that an import should not.
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it has no types

    return ThreadpoolController().select(user_api="blas")


def _single_blas() -> Any:
    return _blas().limit(limits=1)
