"""Whether a batch norm's backward knows the evaluation mode: found by trying, as courses do not ask for it.

Where the running statistics equal the batch's, both modes give the same output, but not the same gradient: in training
the statistics depend on x. A backward that gives the same gradient there does not look at the mode.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Call, Layer, Refused, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params

PROBES = {
    "batch_norm": "n4d3_train_e0.1_m0.1_biased",
    "spatial_batch_norm": "n2c3h2w2_train_e0.1_m0.1_biased",
}

WHY = "backward in evaluation mode: the author's does not look at the mode, or has nothing for it"

REFUSED = "evaluation mode: the author's code refuses it"

Skips = Callable[[str, Params], str | None]


def skipping(layer: Layer, call: Callable[[Params, Arrays], Call], express: Any = dict) -> Skips:
    """Return what to leave out of a batch norm: backward in evaluation, where the author's does not handle it."""
    if layer.name not in PROBES:
        return lambda part, params: None
    if refuses_evaluation(layer, call, express):
        return lambda part, params: REFUSED if params.get("mode") == "eval" else None
    if handles_evaluation(layer, call, express):
        return lambda part, params: None

    def skips(part: str, params: Params) -> str | None:
        return WHY if part == "backward" and params.get("mode") == "eval" else None

    return skips


def refuses_evaluation(layer: Layer, call: Callable[[Params, Arrays], Call], express: Any) -> bool:
    """Return whether forward raises on purpose in evaluation, and not in training."""
    if layer.name not in PROBES:
        return False
    case = layer.case(PROBES[layer.name], seed=5)
    refused = []
    for mode in ("train", "eval"):
        try:
            params = dict(express({**case.params, "mode": mode}))
            call(params, fill.tensors(case.but(params=params)))
            refused.append(False)
        except SubjectError as problem:
            refused.append(isinstance(problem, Refused))
    return refused == [False, True]


def handles_evaluation(layer: Layer, call: Callable[[Params, Arrays], Call], express: Any = dict) -> bool:
    """Return whether backward gives another gradient in evaluation than in training, at equal outputs."""
    case = layer.case(PROBES[layer.name], seed=5)
    params = dict(express(case.params))
    if express({**params, "mode": "eval"}) != {**params, "mode": "eval"}:
        return False
    tensors = fill.tensors(case)
    axes = (0, *range(2, tensors["x"].ndim))
    tensors["running_mean"] = tensors["x"].mean(axis=axes)
    tensors["running_var"] = tensors["x"].var(axis=axes)
    dout = fill.upstream(case)
    found = [_dx(call, {**params, "mode": mode}, tensors, dout) for mode in ("train", "eval")]
    train, evaluation = found
    if train is None or evaluation is None or train.shape != evaluation.shape:
        return False
    return not np.allclose(train, evaluation, rtol=1e-6)


def _dx(call: Callable[[Params, Arrays], Call], params: Params, tensors: Arrays, dout: Array) -> Array | None:
    try:
        copies = {name: values.copy() for name, values in tensors.items()}
        dx = numbers(call(params, copies).backward(dout.copy()).get("x"))
    except SubjectError:
        return None
    return dx if dx is not None and dx.shape == tensors["x"].shape and bool(np.isfinite(dx).all()) else None
