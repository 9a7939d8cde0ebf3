"""Whether a batch norm's backward knows the evaluation mode: found by trying, as courses do not ask for it.

Where the running statistics equal the batch's, both modes give the same output, but not the same gradient: in training
the statistics depend on x. A backward that gives the same gradient there does not look at the mode.
"""

from collections.abc import Callable
from enum import Enum

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Call, Layer, Refused, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Express

PROBES = {
    "batch_norm": "n4d3_train_e0.1_m0.1_biased",
    "spatial_batch_norm": "n2c3h2w2_train_e0.1_m0.1_biased",
}


class Evaluation(Enum):
    """What code does in evaluation mode."""

    HANDLED = "forward and backward look at the mode"
    IGNORED = "backward in evaluation mode: the author's does not look at the mode, or has nothing for it"
    REFUSED = "evaluation mode: the author's code refuses it"


Forward = Callable[[Params, Arrays], Call]
Skips = Callable[[str, Params], str | None]


def skipping(found: Evaluation) -> Skips:
    """Return what to leave out of a layer whose code does this in evaluation mode: why, by part and parameters."""

    def skips(part: str, params: Params) -> str | None:
        is_asked = found is Evaluation.HANDLED or (found is Evaluation.IGNORED and part == "forward")
        return None if is_asked or params.get("mode") != "eval" else found.value

    return skips


def evaluation_of(layer: Layer, call: Forward, express: Express = dict) -> Evaluation:
    """Return what the code of a layer does in evaluation mode; that of a layer without one handles it.

    Code that raises on purpose in evaluation, and not in training, refuses it.
    """
    if layer.name not in PROBES:
        return Evaluation.HANDLED
    case = layer.case(PROBES[layer.name], seed=5)
    tensors = fill.tensors(case)
    axes = (0, *range(2, tensors["x"].ndim))
    tensors["running_mean"] = tensors["x"].mean(axis=axes)
    tensors["running_var"] = tensors["x"].var(axis=axes)
    both = [dict(express({**case.params, "mode": mode})) for mode in ("train", "eval")]
    if both[1]["mode"] != "eval":
        return Evaluation.IGNORED
    training, evaluation = (_called(call, params, tensors) for params in both)
    if isinstance(evaluation, Refused) and not isinstance(training, Refused):
        return Evaluation.REFUSED
    before, after = (_dx(each, fill.upstream(case), tensors["x"].shape) for each in (training, evaluation))
    handles = before is not None and after is not None and not np.allclose(before, after, rtol=1e-6)
    return Evaluation.HANDLED if handles else Evaluation.IGNORED


def _called(call: Forward, params: Params, tensors: Arrays) -> Call | SubjectError:
    try:
        return call(params, {name: values.copy() for name, values in tensors.items()})
    except SubjectError as problem:
        return problem


def _dx(came: Call | SubjectError, dout: Array, shape: tuple[int, ...]) -> Array | None:
    if isinstance(came, SubjectError):
        return None
    try:
        dx = numbers(came.backward(dout).get("x"))
    except SubjectError:
        return None
    return dx if dx is not None and dx.shape == shape and bool(np.isfinite(dx).all()) else None
