"""Dropout: which probability it takes, when it scales, and how it learns whether it is trained."""

from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.im2col_classes.objects import Turn
from gradcheck.subjects.dialects.inferred.ways import Agreement, tried
from gradcheck.subjects.dialects.objects.calls import call
from gradcheck.subjects.dialects.objects.modes import backward_at_test, with_modes
from gradcheck.subjects.dialects.objects.searching import way_of
from gradcheck.subjects.dialects.objects.using import Used

KEPT = 0.25


def fitted_dropout(used: Used, members: Members) -> Used:
    """Scaled at test time, or in training; drawn from numbers that a seed controls, or not."""
    used = with_modes(used, members)
    first, second = (_quarter_kept(used, members) for _ in range(2))
    if first is None or second is None:
        return used
    if not np.array_equal(first, second):
        why = "draws its mask from numbers that no global seed controls: no two calls agree"
        used = used.noting(why, lenient=used.lenient | {"repeatable", "reentrant", "layout"})
    used = _keeping(used, members, first)
    if float(first.max(initial=0.0)) == 1.0:
        used = _uninverted(used, members)
    used = _at_test(used, members)
    return used


def _keeping(used: Used, members: Members, found: Array) -> Used:
    """Pass the probability to keep, where an argument called p means that."""
    share = float(np.count_nonzero(found)) / found.size
    if abs(share - KEPT) <= abs(share - (1 - KEPT)) or used.either is None:
        return used
    name, keeps = used.either
    return replace(
        used, making={**used.making, name: lambda params, tensors: _probability(params, not keeps)}
    )


def _probability(params: Params, keeps: bool) -> float:
    return float(params["keep_prob"] if keeps else 1 - params["keep_prob"])


def _quarter_kept(used: Used, members: Members) -> Array | None:
    ones = np.ones((16, 16))
    params = used.layer.cases.grammar.read("n16d16_k0.25_train")
    try:
        out = numbers(call(used, members, params, {"x": ones, "mask": ones}).outputs["out"])
    except SubjectError:
        return None
    return out if out is not None and out.shape == ones.shape else None


def _uninverted(used: Used, members: Members) -> Used:
    """Divide by what is kept: at test time only where the class multiplies by it there."""
    ones = np.ones((4, 4))
    params = used.express(used.layer.cases.grammar.read("n4d4_k0.25_eval"))
    at_test = used
    if params["mode"] == "eval":
        try:
            out = numbers(call(used, members, params, {"x": ones}).outputs["out"])
        except SubjectError:
            out = None
        scales = out is not None and bool(np.all(out == KEPT))
        if not scales:
            at_test = used.narrowed(mode="train")
    why = "is not inverted: it scales at test time, if at all (reported here divided by what is kept)"
    return at_test.noting(why, turn=Turn(_inverted, _inverted))


def _inverted(params: Params, given: Arrays | Array, result: Any) -> Any:
    values = numbers(result)
    return result if values is None else values / params["keep_prob"]


def _at_test(used: Used, members: Members) -> Used:
    params = used.express(used.layer.cases.grammar.read("n4d6_k0.25_eval"))
    if params["mode"] != "eval":
        return used
    found = tried(way_of(used, members), params)
    return backward_at_test(used, found.backward is Agreement.RIGHT)
