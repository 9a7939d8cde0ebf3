"""One of our own implementations at a case: the truth about forward, as a function of any one tensor."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Layer, Pair


class Reference:
    """A pair of functions at a case's tensors, in double precision."""

    def __init__(self, layer: Layer, pair: Pair, params: Any, tensors: Arrays) -> None:
        self.layer = layer
        self.pair = pair
        self.options = layer.options(params)
        self.tensors = {
            name: values.astype(np.float64) if values.dtype.kind == "f" else values
            for name, values in tensors.items()
        }

    def forward(self, **changed: Array) -> tuple[Array, Any]:
        """Return output and cache, with some tensors replaced."""
        tensors = {**self.tensors, **changed}
        if any(np.iscomplexobj(values) for values in changed.values()):
            tensors = {k: v.astype(np.complex128) if v.dtype.kind == "f" else v for k, v in tensors.items()}
        out, cache = self.pair.forward(**tensors, **self.options)
        return np.asarray(out), cache

    def of(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor."""
        return lambda values: self.forward(**{name: values})[0]

    def gradients(self, dout: Array, **changed: Array) -> Arrays:
        """Return our own backward's gradients: for the size of rounding errors, never as the truth."""
        returned = self.pair.backward(np.asarray(dout, dtype=np.float64), self.forward(**changed)[1])
        values = returned if isinstance(returned, tuple) else (returned,)
        return dict(zip(self.layer.differentiable, values, strict=True))
