"""One of our own implementations on a case: the true forward, as a function of any one tensor."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Layer, Pair
from gradcheck.evidence import numeric


class Reference:
    """A pair of functions at a case's tensors, in double precision.

    `neighbours` holds its results on inputs moved by one rounding, once `evidence.rounding` has computed them.
    """

    def __init__(self, layer: Layer, pair: Pair, params: Any, tensors: Arrays) -> None:
        self.layer = layer
        self.pair = pair
        self.params = params
        self.options = layer.ours.options(params)
        self.tensors = {
            name: values.astype(np.float64) if values.dtype.kind == "f" else values
            for name, values in tensors.items()
        }
        self.neighbours: list[tuple[Array, Any]] | None = None

    @cached_property
    def here(self) -> tuple[Array, Any]:
        """Output and cache at the case's tensors."""
        return self.forward(**self.tensors)

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

    def slope(self, name: str, direction: Array, dout: Array) -> numeric.Estimate:
        """Return the derivative of ``<dout, out>`` along a direction of one tensor, by the sharpest method."""
        return self.method(name)(self.of(name), self.tensors[name], direction, dout)

    def method(self, name: str) -> numeric.Method:
        """Return the sharpest method for one tensor; for a reference that is not ours, one that was compared."""
        f, x = self.of(name), self.tensors[name]
        if name not in self._methods:
            vouched = getattr(self.layer.arithmetic, "vouched", True)
            self._methods[name] = numeric.sharpest(f, x) if vouched else numeric.believed(f, x, self._weights)
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

    def gradients(self, dout: Array, cache: Any = None) -> Arrays:
        """Return our own backward's gradients, by default at `here`: for the size of rounding, never as the truth."""
        cache = self.here[1] if cache is None else cache
        returned = self.pair.backward(np.asarray(dout, dtype=np.float64), cache)
        values = returned if isinstance(returned, tuple) else (returned,)
        return dict(zip(self.layer.shapes.differentiable, values, strict=True))
