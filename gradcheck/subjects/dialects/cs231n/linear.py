"""Assignment 1's losses of a linear classifier: ``softmax_loss_naive(W, X, y, reg) -> loss, dW``, and its kin."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, guarded
from gradcheck.contract import Array, Arrays, Function, Interface, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import forward_call, habit, spelled
from gradcheck.subjects.dialects.cs231n.pairs import two
from gradcheck.subjects.dialects.dialect import LENIENT, Members
from gradcheck.subjects.dialects.general import is_torch
from gradcheck.subjects.dialects.signatures import form_of, read

CLASSIFIERS = {
    f"{loss}_loss_{way}": f"linear_{loss}_loss"
    for loss in ("softmax", "svm")
    for way in ("naive", "vectorized")
}
"""Function -> layer."""

ARGUMENTS = ("W", "X", "y", "reg")

HALVED = habit(
    "its regularisation is 0.5 * reg * sum(W^2), in the loss and in the gradient alike; the course's is without 0.5"
)

W, X, Y = (
    np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]]),
    np.array([[1.0, 2.0], [-1.0, 0.5]]),
    np.array([0, 2]),
)
"""A small problem whose losses are not 0."""


def linear_losses(members: Members) -> list[Subject]:
    """Return a subject for each of the losses that a module defines."""
    return [_subject(name, members) for name in CLASSIFIERS if callable(members.get(name))]


def _subject(name: str, members: Members) -> Subject:
    reading = read(members, {"forward": (name, form_of(ARGUMENTS))})
    # The course hands out the logarithm of a probability, which is 0 where scores are large.
    own = Interface(fused=True, lenient=LENIENT | {"large"}, returns=frozenset({"w"}))
    function = members[name]
    found = {} if reading.misfit else _small_results(name, function)
    if not found and not reading.misfit and is_torch(members):
        on_tensors = partial(_on_tensors, members, name)
        found = _small_results(name, on_tensors)
        function = on_tensors if found else function
    half = _is_halved(found)
    forward = partial(_call, name, function, 2.0 if half else 1.0, _is_stub(found))
    subject = Subject(
        layer=BY_NAME[CLASSIFIERS[name]],
        functions={"forward": name, "backward": name},
        forward=forward,
        interface=reading.onto(own),
        notes=(HALVED,) if half else (),
    )

    def said(params: Params, tensors: Arrays) -> str:
        given = (tensors["w"], tensors["x"], tensors["y"], params["reg"] * (2.0 if half else 1.0))
        return spelled(name, dict(zip(ARGUMENTS, given, strict=True)))

    return replace(subject, interface=replace(subject.interface, spoken=said))


def _small_results(name: str, function: Function) -> dict[float, tuple[float, Array]]:
    """Return loss and gradient on the small problem, by the regularisation; nothing where a call has none."""
    found = {}
    for reg in (0.0, 1.0):
        try:
            loss, dw = two(name, guarded(name, function, W.copy(), X.copy(), Y.copy(), reg))
            found[reg] = float(loss), np.asarray(dw, dtype=float).reshape(W.shape)
        except (SubjectError, TypeError, ValueError):
            return {}
    return found


def _on_tensors(members: Members, name: str, w: Array, x: Array, y: Array, reg: float) -> Any:
    """Call a loss on PyTorch's tensors, as EECS 498 writes it; arrays come back.

    Its labels are long integers: in an index, PyTorch takes those of one byte for a mask.
    """
    return members["torch_called"](members[name], "", (w, x, y.astype(np.int64), reg), {})


def _is_halved(found: dict[float, tuple[float, Array]]) -> bool:
    """Return whether both loss and gradient have half of the course's regularisation."""
    if not found:
        return False
    loss, dw = (found[1.0][i] - found[0.0][i] for i in (0, 1))
    return bool(np.isclose(loss, np.sum(W * W) / 2) and np.allclose(dw, W))


def _is_stub(found: dict[float, tuple[float, Array]]) -> bool:
    """Return whether nothing is computed, as in the file that is handed out: its loss is 0, and its gradient."""
    return bool(found) and all(loss == 0.0 and not dw.any() for loss, dw in found.values())


def _call(
    name: str, function: Function, factor: float, is_stub: bool, params: Params, tensors: Arrays
) -> LocalCall:
    """Call a loss, which returns its value and the gradient of W together."""
    back = partial(_gradient, name)
    reg = params["reg"] * factor

    def forward() -> Any:
        if is_stub:
            raise Missing(f"{name} returned a loss of 0 and a gradient of zeros")
        return guarded(name, function, tensors["w"], tensors["x"], tensors["y"], reg)

    def read_results(returned: Any) -> LocalCall:
        loss, dw = (None, None) if returned is None else two(name, returned)
        missing = f"{name} returned no loss" if loss is None else None
        return LocalCall({"out": loss}, tensors, partial(back, dw), missing=missing)

    return forward_call(name, tensors, forward, read_results, partial(back, None))


def _gradient(name: str, dw: Any, dout: Array) -> dict[str, Any]:
    return gradients(name, dw, ("w",))
