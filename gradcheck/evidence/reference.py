"""One of our own implementations on a case: the true forward, as a function of any one tensor."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Layer, Pair
from gradcheck.evidence import kept, numeric


class Reference:
    """A pair of functions at a case's tensors, in double precision.

    `neighbours` holds its results on inputs moved by one rounding, once `evidence.rounding` has computed them.
    """

    def __init__(self, layer: Layer, pair: Pair, params: Any, tensors: Arrays) -> None:
        self.layer = layer
        self.pair = pair
        self.params = params
        self.options = layer.ours.options(params)
        # Copies, also of labels and masks: what is kept cannot be written to, and its caches may hold these arrays.
        self.tensors = {
            name: values.astype(np.float64) if values.dtype.kind == "f" else values.copy()
            for name, values in tensors.items()
        }
        self.neighbours: list[tuple[Array, Any]] | None = None

    def key(self, *more: Hashable) -> Hashable | None:
        """Return everything that its results depend on, for `kept.once`; None where that cannot be said."""
        return None if self._key is None else (self._key, *more)

    @cached_property
    def _key(self) -> Hashable | None:
        params = kept.of_params(self.params)
        if params is None:
            return None
        numbers = kept.digest(*self.tensors.values())
        return self.layer.name, self.pair.forward, self.pair.backward, params, tuple(self.tensors), numbers

    @cached_property
    def largest(self) -> float:
        """The largest absolute value in the tensors, at least 1."""
        found = 1.0
        for values in self.tensors.values():
            found = max(found, float(np.abs(values).max(initial=1)))
        return found

    @cached_property
    def here(self) -> tuple[Array, Any]:
        """Output and cache at the case's tensors."""
        return kept.once(lambda: self.key("here"), lambda: self.forward(**self.tensors))

    def forward(self, **tensors: Array) -> tuple[Array, Any]:
        """Return output and cache at other tensors."""
        out, cache = self.pair.forward(**tensors, **self.options)
        return np.asarray(out), cache

    @cached_property
    def _complex(self) -> Arrays:
        """The tensors as complex numbers: a layer requires one dtype, so a complex step in one needs them all."""
        return {k: v.astype(np.complex128) if v.dtype.kind == "f" else v for k, v in self.tensors.items()}

    @cached_property
    def _methods(self) -> dict[str, numeric.Method]:
        return {}

    def slope(self, directions: Arrays, dout: Array) -> numeric.Estimate:
        """Return the derivative of ``<dout, out>`` along directions of several tensors at once, by the sharpest method.

        In a reference that is ours, all tensors take one complex step; in others, one after the other takes its own.
        """

        def key() -> Hashable | None:
            return self.key("slope", tuple(directions), kept.digest(dout, *directions.values()))

        return kept.once(key, lambda: self._slope(directions, dout))

    def _slope(self, directions: Arrays, dout: Array) -> numeric.Estimate:
        found = self._complex_slope(directions, dout) if self._is_vouched else None
        if found is not None:
            return found
        each = [
            self.method(name)(self.of(name), self.tensors[name], direction, dout)
            for name, direction in directions.items()
        ]
        return numeric.Estimate(sum(one.value for one in each), sum(one.bound for one in each))

    def _complex_slope(self, directions: Arrays, dout: Array) -> numeric.Estimate | None:
        """Return a slope by one complex step, or None if the reference takes no complex numbers."""
        step = {name: self._complex[name] + (1j * numeric.TINY_STEP) * v for name, v in directions.items()}
        try:
            out = self.forward(**{**self._complex, **step})[0]
        except Exception:  # noqa: BLE001 - any failure on complex numbers means that it does not take them
            return None
        return numeric.imaginary(out, dout) if np.iscomplexobj(out) else None

    @property
    def _is_vouched(self) -> bool:
        return getattr(self.layer.arithmetic, "vouched", True)

    def method(self, name: str) -> numeric.Method:
        """Return the sharpest method for one tensor; for a reference that is not ours, one that was compared."""
        f, x = self.of(name), self.tensors[name]
        if name not in self._methods:
            self._methods[name] = (
                numeric.sharpest(f, x) if self._is_vouched else numeric.believed(f, x, self._weights)
            )
        return self._methods[name]

    @property
    def _weights(self) -> Array:
        """Weights of the outputs, of which none is small: a zero in dout would hide a kink from a comparison."""
        rng, shape = np.random.default_rng(1), self.here[0].shape
        return np.asarray(rng.uniform(0.5, 1.0, size=shape) * rng.choice((-1.0, 1.0), size=shape))

    def of(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor."""

        def output(values: Array) -> Array:
            if values is self.tensors[name]:  # f(x) itself, which every probe needs: computed once, in `here`
                return self.here[0]
            others = self._complex if values.dtype.kind == "c" else self.tensors
            return self.forward(**{**others, name: values})[0]

        return output

    def kept_of(self, name: str) -> Callable[[Array], Array]:
        """Return the same function, for few points that are asked for again: its values are kept where any are."""
        plain = self.of(name)

        def output(values: Array) -> Array:
            return kept.once(lambda: self.key("of", name, kept.digest(values)), lambda: plain(values))

        return output

    def gradients(self, dout: Array, cache: Any = None) -> Arrays:
        """Return our own backward's gradients, by default at `here`: for the size of rounding, never as the truth."""
        if cache is None:
            return dict(
                kept.once(
                    lambda: self.key("gradients", kept.digest(dout)),
                    lambda: self._gradients(dout, self.here[1]),
                )
            )
        return self._gradients(dout, cache)

    def _gradients(self, dout: Array, cache: Any) -> Arrays:
        returned = self.pair.backward(np.asarray(dout, dtype=np.float64), cache)
        values = returned if isinstance(returned, tuple) else (returned,)
        return dict(zip(self.layer.shapes.differentiable, values, strict=True))
