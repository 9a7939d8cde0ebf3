"""A kernel in a process of its own, as the judge sees it. The judge has the numbers, the truth and the verdict.

The kernel's process gets a geometry and arrays, and returns arrays. It has the suite's code, as a kernel may use that,
but nothing that the judge uses: whatever is replaced there is replaced for the kernel alone.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Crashed
from gradcheck.isolation.arena import Lent
from gradcheck.kernels import operations
from gradcheck.kernels.description import function_of, onnx_of
from gradcheck.kernels.dtypes import Dtype, loaded
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.kernel import Pending, Traits, Work
from gradcheck.kernels.onnx import OnnxKernel
from gradcheck.kernels.process import LIMITS, LIVE, KernelSession
from gradcheck.kernels.watch import Watch

EACH = 3e-5
"""Seconds that a timed call may take besides the kernel's time, and that of copying its results."""

UNSEEN, UNSEEN_ELSEWHERE = 1e-3, 2e-2
"""Seconds that a call's inputs and results may take outside its clock, with NumPy and with other frameworks."""

COPIES = 10
"""How many times a copy of inputs and results they may take besides: they are converted, and go to devices."""


@dataclass(frozen=True)
class HostedKernel:
    """A kernel in a process of its own. `plain` knows how it is called, and calls nothing."""

    target: str
    title: str
    session: KernelSession
    plain: FunctionKernel | OnnxKernel
    name: str
    can_limit: bool

    @property
    def traits(self) -> Traits:
        """What it has and promises, by its framework; of its own it says no more than whether it has a backward."""
        return self.plain.traits

    def express(self, case: Case) -> Case:
        """Return the nearest case that it can be called with."""
        return self.plain.express(case)

    def skips(self, case: Case, dtype: Dtype) -> str | None:
        """Say why it has no call for a case, or None."""
        return self.plain.skips(case, dtype)

    def started(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Pending:
        """Run it, and return what gives the results, in double precision. Raises SubjectError, and Ended."""
        number = self._begun("start", case, dtype, tensors, dout, wanted)
        names = ["out", *(f"d{name}" for name in (wanted or case.wanted) if dout is not None)]

        def finished() -> Arrays:
            found = self._asked("finish", number)
            stored = self._checked(names, found, case, dtype)
            return {name: loaded(array, dtype) for name, array in stored.items()}

        return finished

    def changed(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> tuple[str, ...]:
        """Run it, and return the names of the inputs whose numbers are then others. Raises SubjectError, and Ended."""
        self.started(case, dtype, tensors, dout)()
        given = tensors if dout is None else {**tensors, "dout": dout}
        return tuple(name for name, array in given.items() if self.session.was_written(array))

    def work(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None, clock: str) -> Work:
        """Return what times one call, on inputs that are the same each time."""
        return lambda: self.timed(case, dtype, [(tensors, dout)], clock)[0]

    def timed(
        self, case: Case, dtype: Dtype, given: Sequence[tuple[Arrays, Array | None]], clock: str
    ) -> tuple[float, list[Arrays]]:
        """Call it once with each of some inputs, and return how long that takes, and all results.

        The results are copied as soon as a call returns. The process's own clock is believed as far as it agrees
        with that of the judge, which knows how long a request takes without a kernel. What takes long before and
        after it counts, for the work may be done there.
        """
        began = time.perf_counter()
        numbers = [self._begun("prepare", case, dtype, *each) for each in given]
        outside = time.perf_counter() - began
        self.session.began = time.monotonic()
        self.session.alone()
        watch = Watch(self.session.process, clock)
        seconds = self._asked("run", numbers, clock)
        passed = watch.passed()
        names = ["out", *(f"d{name}" for name in case.wanted if given[0][1] is not None)]
        began = time.perf_counter()
        stored = [self._checked(names, self._asked("collect", number), case, dtype) for number in numbers]
        outside += time.perf_counter() - began
        copying = _copied(array for results in stored for array in results.values())
        bringing = _copied(array for tensors, _ in given for array in tensors.values())
        unseen = self._unseen(case, dtype, outside - COPIES * (copying + bringing), len(numbers))
        own = float(seconds) if isinstance(seconds, float) else 0.0
        allowed = 2 * self.session.overhead + len(numbers) * EACH + 2 * copying
        results = [{name: loaded(array, dtype) for name, array in each.items()} for each in stored]
        return max(own, passed - allowed) + unseen, results

    def _unseen(self, case: Case, dtype: Dtype, outside: float, count: int) -> float:
        """Return what calls take outside their clock beyond what is due, the least of all times: some come once."""
        if isinstance(self.plain, OnnxKernel):
            return 0.0  # a model is made ready then, and runs no code of its author's
        is_plain = self.plain.framework.name == "numpy"
        due = count * (2 * self.session.overhead + (UNSEEN if is_plain else UNSEEN_ELSEWHERE))
        key = str(case.params), dtype.name, count
        least = min(self.session.unseen.get(key, outside - due), outside - due)
        self.session.unseen[key] = least
        return max(least, 0.0)

    def threads(self, count: int) -> AbstractContextManager[object] | None:
        """Let it use so many threads within a ``with`` block; None where that cannot be set."""
        return self._limited(count) if self.can_limit else None

    @contextmanager
    def _limited(self, count: int) -> Iterator[None]:
        self._asked("limit", count)
        try:
            yield
        finally:
            self._asked("limit", 0)

    def _begun(
        self,
        what: str,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> int:
        arrays = [Lent(array) for array in tensors.values()]
        upstream = None if dout is None else Lent(dout)
        some = None if wanted is None else list(wanted)
        params = json.dumps(case.params)
        number = self._asked(what, case.layer.name, params, dtype.name, list(tensors), arrays, upstream, some)
        return number if type(number) is int else -1

    def _asked(self, what: str, *arguments: Any) -> Any:
        return self.session.asked(what, self.name, *arguments)

    def _checked(self, names: Sequence[str], found: Any, case: Case, dtype: Dtype) -> Arrays:
        """Return the results by name, without gradients that are missing; the process should have checked them."""
        shapes = {"out": case.output_shape} | {f"d{name}": shape for name, shape in case.shapes.items()}
        indices = operations.of(case.layer.name).returns
        if not isinstance(found, list) or len(found) != len(names):
            raise Crashed(f"{self.name} gave something that is no result")
        there = {
            name: array
            for name, array in zip(names, found, strict=True)
            if array is not None or name == "out"
        }
        for name, array in there.items():
            kept = indices if indices and name == "out" else dtype.results
            if not isinstance(array, np.ndarray) or array.shape != shapes[name] or array.dtype != kept:
                raise Crashed(f"{self.name} gave something that is no result for {name}")
        return there


def _copied(arrays: Iterable[Array]) -> float:
    """Return the seconds that copies take."""
    started = time.perf_counter()
    for array in arrays:
        array.copy()
    return time.perf_counter() - started


@contextmanager
def hosted_kernel(
    target: str,
    framework: str | None = None,
    adapter: str | None = None,
    seconds: float = LIMITS.call,
    layer: str = "conv2d",
) -> Iterator[HostedKernel]:
    """Give the kernel that a target names, in a process of its own, for the length of a ``with`` block.

    Nothing may take longer there than `seconds`. Raises KernelError.
    """
    session = KernelSession(target, framework, adapter, seconds, layer)
    try:
        session.alone()
        about = session.opened()
        plain = onnx_of(target, about) if about["sort"] == "onnx" else function_of(target, about, layer)
        can_limit = (
            plain.framework.threads is not None
            if isinstance(plain, FunctionKernel)
            else plain.session is None
        )
        yield HostedKernel(target, about["title"], session, plain, about["name"], can_limit)
    finally:
        session.close()
        LIVE.remove(session)
