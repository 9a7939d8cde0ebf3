"""What convolutions and poolings do where windows meet a border: they pad, or have rows left over."""

from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import SubjectError
from gradcheck.grammar import Params
from gradcheck.layers.geometry import plane, reach_of
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import Agreement, tried
from gradcheck.subjects.dialects.objects.calls import call
from gradcheck.subjects.dialects.objects.searching import way_of
from gradcheck.subjects.dialects.objects.using import Used

PADDED = "n1c1h4w4_k2x2_s2x2_p1x1_d1x1"


def fitted_conv(used: Used, members: Members) -> Used:
    """Even extents, and a stride that leaves rows over, are not asked of a class that fails at them."""
    if used.odd:
        used = used.noting(
            "fails at even extents of a kernel, as its padding needs a middle: judged at odd ones"
        )
    return _whole_windows(used, members, "n1c2h7w8_f3kh2kw2_s2x2_p0x0_d1x1_g1")


def fitted_transposed(used: Used, members: Members) -> Used:
    """A pad is below the extent of the filter, where a class pads with what is left of that."""
    params = used.express(used.layer.cases.grammar.read("n1c2h4w4_f2kh2kw2_s1x1_p2x2_d1x1_o0x0_g1"))
    if params["pad"] == ((0, 0), (0, 0)) or tried(way_of(used, members), params).forward >= Agreement.SHAPED:
        return used
    why = "pads with what is left of the filter: judged at a pad below its extent"
    return used.noting(why, express=lambda params, express=used.express: _below_filter(express(params)))


def _below_filter(params: Params) -> dict[str, Any]:
    """Return the parameters with pads that leave something of the filter."""
    most = [reach - 1 for reach in reach_of(params)]
    pads = tuple(
        (min(low, limit), min(high, limit)) for (low, high), limit in zip(params["pad"], most, strict=True)
    )
    if params["pad"][0] == params["pad"][1]:
        pads = (min(pads), min(pads))
    return {**params, "pad": pads}


def fitted_pool(used: Used, members: Members) -> Used:
    """Rows left over, and pads, are asked where the class has an answer to them."""
    geometry = "n1c2h5w7_k2x2_s2x2_p0x0"
    used = _whole_windows(used, members, geometry if used.layer.name == "avg_pool2d" else f"{geometry}_d1x1")
    pads = used.express(used.layer.cases.grammar.read(_padded(used)))["pad"] != ((0, 0), (0, 0))
    if not pads:
        return used
    params = used.express(used.layer.cases.grammar.read(_padded(used)))
    if tried(way_of(used, members), params, back=False).forward < Agreement.SHAPED:
        return used.narrowing("fails at pad > 0, or ignores it: judged at pad 0 only", pad=((0, 0), (0, 0)))
    return (
        _padding_means(used, members) if used.layer.name == "avg_pool2d" else _padding_maxima(used, members)
    )


def _padded(used: Used) -> str:
    return PADDED if used.layer.name == "max_pool2d" else PADDED.removesuffix("_d1x1")


def _whole_windows(used: Used, members: Members, geometry: str) -> Used:
    params = used.express(used.layer.cases.grammar.read(geometry))
    if used.layer.cases.refusable(params) is None:
        return used
    found = tried(way_of(used, members), params)
    answers = found.backward is None or found.backward > Agreement.RAISED
    if found.forward >= Agreement.SHAPED and (answers or not _is_right_without_rest(used, members, params)):
        return used
    why = "has no answer where a stride leaves rows or columns over: judged where it leaves none"
    return used.noting(why, express=lambda params, express=used.express: without_rest(express(params)))


def _is_right_without_rest(used: Used, members: Members, params: Params) -> bool:
    found = tried(way_of(used, members), without_rest(params))
    return found.forward is Agreement.RIGHT and found.backward is Agreement.RIGHT


def without_rest(params: Params) -> dict[str, Any]:
    """Return the parameters on a plane that the windows cover entirely."""
    extents = []
    for size, reach, stride, pad in zip(
        plane(params), reach_of(params), params["stride"], params["pad"], strict=True
    ):
        rest = (size + sum(pad) - reach) % stride
        extents.append(size - rest if size > rest else size + (stride - rest) % stride)
    return {**params, "h": extents[0], "w": extents[1]}


def _padding_means(used: Used, members: Members) -> Used:
    """The divisor counts the padding, or not."""
    params = used.layer.cases.grammar.read(_padded(used))
    for divisor in ("padded", "real"):
        fixed = used.narrowed(divisor=divisor)
        if tried(way_of(fixed, members), params).forward is Agreement.RIGHT:
            return fixed
    return used


def _padding_maxima(used: Used, members: Members) -> Used:
    """Padding is judged where it is there; in many classes it is zeros, which win over what is negative."""
    params = used.express(used.layer.cases.grammar.read(PADDED))
    x = -1.0 - np.arange(float(np.prod([params[each] for each in "nchw"]))) % 5
    x = x.reshape([params[each] for each in "nchw"])
    try:
        out = numbers(call(used, members, params, {"x": x.copy()}).outputs["out"])
    except SubjectError:
        return used.narrowing("fails at pad > 0: judged at pad 0 only", pad=((0, 0), (0, 0)))
    framed = np.pad(x, ((0, 0), (0, 0), *params["pad"]))
    zeros = used.layer.ours.fast.forward(framed, kernel=params["kernel"], stride=params["stride"])[0]
    if out is not None and np.array_equal(out, zeros):
        why = "pads with zeros, which win over negative inputs: judged at pad 0 only"
        return used.narrowing(why, pad=((0, 0), (0, 0)))
    return used
