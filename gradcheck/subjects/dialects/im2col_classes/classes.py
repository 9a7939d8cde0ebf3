"""im2col classes: Convolution(W, b, stride, pad) and the like, whose gradients are attributes dW, db.

Conventions of the family, which are found by trying and told as notes: dropout that is scaled at test time and
not in training; a loss that adds a small number within the logarithm and never looks at its dout; max-pooling that
knows no padding; an affine layer that takes flat samples only.
"""

from collections.abc import Callable
from typing import Any

from gradcheck.contract import Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.cs231n.layers import LENIENT, affine, batch, convolution
from gradcheck.subjects.dialects.dialect import Dialect
from gradcheck.subjects.dialects.im2col_classes.fitting import fitted
from gradcheck.subjects.dialects.im2col_classes.functions import FUNCTIONS, subjects_of_functions
from gradcheck.subjects.dialects.im2col_classes.loss import LOSS, losses
from gradcheck.subjects.dialects.objects import Arguments, Interface, Members, subject_of


def pooling(params: Params) -> dict[str, Any]:
    """A window of any shape, one stride, one pad up to half the window, no dilation; partial windows are dropped."""
    pad, stride = min(params["pad"][0][0], min(params["kernel"]) // 2), params["stride"][0]
    square = {"stride": (stride, stride), "pad": ((pad, pad), (pad, pad)), "dilation": (1, 1)}
    return {**params, **square, "rounding": "floor"}


def _weights(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["w"], tensors["b"]


def _convolution(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["w"], tensors["b"], params["stride"][0], params["pad"][0][0]


def _pooling(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return *params["kernel"], params["stride"][0], params["pad"][0][0]


def _batch(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    running = tensors["running_mean"].copy(), tensors["running_var"].copy()
    return tensors["gamma"], tensors["beta"], 1 - params["momentum"], *running


def _dropout(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return (1 - params["keep_prob"],)


def _in_mode(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], params["mode"] == "train"


def _class(
    name: str,
    layer: str,
    made_with: Arguments = lambda params, tensors: (),
    express: Callable[[Params], dict[str, Any]] = dict,
    **others: Any,
) -> Interface:
    return Interface(name=name, layer=layer, made_with=made_with, express=express, lenient=LENIENT, **others)


_PARAMETERS = {"w": "dW", "b": "db"}

CLASSES: tuple[Interface, ...] = (
    _class("Convolution", "conv2d", _convolution, convolution, attributes=_PARAMETERS),
    _class("Pooling", "max_pool2d", _pooling, pooling),
    _class("Affine", "affine", _weights, affine, attributes=_PARAMETERS),
    _class("Relu", "relu"),
    _class("Sigmoid", "sigmoid"),
    _class(
        "BatchNormalization",
        "batch_norm",
        _batch,
        batch,
        asked=_in_mode,
        attributes={"gamma": "dgamma", "beta": "dbeta"},
    ),
    _class("Dropout", "dropout", _dropout, asked=_in_mode),
)


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each class, for the loss, and for im2col and col2im."""
    here = [interface for interface in CLASSES if callable(members.get(interface.name))]
    found = [fitted(interface, members) for interface in here] + losses(members)
    return (*(subject_of(interface, members) for interface in found), *subjects_of_functions(members))


IM2COL_CLASSES = Dialect(
    name="im2col-classes",
    title="classes with forward and backward: Convolution(W, b, stride, pad), whose gradients are dW and db, ...",
    names=(*(interface.name for interface in CLASSES), LOSS, *FUNCTIONS),
    subjects=subjects,
    support="layer_objects",
)
