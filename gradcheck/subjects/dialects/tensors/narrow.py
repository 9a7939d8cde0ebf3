"""Geometries that a layer is not asked for: its author's code fails there, and is right on ordinary ones."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gradcheck.grammar import Params
from gradcheck.layers.geometry import reach_of
from gradcheck.subjects.dialects.dialect import Express, Members
from gradcheck.subjects.dialects.functions.calls import Fit, Narrowing
from gradcheck.subjects.dialects.functions.fitting import narrowings, way_of
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, tried
from gradcheck.subjects.dialects.objects.windows import without_rest


@dataclass(frozen=True)
class Harder:
    """A geometry that not all code is for, what is asked in its place, and what the report says of that."""

    geometry: str
    easier: Express
    why: str


def below_window(params: Params) -> dict[str, Any]:
    """Return the parameters with pads below the extent of the window."""
    most = [reach - 1 for reach in reach_of(params)]
    pads = zip(params["pad"], most, strict=True)
    lower = tuple((min(before, limit), min(after, limit)) for (before, after), limit in pads)
    is_even = len({side for pair in params["pad"] for side in pair}) == 1
    least = min(side for pair in lower for side in pair)
    return {**params, "pad": ((least, least),) * 2 if is_even else lower}


REST = "fails where a stride leaves rows or columns over: judged where it leaves none"
PADS = "fails where the padding is as large as the window: judged below that"

HARDER = {
    "conv2d": (
        Harder("n1c2h6w6_f3kh2kw2_s1x1_p2x2_d1x1_g1", below_window, PADS),
        Harder("n1c2h7w8_f3kh2kw2_s2x2_p0x0_d1x1_g1", without_rest, REST),
    ),
    "conv_transpose2d": (Harder("n1c2h4w4_f2kh2kw2_s1x1_p2x2_d1x1_o0x0_g1", below_window, PADS),),
    "max_pool2d": (Harder("n1c2h5w7_k2x2_s2x2_p0x0_d1x1", without_rest, REST),),
    "avg_pool2d": (Harder("n1c2h5w7_k2x2_s2x2_p0x0", without_rest, REST),),
}


def narrowed(fit: Fit, came: Tried, members: Members) -> tuple[Fit, tuple[str, ...]]:
    """Return a fit without the geometries that its functions fail on, and why; `came` is its small call."""
    fit, came, notes = _squared(fit, came, members)
    if came.forward is not Agreement.RIGHT or came.backward not in (None, Agreement.RIGHT):
        return fit, ()
    for harder in HARDER.get(fit.group.layer.name, ()):
        way = way_of(fit, members)
        params = way.express(fit.group.layer.cases.grammar.read(harder.geometry))
        if harder.easier(params) == params or not _fails(tried(way, params, back=came.backward is not None)):
            continue
        express = partial(_both, fit.narrowing.express, harder.easier)
        fit = replace(fit, narrowing=Narrowing(text=fit.narrowing.text, express=express))
        notes.append(harder.why)
    return fit, tuple(notes)


def _squared(fit: Fit, came: Tried, members: Members) -> tuple[Fit, Tried, list[str]]:
    """Return the fit for square windows, where a backward fails on others and is right on those."""
    if came.forward is Agreement.RIGHT and came.backward is not None and came.backward < Agreement.SHAPED:
        for narrowing in narrowings(fit.group.layer):
            square = replace(fit, narrowing=narrowing)
            found = tried(way_of(square, members))
            if narrowing.text and found.rank == (Agreement.RIGHT, Agreement.RIGHT):
                return square, found, [f"its backward fails on others: judged on {narrowing.text}"]
    return fit, came, []


def _fails(came: Tried) -> bool:
    """Return whether forward raises, or backward does or gives gradients of other shapes.

    An output of another shape is a fault: forward accepted the call.
    """
    return came.forward < Agreement.MISSHAPEN or (
        came.backward is not None and came.backward < Agreement.SHAPED
    )


def _both(first: Express, second: Express, params: Params) -> dict[str, Any]:
    return second(first(params))
