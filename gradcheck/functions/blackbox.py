"""Compare a gradient with the numerical derivative of its function, without a specification of either."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence import compare, numeric
from gradcheck.evidence.compare import Difference, Evidence
from gradcheck.evidence.exact import unit_step
from gradcheck.evidence.numeric import Estimate, Method

MOST_WHOLE = 512
"""Entries up to which every derivative is computed; larger tensors are probed along directions."""

DIRECTIONS = 4
"""Directions for a large tensor: each moves all entries, so that one already sees almost any error."""

SLACK = 2.0**10
"""Factor on the measured rounding of backward: another right formula may lose a few digits more."""

COARSE = 1e-3
"""If the bound exceeds this share of the gradient's size, it is too coarse for a verdict."""


class HasCall(Protocol):
    """Functions that can be called at changed inputs."""

    @property
    def tensors(self) -> Arrays:
        """The inputs that are differentiated."""

    @property
    def eps(self) -> dict[str, float]:
        """The spacing of 1.0 in the dtype of each."""

    def call(self, **changed: Array) -> tuple[Array, Callable[[Array], Any]]:
        """Return output and backward."""

    def double(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor in double precision."""

    def own(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor in the caller's own precision."""

    def gradients(self, back: Callable[[Array], Any], dout: Array) -> Arrays:
        """Return the gradients by name."""


def compare_gradient(
    functions: HasCall, name: str, got: Array, dout: Array, rng: np.random.Generator
) -> Evidence | None:
    """Return the evidence against a gradient, or None. A large tensor is checked along some directions only."""
    f, x = functions.double(name), functions.tensors[name].astype(np.float64)
    upstream = np.asarray(dout, dtype=np.float64)
    method = numeric.believed(f, x, upstream)
    if x.size > MOST_WHOLE:
        return _along_directions(functions, name, got, upstream, method, rng)
    estimates = list(numeric.whole(f, x, upstream, method))
    return _judge(functions, name, got, upstream, x, estimates)


def _judge(
    functions: HasCall, name: str, got: Array, dout: Array, x: Array, estimates: list[Estimate]
) -> Evidence | None:
    truth, bound, kinks = (
        np.array([getattr(estimate, field) for estimate in estimates]).reshape(x.shape)
        for field in ("value", "bound", "kink")
    )
    if kinks.any():
        index = np.unravel_index(int(np.argmax(kinks)), x.shape)
        return Evidence(f"{_entry(name, index)} stands at a kink: no verdict (move {name} away from it)")
    found = compare.difference(name, got, truth, bound)
    # Backward's own rounding costs two more calls: it is measured only if the gradient is outside the truth's bound.
    if found is not None:
        allowed = bound + rounding(functions, name, got, dout)
        found = compare.difference(name, got, truth, allowed)
        bound = allowed
    if found is not None:
        return Evidence(_sentence(name, found), found)
    size = float(np.abs(truth).max(initial=0.0))
    if float(bound.max(initial=0.0)) > COARSE * size and size > 0:
        return Evidence(
            f"no verdict: the error bound of d{name} is {float(bound.max()):.1e}, its size {size:.1e}"
        )
    return None


def rounding(functions: HasCall, name: str, got: Array, dout: Array) -> float:
    """Return the rounding error of a gradient, measured by moving every input by one rounding, times SLACK.

    Plus one rounding of the largest intermediate: the gradient, or dout times the overall slope, since both cancel
    where the function saturates.
    """
    rng = np.random.default_rng(0)
    moved = {
        key: values
        * (1 + np.finfo(values.dtype).eps * rng.choice((-1.0, 1.0), size=values.shape)).astype(values.dtype)
        for key, values in functions.tensors.items()
    }
    out, back = functions.call(**moved)
    other = functions.gradients(back, dout.astype(out.dtype))[name]
    eps = float(np.finfo(functions.tensors[name].dtype).eps)
    steepness = _largest(out) / (_largest(functions.tensors[name]) or 1.0)
    return SLACK * (_largest(other - got) + eps * (_largest(got) + _largest(dout) * steepness))


def _largest(values: Array) -> float:
    return float(np.abs(values).max(initial=0.0))


def _along_directions(
    functions: HasCall, name: str, got: Array, dout: Array, method: Method, rng: np.random.Generator
) -> Evidence | None:
    """Probe a large tensor along random directions; if one disagrees, halve its support down to one entry."""
    f, x = functions.double(name), functions.tensors[name].astype(np.float64)
    for _ in range(DIRECTIONS):
        v = rng.uniform(0.5, 1.0, size=x.shape) * rng.choice((-1.0, 1.0), size=x.shape)
        if not _agrees(functions, name, got, dout, method, v):
            entry = _bisect(functions, name, got, dout, method, v)
            estimate = method(f, x, unit_step(x, entry), dout)
            index = tuple(int(i) for i in np.unravel_index(entry, x.shape))
            if estimate.kink:
                return Evidence(
                    f"{_entry(name, index)} stands at a kink: no verdict (move {name} away from it)"
                )
            found = Difference(
                index, float(got[index]), estimate.value, estimate.bound, "at least there", 1 / x.size
            )
            return Evidence(_sentence(name, found), found)
    return None


def _agrees(functions: HasCall, name: str, got: Array, dout: Array, method: Method, v: Array) -> bool:
    f, x = functions.double(name), functions.tensors[name].astype(np.float64)
    estimate = method(f, x, v, dout)
    # Independent roundings of n entries add up like a random walk: to about sqrt(n) of them.
    support = np.abs(v) > 0
    claimed = float(np.sum(got * v))
    room = float(np.sqrt(support.sum())) * rounding(functions, name, got, dout)
    return abs(claimed - estimate.value) <= estimate.bound + room


def _bisect(functions: HasCall, name: str, got: Array, dout: Array, method: Method, v: Array) -> int:
    """Return the flat index of a wrong entry, found among n in log2(n) steps."""
    low, high = 0, v.size
    while high - low > 1:
        middle = (low + high) // 2
        half = np.zeros(v.size)
        half[low:middle] = v.ravel()[low:middle]
        if _agrees(functions, name, got, dout, method, half.reshape(v.shape)):
            low = middle
        else:
            high = middle
    return low


def _sentence(name: str, found: Difference) -> str:
    numbers = f"yours {found.got:.10g}, expected {found.expected:.10g}"
    return f"{_entry(f'd{name}', found.index)}: {numbers} (error bound {found.bound:.1e})"


def _entry(name: str, index: tuple[Any, ...]) -> str:
    return f"{name}[{', '.join(str(int(i)) for i in index)}]" if index else name
