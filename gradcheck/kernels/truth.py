"""What a right kernel returns: `fast` in double precision, with the sizes of what is summed."""

from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array, Arrays, Case


@dataclass(frozen=True)
class Truth:
    """The right results of a case, by name (``out``, ``dx`` ...).

    `sizes` has, for each entry, the sum of the absolute values of its terms: no partial sum is larger, in any order,
    and it is what rounding errors are relative to.
    """

    values: Arrays
    sizes: Arrays

    @property
    def largest(self) -> dict[str, float]:
        """The largest size of each result."""
        return {name: float(sizes.max(initial=0.0)) for name, sizes in self.sizes.items()}


def truth(case: Case, tensors: Arrays, dout: Array | None) -> Truth:
    """Return the right results for tensors in double precision; gradients only where there is a `dout`."""
    absolute = {name: np.abs(values) for name, values in tensors.items()}
    return Truth(
        _results(case, tensors, dout),
        _results(case, absolute, None if dout is None else np.abs(dout)),
    )


def _results(case: Case, tensors: Arrays, dout: Array | None) -> Arrays:
    out, cache = case.layer.ours.fast.forward(**tensors, **case.options)
    if dout is None:
        return {"out": out}
    wanted = case.wanted
    gradients = dict(
        zip(case.layer.shapes.differentiable, case.layer.ours.fast.backward(dout, cache), strict=True)
    )
    return {"out": out} | {f"d{name}": gradients[name] for name in wanted}


def lengths(case: Case) -> Arrays:
    """Return of how many terms each entry of a result is the sum, by name: of none where padding meets nothing.

    One channel of one sample tells, as all have the same geometry. The arrays broadcast to the results.
    """
    if "g" not in case.params:
        names = ("out", *(f"d{name}" for name in case.wanted))
        return {name: np.array(case.layer.arithmetic.terms(case.params)) for name in names}
    one = {name: 1 for name in ("n", "c", "f", "g") if name in case.params}
    small = case.but(params={**case.params, **one})
    tensors = {name: np.ones(shape) for name, shape in small.shapes.items()}
    if "b" in tensors:  # which would reach everything
        tensors["b"] = np.zeros_like(tensors["b"])
    found = _results(small, tensors, np.ones(small.output_shape))
    n, c, f, g = (case.params[name] for name in "ncfg")
    times = {"out": c // g, "dx": f // g, "dw": n, "db": n}
    return {name: values * times[name] for name, values in found.items()}
