"""Positional encodings as classes: a table is added to x, which may be scaled by the root of its width before."""

from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Case, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.im2col_classes.objects import Turn
from gradcheck.subjects.dialects.inferred.ways import Agreement, agreement
from gradcheck.subjects.dialects.objects.calls import call
from gradcheck.subjects.dialects.objects.expressing import composed
from gradcheck.subjects.dialects.objects.using import Used

ODD, EVEN = "n2t5d3", "n2t5d4"
ROOT = 2
"""The root of the width with which a scale is looked for."""

BY_ROOT = "x is times the root of its width before: widths of 4 and 16 alone, so that the root is exact"
NO_ODD = "odd widths: not accepted"


def fitted_encoding(used: Used, members: Members) -> Used:
    """Find whether x is scaled, and whether odd widths are accepted."""
    scaled = _scaled(used, members)
    if scaled is not None:
        return scaled
    if _output(used, members, ODD) is None and _output(used, members, EVEN) is not None:
        return replace(used, express=composed(used.express, _even), refused=(*used.refused, NO_ODD))
    return used


def _even(params: Params) -> dict[str, Any]:
    return {**params, "d": params["d"] + params["d"] % 2}


def _square(params: Params) -> dict[str, Any]:
    return {**params, "d": 4 if params["d"] <= 4 else 16}


def _scaled(used: Used, members: Members) -> Used | None:
    """Return the use with the scale taken out, if what is left of x is the same for all samples."""
    out = _output(used, members, EVEN)
    case = _case(used, EVEN)
    x = fill.tensors(case)["x"]
    if out is None or out.shape != x.shape:
        return None
    left = out - ROOT * x
    if agreement(left, np.broadcast_to(left[:1], left.shape)) is not Agreement.RIGHT:
        return None
    turn = Turn(_without_scale, _gradient_without_scale)
    return replace(used, turn=turn, express=composed(used.express, _square), refused=(*used.refused, BY_ROOT))


def _without_scale(params: Params, tensors: Arrays, out: Any) -> Any:
    found, x = numbers(out), tensors["x"]
    if found is None or found.shape != x.shape:
        return out
    return found - (_root(params) - 1) * x


def _gradient_without_scale(params: Params, dout: Array, dx: Any) -> Any:
    found = numbers(dx)
    return dx if found is None else found / _root(params)


def _root(params: Params) -> float:
    return float(np.sqrt(params["d"]))


def _case(used: Used, geometry: str) -> Case:
    case = used.layer.case(geometry, seed=11)
    return case.but(params=used.express(case.params))


def _output(used: Used, members: Members, geometry: str) -> Array | None:
    case = _case(used, geometry)
    try:
        return numbers(call(used, members, case.params, fill.tensors(case)).outputs["out"])
    except SubjectError:
        return None
