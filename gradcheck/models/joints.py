"""The gradient at a joint, judged by the derivative of the whole loss with respect to what passes there."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative import judge
from gradcheck.derivative.gradient import numerical_gradient
from gradcheck.evidence.compare import Evidence
from gradcheck.functions.pair import Functions
from gradcheck.models.composed import numbers_of
from gradcheck.models.mistakes import ALIKE
from gradcheck.models.network import Fetched
from gradcheck.models.trace import Call, Network, Place, Swap

__tracebackhide__ = True

ONE = np.ones(())

SAMPLE = 48
"""Most entries of a gradient that are measured to give its mistake a name."""


class State(Enum):
    """What is known of the gradient at a joint."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSEEN = "unseen"
    """No backward was seen to receive or return one."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Judged:
    """A state, and the words for what is wrong."""

    state: State
    evidence: Evidence | None = None


Losses = Callable[[Array], tuple[float, Callable[[], Array]]]
"""A value at a joint -> the loss, and the gradient that the network has there, if it is asked for."""


def as_functions(network: Network, names: tuple[str, ...]) -> Functions:
    """Return loss and gradients as a function of the parameters of these names, for real numbers only.

    Code that copies complex numbers into real arrays loses a part of the derivative without a word.
    """

    def function(*values: Array) -> tuple[float, Mapping[str, Any]]:
        _refuse_complex(*values)
        found = network.evaluate(dict(zip(names, values, strict=True)))
        return found.loss, Fetched(names, lambda name: numbers_of(found.grads[name]))

    return Functions(function, None, {name: network.params[name] for name in names})


def _refuse_complex(*values: Array) -> None:
    if any(np.iscomplexobj(value) for value in values):
        raise TypeError("real numbers only")


def losses_at(network: Network, call: Call, place: Place) -> Losses:
    """Return the loss, and the network's own gradient at a joint, as a function of what passes there."""

    def function(value: Array) -> tuple[float, Callable[[], Array]]:
        _refuse_complex(value)
        found = network.evaluate(swap=Swap(place, value), is_watched=True)
        same = found.calls[call.number] if call.number < len(found.calls) else None
        if same is None or same.name != call.name:
            raise RuntimeError("a changed value leads to other calls")

        def gradient() -> Array:
            found.settle()
            own = same.gradient(place)
            return np.zeros(value.shape) if own is None else own.reshape(value.shape)

        return found.loss, gradient

    return function


def judged_at(losses: Losses, value: Array, got: Array, rng: np.random.Generator) -> Judged:
    """Judge the gradient `got` at a joint that `value` passes."""
    if got.shape != value.shape:
        return Judged(State.WRONG, Evidence(f"it has shape {got.shape}; expected {value.shape}"))

    def function(x: Array) -> tuple[float, Mapping[str, Array]]:
        loss, gradient = losses(x)
        return loss, Fetched(("x",), lambda _: gradient())

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evidence = judge(Functions(function, None, {"x": value}), "x", got, ONE, rng).evidence
    except Exception:  # noqa: BLE001 - a network may refuse a changed value in any way
        return Judged(State.UNKNOWN)
    if evidence is None:
        return Judged(State.RIGHT)
    if evidence.difference is not None:
        return Judged(State.WRONG, evidence)
    return _off_the_kinks(losses, value, got, rng)


def _off_the_kinks(losses: Losses, value: Array, got: Array, rng: np.random.Generator) -> Judged:
    """Judge the entries alone that have a derivative: enough to place a mistake, if not for a verdict."""
    entries, truth = sampled(lambda x: losses(x)[0], value, rng)
    if not entries.size:
        return Judged(State.UNKNOWN)
    mine = got.reshape(-1)[entries]
    size = float(max(np.abs(truth).max(), np.abs(mine).max()))
    worst = int(np.argmax(np.abs(mine - truth)))
    if abs(mine[worst] - truth[worst]) <= ALIKE * size:
        return Judged(State.RIGHT)
    index = ", ".join(str(int(i)) for i in np.unravel_index(int(entries[worst]), value.shape))
    return Judged(
        State.WRONG, Evidence(f"dx[{index}]: yours {mine[worst]:.10g}, expected {truth[worst]:.10g}")
    )


def sampled(loss: Callable[[Array], float], value: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return some entries of a value, and the derivative of the loss at each; fewer where there is a kink."""
    count = min(SAMPLE, value.size)
    entries = np.sort(rng.permutation(value.size)[:count])

    def function(part: Array) -> Array:
        _refuse_complex(part)
        moved = np.array(value, dtype=np.float64)
        moved.reshape(-1)[entries] = part
        return np.asarray(loss(moved))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            truth, error = numerical_gradient(function, value.reshape(-1)[entries], full=True)
        except Exception:  # noqa: BLE001 - a network may refuse a changed value in any way
            return np.zeros(0, dtype=int), np.zeros(0)
    size = float(np.abs(truth[np.isfinite(truth)]).max(initial=0.0))
    known = np.isfinite(truth) & (error <= 1e-7 * size)
    return entries[known], truth[known]
