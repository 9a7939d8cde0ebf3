"""A kernel that is a C function in a shared library. It runs in a worker, between guards; see gradcheck_kernel.h."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import Array, Arrays, Case, Crashed, Function, Malformed, Missing, Shape, SubjectError
from gradcheck.grammar import Params
from gradcheck.isolation.levels import Level, Limits, available
from gradcheck.isolation.opening import in_worker
from gradcheck.kernels.dtypes import Dtype, loaded
from gradcheck.kernels.kernel import LINE, KernelError, Pending, Traits, Work
from gradcheck.subjects.loading import LoadError
from gradcheck.text import one_line

HOST = Path(__file__).parent / "native" / "host.py"
SUFFIXES = (".so", ".dylib", ".dll")
LIMITS = Limits(call=120, total=24 * 3600, memory=2**36, result=2**33, losses=2**31)
"""A crash ends one call; the next one gets a fresh process."""

LAYER = "conv2d"
PINGS = 20
COPIES = 8
"""How often as long as to copy inputs and results it may take to lay them out between patterns, and to send them."""


@contextmanager
def library_kernel(target: str, path: str, name: str) -> Iterator["LibraryKernel"]:
    """Give the kernel that is a function of a library, for the length of a ``with`` block. Raises KernelError."""
    if Level.RLIMITS not in available():
        raise KernelError("a function of a library is only called in a process of its own, which needs Linux")
    if not Path(path).is_file():
        raise KernelError(f"there is no library {path!r}")
    with _host() as members:
        where = str(Path(path).absolute())
        overhead = max(
            _seconds_of(members["nothing"]) for _ in range(PINGS)
        )  # no code of the library's has run yet
        try:
            has_both = [guarded(name, members["defines"], where, each) for each in (name, f"{name}_backward")]
        except SubjectError as problem:  # no library, or one that runs code of its own when it is opened
            raise KernelError(f"{path} cannot be opened: {one_line(problem)}") from None
        if not has_both[0]:
            raise KernelError(f"{path} has no function {name!r}")
        has_backward = bool(has_both[1])
        traits = Traits(has_backward=has_backward, has_strides=False, checks_geometry=False)
        yield LibraryKernel(target, where, name, traits, members["call"], members["seconds"], overhead)


@contextmanager
def _host() -> Iterator[dict[str, Any]]:
    try:
        with in_worker(str(HOST), Level.RLIMITS, LIMITS) as opened:
            yield dict(opened.namespaces[0].members)
    except LoadError as problem:
        raise KernelError(problem.message) from None


@dataclass(frozen=True)
class LibraryKernel:
    """A function of a shared library; `call` and `seconds` are the worker's, a request to which costs `overhead`."""

    target: str
    path: str
    name: str
    traits: Traits
    call: Function
    seconds: Function
    overhead: float

    @property
    def title(self) -> str:
        """The name of the library."""
        return Path(self.path).name

    def express(self, case: Case) -> Case:
        """Return the case with a bias for each filter instead of each position."""
        is_there = case.params.get("bias", "none") != "none"
        return case.but(params={**case.params, "bias": "shared"}) if is_there else case

    def skips(self, case: Case, dtype: Dtype) -> str | None:
        """Say why there is no call for a case, or None."""
        return None if case.layer.name == LAYER else f"only {LAYER} has a documented C signature"

    def started(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Pending:
        """Return what gives the results: C functions keep nothing from call to call. Raises SubjectError."""
        found, _ = self._called_both(case, dtype, tensors, dout)
        return lambda: {name: loaded(array, dtype) for name, array in found.items()}

    def changed(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> tuple[str, ...]:
        """Call it, and return the names of the inputs that it changes, which are ``const``. Raises SubjectError."""
        return self._called_both(case, dtype, tensors, dout)[1]

    def work(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None, clock: str) -> Work:
        """Return what times one call, in the worker."""
        return lambda: self.timed(case, dtype, [(tensors, dout)], clock)[0]

    def timed(
        self, case: Case, dtype: Dtype, given: Sequence[tuple[Arrays, Array | None]], clock: str
    ) -> tuple[float, list[Arrays]]:
        """Call it once with each of some inputs, and return how long that takes, and all results."""
        taken, results = 0.0, list[Arrays]()
        for tensors, dout in given:
            seconds, found = self._timed(self.name, ("out",), clock, case, dtype, tensors, None)
            taken += seconds
            if dout is not None:
                name = f"{self.name}_backward"
                seconds, more = self._timed(name, ("dx", "dw", "db"), clock, case, dtype, tensors, dout)
                taken, found = taken + seconds, found | more
            results.append({each: loaded(array, dtype) for each, array in found.items()})
        return taken, results

    def _timed(
        self,
        name: str,
        outputs: Sequence[str],
        clock: str,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
    ) -> tuple[float, Arrays]:
        arguments = self._arguments(outputs, case, dtype, tensors, dout)
        started = time.perf_counter()
        seconds, code, *arrays = guarded(name, self.seconds, self.path, name, clock, *arguments)
        passed = time.perf_counter() - started
        if code:
            raise Missing(f"{name} returned {code}: not implemented")
        found = dict(zip(outputs, arrays, strict=True))
        results = {output: array for output, array in found.items() if isinstance(array, np.ndarray)}
        if not isinstance(seconds, float) or not seconds >= 0 or (clock == "wall" and seconds > passed):
            raise Crashed(f"{name} left the worker's clock in disorder")
        if clock == "wall":
            given = [array for array in (*tensors.values(), dout, *results.values()) if array is not None]
            copying = _seconds_of(lambda: [array.copy() for array in given])
            seconds = max(seconds, passed - 2 * self.overhead - COPIES * copying)
        return seconds, results

    def threads(self, count: int) -> AbstractContextManager[object] | None:
        """Return None: what threads a library has is its own affair."""
        return None

    def _called_both(
        self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None
    ) -> tuple[Arrays, tuple[str, ...]]:
        """Call forward and, where there is a `dout`, backward; return the results, and which inputs they change."""
        found, changed = self._called(self.name, ("out",), case, dtype, tensors, None)
        if dout is not None:
            name = f"{self.name}_backward"
            gradients, more = self._called(name, ("dx", "dw", "db"), case, dtype, tensors, dout)
            found, changed = found | gradients, (*changed, *more)
        return found, tuple(dict.fromkeys(changed))

    def _called(
        self,
        name: str,
        outputs: Sequence[str],
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
    ) -> tuple[Arrays, tuple[str, ...]]:
        """Call one function; return its results, and the names of the inputs that it changes."""
        arguments = self._arguments(outputs, case, dtype, tensors, dout)
        inputs = ("x", "w", "b" if dout is None else "dout")
        code, changed, written, *arrays = guarded(name, self.call, self.path, name, *arguments)
        for array, count in zip((*inputs, *outputs), written, strict=True):
            if count:
                raise Malformed(f"{name} writes outside of {array}: {count} bytes around it have changed")
        if code:
            raise Missing(f"{name} returned {code}: not implemented")
        found = dict(zip(outputs, arrays, strict=True))
        if not all(array is None or isinstance(array, np.ndarray) for array in arrays):
            raise Crashed(f"{name} left the worker's memory in disorder")
        results = {output: array for output, array in found.items() if array is not None}
        return results, tuple(each for each, is_other in zip(inputs, changed, strict=True) if is_other)

    def _arguments(
        self, outputs: Sequence[str], case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None
    ) -> tuple[Any, ...]:
        last = tensors.get("b") if "out" in outputs else dout
        given = [
            None if each is None else (each, _offset(each)) for each in (tensors["x"], tensors["w"], last)
        ]
        shapes = _shapes(case)
        kept = dtype.results
        offset = _offset(tensors["x"])
        wanted = [(list(shapes[name]), kept, offset) if name in shapes else None for name in outputs]
        return _geometry(case.params, shapes["out"]), given, wanted


def _seconds_of(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def _offset(array: Array) -> int:
    """Return how many bytes behind an aligned place an array begins: in the worker it does so too."""
    return int(array.ctypes.data) % LINE


def _shapes(case: Case) -> dict[str, Shape]:
    tensors = case.shapes
    return {"out": case.output_shape} | {f"d{name}": shape for name, shape in tensors.items()}


def _geometry(params: Params, out: Shape) -> list[int]:
    """Return what the documented structure holds."""
    (top, bottom), (left, right) = params["pad"]
    extents = [params[name] for name in ("n", "c", "h", "w", "f", "kh", "kw")]
    return [*extents, *out[2:], *params["stride"], top, bottom, left, right, *params["dilation"], params["g"]]
