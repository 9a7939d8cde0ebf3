"""A kernel under test, whatever it is written in: stored numbers go in, results in double precision come out."""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.kernels.dtypes import Dtype
from gradcheck.report import Verdict

LINE = 64
"""Memory that begins at a multiple of so many bytes suits every vector instruction."""

Work = Callable[[], float]
"""Does something once, and returns how many seconds it took."""


Pending = Callable[[], Arrays]
"""Gives results in double precision when it is called. Raises SubjectError."""


Prepared = tuple[Callable[[], Any], Callable[[Any], Arrays]]
"""A call, and what makes stored arrays of what it returns. Both raise SubjectError."""

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
"""What is counted: the time that passes, or the time that processors spend on it, on all threads together."""


class Ended(Exception):
    """The kernel's process is no more: what that means for a verdict, and why."""

    def __init__(self, verdict: Verdict, why: str) -> None:
        super().__init__(why)
        self.verdict = verdict


class KernelError(ValueError):
    """There is no such kernel, or it is not to be called. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What a kernel has and promises.

    Attributes
    ----------
    has_backward : bool
        Whether it gives gradients.
    has_strides : bool
        Whether it takes arrays as they lie in memory; otherwise layouts say nothing about it.
    checks_geometry : bool
        Whether it is its own affair to refuse what cannot be.
    can_freeze : bool
        Whether it can be asked for the gradients of some tensors only.
    declared : tuple of str
        The checks that its framework does not promise to pass; they run where they are named.
    notes : tuple of str
        What the report says about the kernel, whatever the verdict.
    """

    has_backward: bool
    has_strides: bool
    checks_geometry: bool
    can_freeze: bool = False
    declared: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Kernel(Protocol):
    """One implementation of one layer."""

    @property
    def target(self) -> str:
        """What was asked for, as a replay line repeats it."""

    @property
    def title(self) -> str:
        """What it runs on, with the version."""

    @property
    def traits(self) -> Traits:
        """What it has and promises."""

    def express(self, case: Case) -> Case:
        """Return the nearest case that it can be called with: without a bias where it takes none."""

    def skips(self, case: Case, dtype: Dtype) -> str | None:
        """Say why it has no call for a case, or None."""

    def started(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Pending:
        """Run it, and return what gives ``out`` and, where there is a `dout`, the gradients. Raises SubjectError.

        A backward of its own runs when the results are asked for: what was started later must not disturb it. Where
        its traits say `can_freeze`, the gradients are those of the `wanted` tensors; by default, of all.
        """

    def changed(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> tuple[str, ...]:
        """Run it, and return the names of the inputs whose numbers are then others. Raises SubjectError."""

    def work(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None, clock: str) -> Work:
        """Return what times one call, with everything but the kernel's own work done before."""

    def threads(self, count: int) -> AbstractContextManager[object] | None:
        """Let it use so many threads within a ``with`` block; None where that cannot be set."""


def changed_by(
    run: Callable[[Arrays, Array | None], Pending], tensors: Arrays, dout: Array | None
) -> tuple[str, ...]:
    """Return the names of the arrays that a run on copies of them changes. Raises SubjectError."""
    given = tensors if dout is None else {**tensors, "dout": dout}
    copies = {name: array.copy() for name, array in given.items()}
    run({name: copies[name] for name in tensors}, copies.get("dout"))()
    return tuple(name for name, array in given.items() if array.tobytes() != copies[name].tobytes())


@contextmanager
def unheard() -> Iterator[None]:
    """Suppress a kernel's warnings: what it returns is judged, not what it says."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
