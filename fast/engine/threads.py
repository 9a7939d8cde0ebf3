"""One thread a core, each with BLAS to itself: NumPy lets go of the interpreter in copies and in products."""

import contextlib
import contextvars
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Any, TypeVar

Task = TypeVar("Task")
Work = Callable[[Iterator[Task]], None]
"""What one thread does: it takes tasks until there are none, and may keep scratch memory from one to the next."""

_limit: contextvars.ContextVar[int | None] = contextvars.ContextVar("threads of fast", default=None)


def threads() -> int:
    """Return how many threads a layer may use: the cores this process may run on, or fewer by `use_threads`."""
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
    """Have as many threads as there may be take the tasks, in order, one after another.

    Parameters
    ----------
    work : callable
        What each thread does with the iterator of tasks, which is shared.
    tasks : sequence
        Independent of each other: no two write to the same memory.
    worth_it : bool
        Whether there is enough to do for waking threads up.
    blas : bool
        Whether the work has products in it, for which BLAS must be told to keep to one thread.

    Raises
    ------
    Exception
        The first one that a thread raised.
    """
    count = min(threads(), len(tasks))
    with _single_blas() if blas and worth_it else contextlib.nullcontext():
        if count < 2 or not worth_it:
            return work(iter(tasks))
        shared = _Shared(tasks)
        # The context carries NumPy's errstate, which a thread would not have.
        futures = [_pool().submit(contextvars.copy_context().run, work, shared) for _ in range(count)]
        # For all of them: what still ran while an error is raised would write to memory that is no longer its own.
        wait(futures)
        for future in futures:
            future.result()
    return None


class _Shared(Iterator[Task]):
    """An iterator that several threads may take from."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = iter(tasks)
        self._lock = threading.Lock()

    def __next__(self) -> Task:
        with self._lock:
            return next(self._tasks)


@cache
def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="fast")


# A child process has none of the threads that its copy of the pool believes in.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)


@cache
def _blas() -> Any:
    # Not at the top: it reads the process's libraries, which who only imports need not wait for.
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it has no types

    return ThreadpoolController().select(user_api="blas")


def _single_blas() -> Any:
    return _blas().limit(limits=1)
