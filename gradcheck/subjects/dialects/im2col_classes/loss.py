"""SoftmaxWithLoss: forward(x, t) with labels or one-hot rows, backward(dout=1)."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from gradcheck.calling import guarded, invoke
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers.loss import unignored
from gradcheck.subjects.dialects.adapter import written
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.im2col_classes.fitting import output_of
from gradcheck.subjects.dialects.im2col_classes.objects import LayerClass

LOSS = "SoftmaxWithLoss"


def one_hot(params: Params, tensors: Arrays) -> Array:
    """Pass the labels as one-hot rows."""
    return np.eye(params["c"])[tensors["y"]]


def two_classes(params: Params) -> dict[str, Any]:
    """With one class the labels are as many as the probabilities, and pass for one-hot rows."""
    return {**unignored(params), "c": max(2, params["c"])}


class OneHotLoss(LayerClass):
    """The loss with its labels as one-hot rows."""

    variant: ClassVar[str] = " (one-hot)"


FORMS = (
    LayerClass(layer="softmax_loss", name=LOSS, arguments={"x": "x", "t": "y"}, express=two_classes),
    OneHotLoss(layer="softmax_loss", name=LOSS, arguments={"x": "x", "t": one_hot}, express=unignored),
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
    return form


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
