"""How a group of functions is called: found by one small call each, first forward, then options, then backward."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, permutations, product
from typing import Any

import numpy as np

from gradcheck.calling.signature import shown
from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Express, Members
from gradcheck.subjects.dialects.functions.calls import Back, Fit, call
from gradcheck.subjects.dialects.functions.finding import Found, Group
from gradcheck.subjects.dialects.inferred.arguments import Read, Slot, read_backward, read_forward, roles_of
from gradcheck.subjects.dialects.inferred.layouts import (
    FILTERS,
    IMAGES,
    MATRICES,
    OURS,
    ROWS,
    VECTORS,
    Layout,
    narrowed,
)
from gradcheck.subjects.dialects.inferred.styles import STYLES, Style, absent
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, Way, probe_of, tried

MOST_WAYS = 64
"""Calls of a backward whose arguments have no telling names."""

Layouts = Mapping[str, Layout]


@dataclass(frozen=True)
class Unfit:
    """Why no call was found for a group."""

    why: str


def fitted(group: Group, members: Members) -> Fit | Unfit:
    """Return how a group's functions are called, or why that could not be found out."""
    read = _read(group)
    if isinstance(read, Unfit):
        return read
    start = Fit(group=group, read=read, express=partial(_express, read, group.layer))
    if group.forward is None:
        return _with_backward_alone(start, members)
    found = _with_forward(start, members)
    if isinstance(found, Unfit):
        return found
    fit = _with_options(found, members)
    return _with_backward(fit, members)


def _read(group: Group) -> Read | Unfit:
    if group.forward is None:
        return Read(slots=())
    found = group.forward
    read = read_forward(group.layer, found.declared.parameters)
    if read.open:
        names = ", ".join(slot.name for slot in read.open)
        return Unfit(f"what {names} means in {shown(found.name, found.declared.signature)} is not known")
    if not read.has("x"):
        return Unfit(f"{shown(found.name, found.declared.signature)} has no argument for the layer's input")
    return read


# What the functions can express.


def _express(read: Read, layer: Layer, params: Params) -> dict[str, Any]:
    """Return the nearest parameters that a function with these arguments can express."""
    roles = frozenset(slot.role for slot in read.slots)
    nearest = absent(params, roles)
    if "bias" in nearest:
        bias = read.slot("b")
        may_lack = bias is None or (bias.is_optional and params["bias"] == "none")
        nearest["bias"] = "none" if may_lack else "shared"
    if "variance" in nearest:
        nearest["variance"] = "biased"
    if "mode" in nearest and "training" not in roles:
        running = read.slot("running_mean")
        nearest["mode"] = "eval" if running is not None and not running.is_optional else "train"
    return nearest


def _expressed(fit: Fit) -> Express:
    """Return what a fit can express: by its arguments, its styles and its layouts."""

    def express(params: Params) -> dict[str, Any]:
        nearest = fit.express(params)
        for style in fit.styles.values():
            nearest = style.express(nearest)
        return narrowed(nearest, list(fit.layouts.values()))

    return express


def way_of(fit: Fit, members: Members) -> Way:
    """Return the way to call that a fit describes."""
    returns = frozenset(name for back in fit.backs for name in back.order) if fit.backs else None
    layer = fit.group.layer
    draws = layer.name == "dropout" and not fit.read.has("mask")
    return Way(
        layer=layer,
        call=partial(call, fit, members),
        express=_expressed(fit),
        returns=returns,
        fused=fit.is_fused,
        draws_mask=draws,
    )


# Forward: layouts, and one style for each option.


def _with_forward(start: Fit, members: Members) -> Fit | Unfit:
    """Return the first fit whose output is the layer's, or else has its shape."""
    shaped: tuple[Fit, Tried] | None = None
    last: Tried | None = None
    for layouts in layouts_of(start.group, start.read):
        for styles in _first_styles(start.read):
            fit = replace(start, layouts=layouts, styles=styles)
            found = tried(way_of(fit, members), back=False)
            if found.forward is Agreement.RIGHT:
                return fit
            if found.forward is Agreement.SHAPED and shaped is None:
                shaped = fit, found
            last = last if last is not None and last.problem else found
    if shaped is not None and not start.group.layer.shapes.is_loss:
        return shaped[0]
    if start.group.layer.shapes.is_loss and shaped is not None:
        return _scaled_loss(start, members) or Unfit("its value is not this loss of scores and labels, or a multiple of it")
    return Unfit(f"no call was found that it accepts; one of them: {last.problem or 'an output of another shape'}" if last else "")


def _first_styles(read: Read) -> Iterator[dict[str, Style]]:
    """Yield styles for all options together: all one number, then all pairs; and each style of flags and labels."""
    roles = [slot.role for slot in read.slots if slot.role in STYLES]
    plain = [role for role in roles if len(STYLES[role]) == 1]
    both = [role for role in roles if role in ("stride", "pad", "dilation", "output_pad", "kernel")]
    kinds = [role for role in roles if role not in plain and role not in both]
    for places in ((0, 0), (1, 1)) if both else ((0, 0),):
        for chosen in product(*(STYLES[role] for role in kinds)):
            yield {
                **{role: STYLES[role][0] for role in plain},
                **{role: STYLES[role][min(places[0], len(STYLES[role]) - 1)] for role in both},
                **dict(zip(kinds, chosen, strict=True)),
            }


def layouts_of(group: Group, read: Read) -> Iterator[Layouts]:
    """Yield the layouts of all tensors that people use together, the likeliest first."""
    name = group.layer.name
    if name in ("conv2d", "conv_transpose2d"):
        vectors = VECTORS if read.has("b") else VECTORS[:1]
        yield from (
            {"x": image, "out": out, "w": filters, "b": vector}
            for vector, (image, out), filters in product(vectors, _planes(group), FILTERS)
        )
    elif name in ("max_pool2d", "avg_pool2d"):
        yield from ({"x": image, "out": image} for image in _ordered(group, IMAGES))
    elif name == "affine":
        vectors = VECTORS[:3] if read.has("b") else VECTORS[:1]
        yield from (
            {"x": rows, "out": rows, "w": matrix, "b": vector}
            for vector, rows, matrix in product(vectors, ROWS, MATRICES)
        )
    elif name in ("spatial_batch_norm", "group_norm"):
        yield from (_normalised(image, vector) for image in _ordered(group, IMAGES[:2]) for vector in VECTORS[:6])
    elif name in ("batch_norm", "layer_norm"):
        yield from (_normalised(rows, vector) for rows in ROWS[:2] for vector in VECTORS[:3])
    elif group.layer.shapes.is_loss:
        yield from ({"x": rows} for rows in ROWS[:2])
    else:
        yield {}


def _normalised(x: Layout, vector: Layout) -> Layouts:
    scales = dict.fromkeys(("gamma", "beta", "running_mean", "running_var"), vector)
    return {"x": x, "out": x, **scales}


def _ordered(group: Group, layouts: tuple[Layout, ...]) -> list[Layout]:
    """Return the layouts, those first that a function's name announces: ``conv2d_nhwc``."""
    found = group.forward or group.backward[0]
    announced = [each for each in layouts if each.name.lower() in found.manner]
    return [*announced, *(each for each in layouts if each not in announced)]


def _planes(group: Group) -> Iterator[tuple[Layout, Layout]]:
    """Yield layouts of a convolution's image and of its output: maps of one plane may come first or last."""
    for image in _ordered(group, IMAGES):
        yield image, image
        if "c" in image.fixed:
            yield from ((image, IMAGES[2]), (image, IMAGES[3]))


def _scaled_loss(start: Fit, members: Members) -> Fit | None:
    """Return the fit of a loss that is a constant times ours: the sum over the batch, or half of the mean."""
    layer = start.group.layer
    for layouts in layouts_of(start.group, start.read):
        for styles in _first_styles(start.read):
            for scale in (("n", 1.0), ("", 0.5), ("n", 0.5)):
                fit = replace(start, layouts=layouts, styles=styles, scale=scale)
                if tried(way_of(fit, members), back=False).forward is Agreement.RIGHT and layer.shapes.is_loss:
                    return fit
    return None


# Options: the widest style that works.

ASKED: Mapping[str, Mapping[str, Any]] = {
    "stride": {"stride": (2, 2)},
    "pad": {"pad": ((1, 1), (1, 1))},
    "dilation": {"dilation": (2, 2)},
    "output_pad": {"stride": (3, 3), "output_pad": (1, 1)},
}
PAIRS: Mapping[str, Mapping[str, Any]] = {
    "stride": {"stride": (2, 1)},
    "pad": {"pad": ((0, 0), (1, 1))},
    "dilation": {"dilation": (1, 2)},
    "output_pad": {"stride": (3, 2), "output_pad": (1, 0)},
    "kernel": {"kernel": (3, 2)},
}
SIDES = {"pad": {"pad": ((1, 0), (0, 1))}}


def _with_options(fit: Fit, members: Members) -> Fit:
    """Return the fit with a style for each option: a pair where that is right, else one number."""
    for slot in fit.read.slots:
        if slot.role in PAIRS:
            fit = replace(fit, styles={**fit.styles, slot.role: _style(fit, slot, members)})
    return fit


def _style(fit: Fit, slot: Slot, members: Members) -> Style:
    role, styles = slot.role, STYLES[slot.role]
    if role == "pad" and _right_at(fit, members, role, styles[2], SIDES[role]):
        return styles[2]
    if _right_at(fit, members, role, styles[1], PAIRS[role]):
        return styles[1]
    if role == "pad" and isinstance(slot.default, str):
        return styles[3]
    return styles[0] if role in ASKED or fit.styles[role] is styles[0] else fit.styles[role]


def _right_at(fit: Fit, members: Members, role: str, style: Style, changes: Mapping[str, Any]) -> bool:
    """Return whether an option in a style gives the layer's output where it matters."""
    params = {**probe_of(fit.group.layer).params, **changes}
    other = replace(fit, styles={**fit.styles, role: style})
    found = tried(way_of(other, members), params, back=False)
    return found.forward is Agreement.RIGHT


# Backward: what is passed, and in which order the gradients come.


def _with_backward(fit: Fit, members: Members) -> Fit:
    """Return the fit with the backward functions of its group; of a loss, gradient and value may come together."""
    fused = replace(fit, is_fused=True)
    if not fit.group.backward:
        is_loss = fit.group.layer.shapes.is_loss
        return fused if is_loss and _tried_backward(fused, members) >= Agreement.SHAPED else fit
    backs = [_back(fit, found, members) for found in fit.group.backward]
    return replace(fit, backs=tuple(back for back in backs if back is not None))


def _back(fit: Fit, found: Found, members: Members) -> Back | None:
    """Return the way to call a backward that agrees best with the layer's gradients."""
    best, top = None, Agreement.REFUSED
    for back in islice(_backs(fit, found), MOST_WAYS):
        now = _tried_backward(replace(fit, backs=(back,)), members)
        if best is None or now > top:
            best, top = back, now
        if top is Agreement.RIGHT:
            break
    return best


def _tried_backward(fit: Fit, members: Members) -> Agreement:
    found = tried(way_of(fit, members))
    return Agreement.REFUSED if found.backward is None else found.backward


def _backs(fit: Fit, found: Found) -> Iterator[Back]:
    """Yield every reading of a backward's arguments and results, the likeliest first."""
    read = read_backward(fit.group.layer, found.declared.parameters)
    named = _dout_by_place(read)
    is_derivative = not named.has("dout") and not fit.group.layer.shapes.is_loss
    if is_derivative and len(named.slots) > 1 and fit.group.layer.shapes.inputs is None:
        return
    unclear = [slot for slot in named.slots if slot.role in ("", "cache", "x", "out", "mask", "y")]
    choices = [_choices(fit, slot) for slot in unclear]
    for order in _orders(fit, found):
        for chosen in product(*choices):
            sources = {slot.name: source for slot, source in zip(unclear, chosen, strict=True) if source}
            yield Back(
                name=found.name, read=named, sources=sources, order=order, is_derivative=is_derivative
            )


def _dout_by_place(read: Read) -> Read:
    """Return the same with the first open argument as dout, if none has its name and another follows."""
    if read.has("dout") or not read.open or len(read.slots) < 2:
        return read
    first = read.open[0].name
    slots = tuple(replace(slot, role="dout") if slot.name == first else slot for slot in read.slots)
    return Read(slots=slots, open=read.open[1:], unpassed=read.unpassed)


def _choices(fit: Fit, slot: Slot) -> tuple[str, ...]:
    """Return what an argument may be passed: what its name says, then what forward left."""
    left = ("rest", "rest0", "rest1", "rest2")
    is_elementwise = roles_of(fit.group.layer)[:2] in (("x",), ("x", "slope"))
    if slot.role == "x":
        return ("x", "out") if is_elementwise else ("x", *left[:2])
    if slot.role == "out":
        return ("out", "x", "rest")
    if slot.role == "y":
        return ("",)
    if slot.role == "mask":
        return (*left, "mask", "x", "out")
    return (*left, "out", "x", "inputs", "all")


def _orders(fit: Fit, found: Found) -> Iterator[tuple[str, ...]]:
    """Yield the tensors whose gradients come back, in the orders in which people return them."""
    wanted = probe_of(fit.group.layer).but(params=_expressed(fit)(probe_of(fit.group.layer).params)).wanted
    if found.tensor is not None:
        yield (found.tensor,)
        return
    yield from permutations(wanted)
    if len(wanted) > 1:
        yield from (("x",), *(wanted[:count] for count in range(2, len(wanted))))


def _with_backward_alone(start: Fit, members: Members) -> Fit | Unfit:
    """Return how a backward is called that needs no forward: its arguments are the inputs."""
    best, top = None, Agreement.REFUSED
    for layouts in layouts_of(start.group, Read(slots=(Slot(name="b", role="b"),))):
        fit = replace(start, layouts=layouts)
        backs = tuple(filter(None, (_alone(fit, found, members) for found in start.group.backward)))
        now = _tried_backward(replace(fit, backs=backs), members) if backs else Agreement.REFUSED
        if best is None or now > top:
            best, top = replace(fit, backs=backs), now
        if top is Agreement.RIGHT:
            break
    if best is None or top < Agreement.SHAPED:
        return Unfit("no call was found that it accepts, and there is no forward to show what it means")
    return best


def _alone(fit: Fit, found: Found, members: Members) -> Back | None:
    return _back(fit, found, members)
