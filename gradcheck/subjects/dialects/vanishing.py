"""A KL divergence that is NaN where a target is 0, in any family: it takes the logarithm of its target as it is.

The limit of p log(p) is 0 there, but nobody has to ask for it. Such a loss gets the smallest number for 0, which makes
no difference, and a note says so. A loss that is wrong elsewhere, too, is left as it is.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.contract import Array, Arrays, Call, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import habit, loss_of

WHY = "where a target is 0 the loss is NaN, and its limit is 0: it gets the smallest number instead"


def without_zeros(subject: Subject) -> Subject:
    """Return such a divergence with the smallest number for each target that is 0; other subjects unchanged."""
    if subject.layer.name != "kl_div_loss" or not subject.interface.lenient or not _is_lost(subject):
        return subject
    return replace(subject, forward=partial(_called, subject.forward), notes=(*subject.notes, habit(WHY)))


def _is_lost(subject: Subject) -> bool:
    """Return whether the loss is NaN for targets that are 0, and finite for the smallest number."""
    target = np.array([[0.0, 1.0]])
    whole, above = _loss(subject, target), _loss(subject, _above_zero(target))
    return whole is not None and above is not None and bool(np.isnan(whole)) and bool(np.isfinite(above))


def _loss(subject: Subject, target: Array) -> float | None:
    params = subject.interface.express({"n": 1, "dims": (2,)})
    return loss_of(subject, params, {"x": np.log([[0.25, 0.75]]), "y": target})


def _called(forward: Callable[[Params, Arrays], Call], params: Params, tensors: Arrays) -> Call:
    target = tensors["y"]
    given = _above_zero(target)
    call = forward(params, {**tensors, "y": given})
    if given is target:
        return call
    assert isinstance(call, LocalCall)
    held = call.arguments["y"]
    is_as_it_was = (target == 0) & (held == _above_zero(target))
    return replace(call, arguments={**call.arguments, "y": np.where(is_as_it_was, target, held)})


def _above_zero(target: Array) -> Array:
    if target.dtype.kind != "f" or (target != 0).all():
        return target
    return np.where(target == 0, np.finfo(target.dtype).smallest_subnormal, target)
