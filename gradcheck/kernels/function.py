"""A kernel that is a Python function, with its gradients by the framework or by a backward of its own."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.calling import gradients, guarded
from gradcheck.contract import Array, Arrays, Case, Function, Malformed, Missing, Shape
from gradcheck.kernels import operations
from gradcheck.kernels.dtypes import INDICES, Dtype, loaded
from gradcheck.kernels.frameworks import Framework
from gradcheck.kernels.kernel import CLOCKS, Pending, Prepared, Traits, Work, changed_by
from gradcheck.kernels.keywords import Keywords
from gradcheck.kernels.poison import poison
from gradcheck.kernels.signature import Signature, called


@dataclass(frozen=True)
class FunctionKernel:
    """A Python function as a kernel.

    `backward` is called as ``backward(dout, cache)`` where the function returns ``(out, cache)``, and otherwise as
    ``backward(dout, x, w, b, stride=...)``. `notes` are for the report.
    """

    target: str
    framework: Framework
    function: Function
    signature: Signature | Keywords
    backward: Function | None = None
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The framework with its version."""
        return self.framework.title()

    @property
    def traits(self) -> Traits:
        """What it has by its framework; gradients also by a backward of its own."""
        return Traits(
            has_backward=self.backward is not None or self.framework.differentiate is not None,
            has_strides=self.framework.exchange.has_strides,
            checks_geometry=True,
            can_freeze=self.backward is None and self.framework.can_freeze,
            declared=self.framework.declared,
            notes=self.notes,
        )

    @property
    def name(self) -> str:
        """What the function is called."""
        return _name_of(self.function, self.target)

    def express(self, case: Case) -> Case:
        """Return the case without a bias, where the function takes none."""
        return self.signature.express(case)

    def skips(self, case: Case, dtype: Dtype) -> str | None:
        """Say why there is no call for a case, or None."""
        if dtype.name not in self.framework.dtypes:
            return f"{self.framework.name} has no {dtype.name}"
        return self.signature.skips(case.params)

    def started(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Pending:
        """Run forward, and return what runs backward and gives the results. Raises SubjectError."""
        pending = self.begun(case, dtype, tensors, dout, wanted)
        return lambda: {name: loaded(array, dtype) for name, array in pending().items() if array is not None}

    def begun(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Callable[[], dict[str, Array | None]]:
        """Do as `started` does, with results as they are stored; None for a gradient that is missing.

        Memory of the results' sizes is filled with NaN before: what is never written shows. Raises SubjectError.
        """
        shapes = (case.output_shape, *(() if dout is None else case.shapes.values()))
        each = np.dtype(dtype.results).itemsize
        poison((math.prod(shape) * each for shape in shapes), self.framework.name)
        results = self._call(case, dtype, tensors, dout, wanted)()
        return lambda: self._all_checked(results(), case, dtype)

    def prepared(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> Prepared:
        """Return a call with all results, and what makes stored arrays of these. Raises SubjectError."""
        call = self._call(case, dtype, tensors, dout)

        def run() -> dict[str, Any]:
            returned = call()()
            self.framework.exchange.finish(tuple(returned.values()))
            return returned

        def results(returned: dict[str, Any]) -> Arrays:
            found = self._all_checked(returned, case, dtype)
            for name, array in found.items():
                if array is None:
                    raise Missing(f"{self._differentiator} gives no {name}")
            return {name: array for name, array in found.items() if array is not None}

        return run, results

    def _all_checked(self, returned: Mapping[str, Any], case: Case, dtype: Dtype) -> dict[str, Array | None]:
        """Return the results as they are stored; None for a gradient that is missing. Raises SubjectError."""
        shapes = {"out": case.output_shape} | {f"d{name}": shape for name, shape in case.shapes.items()}
        kind = operations.of(case.layer.name).returns
        return {
            name: None
            if value is None and name != "out" and self.backward is None
            else self._checked(name, value, INDICES if kind and name == "out" else dtype, shapes[name])
            for name, value in returned.items()
        }

    def changed(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> tuple[str, ...]:
        """Run it, and return the names of the inputs that it changes. Raises SubjectError."""
        return changed_by(lambda *given: self.started(case, dtype, *given), tensors, dout)

    def work(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None, clock: str) -> Work:
        """Return what times one call; what it returns is let go of afterwards, and that does not count."""
        call, _ = self.prepared(case, dtype, tensors, dout)
        now = CLOCKS[clock]

        def timed() -> float:
            started = now()
            returned = call()
            taken = now() - started
            del returned
            return taken

        return timed

    def threads(self, count: int) -> AbstractContextManager[object] | None:
        """Let the framework use so many threads."""
        return self.framework.threads(count) if self.framework.threads is not None else None

    def _call(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Callable[[], Callable[[], dict[str, Any]]]:
        """Return the call of forward, which returns that of backward, which returns all results by name."""
        put = self.framework.exchange.put
        given = {name: guarded(self.name, put, array, dtype) for name, array in tensors.items()}
        upstream = None if dout is None else guarded(self.name, put, dout, dtype)
        options = self.signature.options(case.params)
        if dout is None:
            return lambda: self._forward(given, options)
        if self.backward is None:
            return lambda: self._differentiated(given, upstream, options, wanted or case.wanted, case.wanted)
        return lambda: self._by_hand(given, upstream, options, case.wanted)

    def _forward(self, given: Mapping[str, Any], options: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
        out = self._out(called(self.name, self.function, given, options))
        return lambda: {"out": out}

    def _differentiated(
        self,
        given: Mapping[str, Any],
        dout: Any,
        options: Mapping[str, Any],
        wanted: tuple[str, ...],
        names: tuple[str, ...],
    ) -> Callable[[], dict[str, Any]]:
        """Let the framework do all of it; `names` are the tensors that have a gradient, unlike labels."""
        differentiate, tensors = self.framework.differentiate, [given[name] for name in names]
        assert differentiate is not None

        def function(*each: Any) -> Any:
            return self.function(*(dict(given) | dict(zip(names, each, strict=True))).values(), **options)

        some = () if len(wanted) == len(names) else ([name in wanted for name in names],)
        out, found = guarded(self.name, differentiate, function, tensors, dout, *some)
        return lambda: {"out": out} | _by_name(self.name, dict.fromkeys(wanted), found)

    def _by_hand(
        self, given: Mapping[str, Any], dout: Any, options: Mapping[str, Any], names: tuple[str, ...]
    ) -> Callable[[], dict[str, Any]]:
        """Call forward, and leave backward for later."""
        returned = called(self.name, self.function, given, options)
        out = self._out(returned)
        if isinstance(returned, tuple):
            arguments, options = {"dout": dout, "cache": self._result(returned, 1)}, {}
        else:
            arguments = {"dout": dout, **given}

        def results() -> dict[str, Any]:
            found = called(self._differentiator, self.backward, arguments, options)
            wanted = {name: given[name] for name in names}
            return {"out": out} | _by_name(self._differentiator, wanted, _asked_of(found, names, list(given)))

        return results

    @property
    def _differentiator(self) -> str:
        """What the function is called that the gradients come from."""
        return self.name if self.backward is None else _name_of(self.backward, "backward")

    def _out(self, returned: Any) -> Any:
        return self._result(returned, 0) if isinstance(returned, tuple) else returned

    def _result(self, returned: tuple[Any, ...], which: int) -> Any:
        if len(returned) <= which:
            raise Malformed(f"{self.name} returned a tuple of {len(returned)}; expected out, or (out, cache)")
        return returned[which]

    def _checked(self, name: str, value: Any, dtype: Dtype, shape: Shape) -> Array:
        function = self.name if name == "out" else self._differentiator
        if value is None:
            raise Missing(f"{function} returned None for {name}")
        try:
            array = self.framework.exchange.get(value, dtype)
        except Malformed as problem:
            raise Malformed(f"{function} {problem} ({name})") from None
        if np.shape(array) != shape:
            raise Malformed(f"{function} returned {name} of shape {np.shape(array)}; expected {shape}")
        return array


def _name_of(function: Any, default: str) -> str:
    return str(getattr(function, "__name__", default))


def _by_name(function: str, given: Mapping[str, Any], found: Any) -> dict[str, Any]:
    if isinstance(found, tuple | list) and len(found) == len(given) and all(each is None for each in found):
        return dict.fromkeys(f"d{name}" for name in given)
    values = gradients(function, found, list(given))
    return {f"d{name}": value for name, value in values.items()}


def _asked_of(found: Any, names: Sequence[str], given: Sequence[str]) -> Any:
    """Return the gradients that are asked for, of those of all arguments; without that of a bias that is not there."""
    if not isinstance(found, tuple):
        return found
    if len(found) == len(given):
        return tuple(found[given.index(name)] for name in names)
    is_longer = len(found) == len(names) + 1 and found[-1] is None
    return found[:-1] if is_longer else found
