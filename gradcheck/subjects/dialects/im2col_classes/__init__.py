"""im2col classes: Convolution(W, b, stride, pad) and the like, whose gradients are attributes dW, db.

Conventions of the family, which are found by trying and reported as notes: dropout that is scaled at test time and
not in training; a loss that adds a small number within the logarithm and never looks at its dout; max-pooling that
knows no padding; an affine layer that takes flat samples only.
"""

from typing import Any

from gradcheck.calling.signature import described
from gradcheck.contract import Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import Arguments
from gradcheck.subjects.dialects.dialect import Dialect, Members
from gradcheck.subjects.dialects.expressing import affine, batch, convolution, pad, stride
from gradcheck.subjects.dialects.im2col_classes.fitting import fitted
from gradcheck.subjects.dialects.im2col_classes.functions import FUNCTIONS, subjects_of_functions
from gradcheck.subjects.dialects.im2col_classes.loss import LOSS, losses
from gradcheck.subjects.dialects.im2col_classes.objects import LayerClass, declared, subject_of
from gradcheck.subjects.dialects.objects.written import OTHERS


def pooling(params: Params) -> dict[str, Any]:
    """A window of any shape, one stride, one pad up to half the window, no dilation; partial windows are dropped."""
    pad, stride = min(params["pad"][0][0], min(params["kernel"]) // 2), params["stride"][0]
    square = {"stride": (stride, stride), "pad": ((pad, pad), (pad, pad)), "dilation": (1, 1)}
    return {**params, **square, "rounding": "floor"}


def _copy_of(name: str) -> Arguments:
    """Return what passes a copy of a tensor: running values are written in place."""
    return {name: lambda params, tensors: tensors[name].copy()}


def _is_training(params: Params, tensors: Arrays) -> bool:
    return bool(params["mode"] == "train")


WEIGHTS: Arguments = {"W": "w", "b": "b"}
WINDOW: Arguments = {
    "pool_h": lambda params, tensors: params["kernel"][0],
    "pool_w": lambda params, tensors: params["kernel"][1],
}
GEOMETRY: Arguments = {"stride": stride, "pad": pad}
NORMALISATION: Arguments = {
    "gamma": "gamma",
    "beta": "beta",
    "momentum": lambda params, tensors: 1 - params["momentum"],
    **_copy_of("running_mean"),
    **_copy_of("running_var"),
}
RATIO: Arguments = {"dropout_ratio": lambda params, tensors: 1 - params["keep_prob"]}
IN_MODE: Arguments = {"x": "x", "train_flg": _is_training}

_GRADIENTS = {"w": "dW", "b": "db"}

CLASSES: tuple[LayerClass, ...] = (
    LayerClass(
        name="Convolution",
        layer="conv2d",
        made_with={**WEIGHTS, **GEOMETRY},
        attributes=_GRADIENTS,
        express=convolution,
    ),
    LayerClass(name="Pooling", layer="max_pool2d", made_with={**WINDOW, **GEOMETRY}, express=pooling),
    LayerClass(name="Affine", layer="affine", made_with=WEIGHTS, attributes=_GRADIENTS, express=affine),
    LayerClass(name="Relu", layer="relu"),
    LayerClass(name="Sigmoid", layer="sigmoid"),
    LayerClass(
        name="BatchNormalization",
        layer="batch_norm",
        made_with=NORMALISATION,
        arguments=IN_MODE,
        attributes={"gamma": "dgamma", "beta": "dbeta"},
        express=batch,
    ),
    LayerClass(name="Dropout", layer="dropout", made_with=RATIO, arguments=IN_MODE),
)


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each class, for the loss, and for im2col and col2im."""
    here = [each for each in CLASSES if _is_layer(members.get(each.name))]
    # What the class does in its own way is tried only where its signatures accept the calls.
    found = [each if declared(each, members).misfit else fitted(each, members) for each in here]
    return (
        *(subject_of(each, members) for each in [*found, *losses(members)]),
        *subjects_of_functions(members),
    )


def _is_layer(thing: object) -> bool:
    """Return whether a member is a class, and none of operations on tensors of a class of their own."""
    facts = described(thing)
    return facts.is_class and OTHERS.isdisjoint(facts.bases)


IM2COL_CLASSES = Dialect(
    name="im2col-classes",
    title="classes with forward and backward: Convolution(W, b, stride, pad), whose gradients are dW and db, ...",
    names=(*(each.name for each in CLASSES), LOSS, *FUNCTIONS),
    subjects=subjects,
    support="layer_objects",
)
