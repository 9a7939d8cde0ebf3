"""SoftmaxWithLoss: forward(x, t) with labels or one-hot rows, backward(dout=1)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from gradcheck.calling import guarded, invoke
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import written
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.im2col_classes.fitting import output_of
from gradcheck.subjects.dialects.im2col_classes.objects import LayerClass

LOSS = "SoftmaxWithLoss"
LARGEST_FLOOR = 1e-3


def one_hot(params: Params, tensors: Arrays) -> Array:
    """Pass the labels as one-hot rows."""
    return np.eye(params["c"])[tensors["y"]]


def two_classes(params: Params) -> dict[str, Any]:
    """With one class the labels are as many as the probabilities, and pass for one-hot rows."""
    return {**params, "c": max(2, params["c"])}


class OneHotLoss(LayerClass):
    """The loss with its labels as one-hot rows."""

    variant: ClassVar[str] = " (one-hot)"


FORMS = (
    LayerClass(layer="softmax_loss", name=LOSS, arguments={"x": "x", "t": "y"}, express=two_classes),
    OneHotLoss(layer="softmax_loss", name=LOSS, arguments={"x": "x", "t": one_hot}),
)


def losses(members: Members) -> list[LayerClass]:
    """Return the loss in each of the two forms that it runs in; in the first, where it runs in none."""
    if not callable(members.get(LOSS)):
        return []
    runs = [form for form in FORMS if _loss(form, members, [[3, 1, 2], [0, 1, 5]], [2, 0]) is not None]
    return [_fitted(form, members) for form in runs or FORMS[:1]]


def _loss(form: LayerClass, members: Members, x: list[list[float]], y: list[int]) -> float | None:
    scores, labels = np.array(x, dtype=float), np.array(y)
    out = output_of(form, members, f"n{len(y)}c{len(x[0])}", x=scores, y=labels)
    return float(out) if out is not None and out.size == 1 else None


def _fitted(form: LayerClass, members: Members) -> LayerClass:
    if _ignores_dout(form, members):
        form = form.noting(
            "backward takes dout for 1, as a loss comes last", turn=replace(form.turn, gradient=_times_dout)
        )
    floor = _floor(form, members)
    if floor is None:
        return form
    most = f"saturates at {-np.log(floor):.3g}, which its gradient does not"
    why = f"keeps the probability from 0 by {floor:g}: the loss {most}"
    return form.noting(why, turn=replace(form.turn, output=partial(unfloored, _guard(form, members, floor))))


def _ignores_dout(form: LayerClass, members: Members) -> bool:
    once, twice = (_probed_gradient(form, members, dout) for dout in (1.0, 2.0))
    return once is not None and twice is not None and np.array_equal(once, twice) and bool(once.any())


def _probed_gradient(form: LayerClass, members: Members, dout: float) -> Array | None:
    params, tensors = {"c": 2}, {"x": np.array([[0.0, 1.0]]), "y": np.array([0])}
    try:
        layer = guarded(LOSS, members[LOSS])
        invoke(LOSS, layer, "forward", *written(form.arguments, params, tensors).values())
        return numbers(invoke(LOSS, layer, "backward", dout))
    except SubjectError:
        return None


def _times_dout(params: Params, dout: Array, dx: Any) -> Any:
    values = numbers(dx)
    return dx if values is None else values * float(dout)


def _floor(form: LayerClass, members: Members) -> float | None:
    """Return the number that keeps the logarithm from 0: the probability that an impossible label seems to have."""
    loss = _loss(form, members, [[0, -1000]], [1])
    floor = float(f"{np.exp(-loss):.3g}") if loss is not None else 0.0
    return floor if 0 < floor < LARGEST_FLOOR else None


def _guard(form: LayerClass, members: Members, floor: float) -> Callable[[Array], Array]:
    """Return how the number keeps the logarithm from 0: it is added, or it is the least."""
    loss = _loss(form, members, [[0, 0]], [1])
    is_added = loss is not None and abs(loss - np.log(2)) > floor
    return (lambda p: p + floor) if is_added else (lambda p: np.maximum(p, floor))


def unfloored(guard: Callable[[Array], Array], params: Params, tensors: Arrays, out: Any) -> Any:
    """Return the loss without the number in its logarithm: by what share, or else by how much, that changes it.

    The share first: it leaves a loss that is a wrong multiple the same multiple.
    """
    loss = numbers(out)
    if loss is None:
        return out
    shifted = tensors["x"] - tensors["x"].max(axis=1, keepdims=True)
    logs = (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))[
        np.arange(params["n"]), tensors["y"]
    ]
    plain, guarded_loss = -logs.mean(), -np.log(guard(np.exp(logs))).mean()
    if plain and guarded_loss:
        return loss * (plain / guarded_loss)
    return loss + (plain - guarded_loss)
