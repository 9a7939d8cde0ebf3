"""A kernel that is a Python function, with its gradients by the framework or by a function beside it."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.calling import gradients, guarded
from gradcheck.case import Case
from gradcheck.contract import Array, Arrays, Function, Malformed, Missing, Shape
from gradcheck.kernels.dtypes import Dtype, loaded
from gradcheck.kernels.frameworks import Framework
from gradcheck.kernels.kernel import Work
from gradcheck.kernels.signature import Signature


@dataclass(frozen=True)
class FunctionKernel:
    """A Python function as a kernel.

    `backward` is called as ``backward(dout, cache)`` where the function returns ``(out, cache)``, and otherwise as
    ``backward(dout, x, w, b, stride=...)``.
    """

    target: str
    framework: Framework
    function: Function
    signature: Signature
    backward: Function | None = None

    @property
    def title(self) -> str:
        """The framework with its version."""
        return self.framework.title()

    @property
    def has_backward(self) -> bool:
        """Whether there is any way to gradients."""
        return self.backward is not None or self.framework.differentiate is not None

    @property
    def has_strides(self) -> bool:
        """Whether arrays go in as they lie in memory."""
        return self.framework.has_strides

    @property
    def declared(self) -> tuple[str, ...]:
        """The checks that the framework does not promise to pass."""
        return self.framework.declared

    @property
    def name(self) -> str:
        """What the function is called."""
        return str(getattr(self.function, "__name__", self.target))

    def express(self, case: Case) -> Case:
        """Return the case without a bias, where the function takes none."""
        return self.signature.express(case)

    def skips(self, case: Case, dtype: Dtype) -> str | None:
        """Say why there is no call for a case, or None."""
        if dtype.name not in self.framework.dtypes:
            return f"{self.framework.name} has no {dtype.name}"
        return self.signature.skips(case.params)

    def results(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> Arrays:
        """Return the results in double precision. Raises SubjectError."""
        returned = guarded(self.name, self._call(case, dtype, tensors, dout))
        shapes = {"out": case.layer.output(case.params)}
        shapes |= {f"d{name}": array.shape for name, array in tensors.items()}
        return {
            name: loaded(self._checked(name, value, dtype, shapes[name]), dtype)
            for name, value in returned.items()
        }

    def work(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> Work:
        """Return what times one call; what it returns is let go of afterwards, and that does not count."""
        call = self._call(case, dtype, tensors, dout)

        def timed() -> float:
            started = time.perf_counter()
            returned = call()
            self.framework.finish(tuple(returned.values()))
            return time.perf_counter() - started

        return timed

    def threads(self, count: int) -> AbstractContextManager[object] | None:
        """Let the framework use so many threads."""
        return self.framework.threads(count) if self.framework.threads is not None else None

    def _call(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> Any:
        """Return the call, which returns the framework's own results by name."""
        put = self.framework.put
        given = {name: guarded(self.name, put, array, dtype) for name, array in tensors.items()}
        upstream = None if dout is None else guarded(self.name, put, dout, dtype)
        options = self.signature.options(case.params)
        return lambda: self._run(given, upstream, options)

    def _run(self, given: Mapping[str, Any], dout: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        if dout is None:
            return {"out": _out(self.function(*given.values(), **options))}
        if self.backward is None:
            assert self.framework.differentiate is not None
            out, found = self.framework.differentiate(
                lambda *tensors: self.function(*tensors, **options), list(given.values()), dout
            )
        else:
            out, found = self._by_hand(self.backward, given, dout, options)
        return {"out": out} | {f"d{name}": value for name, value in zip(given, found, strict=True)}

    def _by_hand(
        self, backward: Function, given: Mapping[str, Any], dout: Any, options: Mapping[str, Any]
    ) -> tuple[Any, list[Any]]:
        returned = self.function(*given.values(), **options)
        if isinstance(returned, tuple):
            found = backward(dout, returned[1])
        else:
            found = backward(dout, *given.values(), **options)
        wanted = list(given)
        if isinstance(found, tuple) and len(found) > len(wanted) and found[len(wanted) :] == (None,):
            found = found[: len(wanted)]  # no gradient of a bias that is not there
        return _out(returned), list(gradients(self.name, found, wanted).values())

    def _checked(self, name: str, value: Any, dtype: Dtype, shape: Shape) -> Array:
        if value is None:
            raise Missing(f"{self.name} returned None for {name}")
        try:
            array = self.framework.get(value, dtype)
        except Malformed as problem:
            raise Malformed(f"{self.name} {problem} ({name})") from None
        if np.shape(array) != shape:
            raise Malformed(f"{self.name} returned {name} of shape {np.shape(array)}; expected {shape}")
        return array


def _out(returned: Any) -> Any:
    return returned[0] if isinstance(returned, tuple) else returned
