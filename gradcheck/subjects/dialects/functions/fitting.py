"""How a group of functions is called: found by one small call each, first forward, then options, then backward."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, permutations, product
from math import frexp
from typing import Any

from gradcheck.calling.signature import shown
from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.layers.loss import is_label
from gradcheck.subjects.dialects.dialect import Express, Members
from gradcheck.subjects.dialects.functions.calls import Back, Fit, Narrowing, call
from gradcheck.subjects.dialects.functions.finding import Found, Group
from gradcheck.subjects.dialects.functions.keeping import keeping
from gradcheck.subjects.dialects.inferred.arguments import Read, Slot, read_backward, read_forward, roles_of
from gradcheck.subjects.dialects.inferred.constants import constant
from gradcheck.subjects.dialects.inferred.factors import FACTORS
from gradcheck.subjects.dialects.inferred.layouts import (
    EACH_CHANNEL,
    FILTERS,
    IMAGES,
    LINES,
    MATRICES,
    MEANS,
    NO_RANK,
    ONE_LINE,
    OURS,
    ROWS,
    STACKED,
    VECTORS,
    Layout,
    narrowed,
)
from gradcheck.subjects.dialects.inferred.lines import limits
from gradcheck.subjects.dialects.inferred.styles import IGNORED_OR_NONE, PAD_WORDS, STYLES, Style, absent
from gradcheck.subjects.dialects.inferred.unlike import SURE, differs_by_more_than_a_constant
from gradcheck.subjects.dialects.inferred.ways import (
    IGNORING,
    NOT_IGNORING,
    Agreement,
    Way,
    is_theirs,
    probe_of,
    tried,
)
from gradcheck.subjects.dialects.inferred.words import ACTIVATIONS

UNCLEAR = ("", "cache", "x", "out", "mask", "y", "keep_prob")
"""Roles whose names are given to several things."""

MOST_STARTS = 300
"""Calls of a forward in search of its layouts."""

MOST_WAYS = 64
"""Calls of a backward whose arguments have names that say nothing."""

NEEDED = ("smoothing", "w", "W", "gamma", "beta", "y", "kernel", "size")
"""What a layer is not without: a norm that has no gamma is another layer. A bias may be absent."""

HALF = 0.5
"""The mantissa of a power of two."""

Layouts = Mapping[str, Layout]


@dataclass(frozen=True)
class Unfit:
    """Why no call was found for a group."""

    why: str


def fitted(group: Group, members: Members, known: Read | None = None) -> Fit | Unfit:
    """Return how a group's functions are called, or why that could not be found out.

    `known` is what the arguments of forward mean, where the caller knows.
    """
    read = known or _read(group)
    if isinstance(read, Unfit):
        return read
    start = Fit(group=group, read=read, express=partial(_express, read, group.layer))
    if group.forward is None:
        return _with_backward_alone(start, members)
    found = _with_forward(start, members)
    found = found if isinstance(found, Unfit) else _with_constants(found, members)
    if isinstance(found, Unfit):
        return found
    fit = _with_rank(_with_backward(found, members), members)
    return _with_limits(_with_ignored(_with_options(fit, members), members), members)


def _with_limits(fit: Fit, members: Members) -> Fit:
    """Return the fit of a pooling along a line without what it has no answer to, or another one by convention."""
    found = list(limits(fit.group.layer, _expressed(fit), partial(tried, way_of(fit, members))))
    steps = [fit.narrowing.express, *(each.express for each in found)]
    text = ", ".join(filter(None, (fit.narrowing.text, *(each.why for each in found))))
    return replace(fit, narrowing=Narrowing(text=text, express=partial(_one_by_one, steps))) if found else fit


def _one_by_one(steps: list[Express], params: Params) -> dict[str, Any]:
    found = dict(params)
    for step in steps:
        found = step(found)
    return found


def _with_constants(fit: Fit, members: Members) -> Fit | Unfit:
    """Return the fit with the parameters of the layer that stand in the author's code: an eps, a slope."""
    for parameter in ("eps", "slope", "alpha", "approximate"):
        is_passed = fit.read.has(parameter) or (parameter == "eps" and fit.read.has("options"))
        if parameter not in probe_of(fit.group.layer).params or is_passed:
            continue
        value = constant(way_of(fit, members), parameter)
        if parameter == "slope" and frexp(value)[0] != HALF:
            return Unfit(
                f"its slope is {value:g} in the code, whose products are not exact: pass it as an argument"
            )
        fit = replace(fit, constants={**fit.constants, parameter: value})
    return fit


def _read(group: Group) -> Read | Unfit:
    if group.forward is None:
        return Read(slots=())
    found = group.forward
    read = read_forward(group.layer, found.declared.parameters)
    if read.open:
        names = ", ".join(slot.name for slot in read.open)
        return Unfit(f"what {names} means in {shown(found.name, found.declared.signature)} is not known")
    lacks = [role for role in NEEDED if role in roles_of(group.layer) and not _has(read, role)]
    if lacks or not read.has("x"):
        names = ", ".join(lacks) or "x"
        return Unfit(f"{shown(found.name, found.declared.signature)} has no argument for the layer's {names}")
    return read


def _has(read: Read, role: str) -> bool:
    """Return whether there is an argument for something that a layer needs; a window may come in two, or in a dict."""
    others = ("kernel_h", "options") if role == "kernel" else ()
    return any(read.has(each) for each in (role, *others))


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
    ignored = read.slot("ignore_index")
    if ignored is not None and is_label(ignored.default):
        nearest["label"] = str(ignored.default)
    if "mode" in nearest and "training" not in roles and "options" not in roles:
        running = read.slot("running_mean")
        nearest["mode"] = "eval" if running is not None and not running.is_optional else "train"
    return nearest


def _expressed(fit: Fit) -> Express:
    """Return what a fit can express: by its arguments, its styles and its layouts."""

    def express(params: Params) -> dict[str, Any]:
        nearest = fit.express(params)
        for style in fit.styles.values():
            nearest = style.express(nearest)
        nearest = {**fit.narrowing.express(nearest), **fit.constants}
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


def _square_window(params: Params) -> dict[str, Any]:
    side = {"kernel": (params["kernel"][0],) * 2} if "kernel" in params else {"kw": params["kh"]}
    return {**params, **side}


def _square_plane(params: Params) -> dict[str, Any]:
    return {**_square_window(params), "w": params["h"]}


def _one_filter(params: Params) -> dict[str, Any]:
    return {**params, "m": 1}


def narrowings(layer: Layer) -> Iterator[Narrowing]:
    """Yield none, and then those in which people write a layer: square windows, square planes."""
    yield Narrowing()
    if "kh" in (params := probe_of(layer).params) or len(params.get("kernel", ())) == 2:
        yield Narrowing(text="square windows only", express=_square_window)
        yield Narrowing(text="square windows and planes only", express=_square_plane)
    if layer.name == "depthwise_conv2d":
        yield Narrowing(text="one filter for each channel only", express=_one_filter)
        yield Narrowing(
            text="square windows and one filter for each channel only",
            express=lambda params: _square_window(_one_filter(params)),
        )


# Forward: layouts, and one style for each option.


def _with_forward(start: Fit, members: Members) -> Fit | Unfit:
    """Return the first fit whose output is the layer's, or else has its shape."""
    problem, shaped = "", None
    for narrowing in narrowings(start.group.layer):
        found = _searched(replace(start, narrowing=narrowing), members)
        if isinstance(found, Unfit):
            problem = problem or found.why
            continue
        # A dictionary has a window's size under one key or two: which of them the author reads is only seen by trying.
        if not start.read.has("options") or "kernel" not in start.group.layer.cases.grammar.names:
            return found
        if tried(way_of(found, members), back=False).forward is Agreement.RIGHT:
            return found
        shaped = shaped or found
    if shaped is not None:
        return shaped
    kept = (
        _searched(replace(start, narrowing=each), members) for each in keeping(start.group.layer, start.read)
    )
    if fits := [each for each in kept if isinstance(each, Fit)]:
        best = max(fits, key=lambda each: tried(way_of(each, members), back=False).forward)
        # Along a line people pad in more ways than are known here.
        is_right = tried(way_of(best, members), back=False).forward is Agreement.RIGHT
        if is_right or start.group.layer.name != "conv1d":
            return best
    if start.group.layer.shapes.is_loss:
        scaled = _scaled_loss(start, members) or _loss_by_gradient(start, members)
        return scaled or Unfit("its value is not this loss of scores and labels, nor a multiple of it")
    return Unfit(f"no call was found that it accepts; one of them: {problem or 'an output of another shape'}")


def _searched(start: Fit, members: Members) -> Fit | Unfit:
    """Return the first fit whose output is the layer's, or else has its shape, where that says enough."""
    shaped: Fit | None = None
    right: Fit | None = None
    problem = ""
    for fit in islice(_starts(start), MOST_STARTS):
        if _is_for_one(fit) and shaped is not None:  # what takes a batch is no function of one sample
            continue
        found = tried(way_of(fit, members), back=False)
        if found.is_stub:
            return fit
        is_right = found.forward is Agreement.RIGHT and _is_right_again(fit, members)
        if is_right and _goes_back(fit, members):
            return fit
        if is_right:
            right = right or fit
        if found.forward is Agreement.SHAPED and shaped is None:
            shaped = fit
        problem = problem or found.problem
    if right is not None:
        return right
    if shaped is None or start.group.layer.shapes.is_loss:
        return Unfit(problem)
    if start.read.unpassed:  # what is never passed may be why its values differ
        return Unfit(
            f"its values differ from the layer's, and {', '.join(start.read.unpassed)} may be the reason"
        )
    return shaped


def _loss_by_gradient(start: Fit, members: Members) -> Fit | None:
    """Return the fit of a loss whose gradient is right, so that its value is wrong, and not that of another loss.

    Unless the gradient says which loss is meant, its value must differ by something that depends on x.
    """
    name = start.group.layer.name
    for fit in _starts(start) if name in (*SURE, "kl_div_loss", "smoothed_softmax_loss") else ():
        if tried(way_of(fit, members), back=False).forward is not Agreement.SHAPED or _is_for_one(fit):
            continue
        for scale in FACTORS:
            scaled = replace(fit, scale=scale)
            if not _is_right_back(scaled, members):
                continue
            if (scale == "1" and name in SURE) or differs_by_more_than_a_constant(way_of(scaled, members)):
                return scaled
    return None


def _is_right_back(fit: Fit, members: Members) -> bool:
    """Return whether the gradient of a loss is right on two geometries: a mean over other axes is so on one only."""
    whole = _with_backward(fit, members)
    if _tried_backward(whole, members) is not Agreement.RIGHT:
        return False
    way, layer = way_of(whole, members), fit.group.layer
    again = tried(way, way.express(layer.cases.grammar.read(AGAIN[layer.name])))
    return again.backward is Agreement.RIGHT


def _goes_back(fit: Fit, members: Members) -> bool:
    """Return whether the backward that belongs to it gives gradients of the right shapes."""
    return (
        not fit.group.backward or _tried_backward(_with_backward(fit, members), members) >= Agreement.SHAPED
    )


def _is_for_one(fit: Fit) -> bool:
    """Return whether a loss is called with one sample."""
    return fit.group.layer.shapes.is_loss and "n" in fit.layout("x").fixed


def _starts(start: Fit) -> Iterator[Fit]:
    for layouts in layouts_of(start.group, start.read):
        for styles in _first_styles(start.read):
            yield replace(start, layouts=layouts, styles=styles)


def _first_styles(read: Read) -> Iterator[dict[str, Style]]:
    """Yield styles for all options: all one number, all pairs, then mixed; and each style of flags and labels."""
    roles = [slot.role for slot in read.slots if slot.role in STYLES]
    plain = [role for role in roles if len(STYLES[role]) == 1]
    both = [role for role in roles if role in ("stride", "pad", "dilation", "output_pad", "kernel", "size")]
    kinds = [role for role in roles if role not in plain and role not in both]
    for places in sorted(product((0, 1), repeat=len(both)), key=lambda each: len(set(each))):
        for chosen in product(*(STYLES[role] for role in kinds)):
            yield {
                **{role: STYLES[role][0] for role in plain},
                **{role: STYLES[role][place] for role, place in zip(both, places, strict=True)},
                **_by_default(read),
                **dict(zip(kinds, chosen, strict=True)),
            }


def _by_default(read: Read) -> dict[str, Style]:
    """Return the styles that a default shows: a padding is a word (``padding="SAME"``), a label to ignore is None."""
    found = {}
    pad, ignored = read.slot("pad"), read.slot("ignore_index")
    if pad is not None and isinstance(pad.default, str):
        found["pad"] = PAD_WORDS["upper" if pad.default.isupper() else "lower"]
    if ignored is not None and ignored.default is None:
        found["ignore_index"] = IGNORED_OR_NONE
    return found


def layouts_of(group: Group, read: Read) -> Iterator[Layouts]:
    """Yield the layouts of all tensors that people use together, the likeliest first."""
    name = group.layer.name
    vectors: tuple[Layout, ...]
    if name in ("conv2d", "conv_transpose2d"):
        vectors = VECTORS if read.has("b") else VECTORS[:1]
        yield from (
            {"x": image, "out": out, "w": filters, "b": vector}
            for vector, (image, out), filters in product(vectors, _planes(group), FILTERS)
        )
    elif name == "depthwise_conv2d":
        yield from (
            {"x": image, "out": image, "w": filters}
            for image, filters in product((OURS, IMAGES[1]), EACH_CHANNEL)
        )
    elif name in ("max_pool2d", "avg_pool2d"):
        yield from ({"x": image, "out": image} for image in _ordered(group, IMAGES))
    elif name in ("max_pool1d", "avg_pool1d"):
        yield from ({"x": line, "out": line} for line in (*LINES, *ONE_LINE))
    elif name == "affine":
        vectors = VECTORS[:3] if read.has("b") else VECTORS[:1]
        yield from (
            {"x": rows, "out": rows, "w": matrix, "b": vector}
            for batch in (ROWS[:2], ROWS[2:])
            for vector, rows, matrix in product(vectors, batch, MATRICES)
        )
    elif name in ("spatial_batch_norm", "group_norm", "instance_norm"):
        images = (
            IMAGES[:2] if name == "spatial_batch_norm" else IMAGES[:4]
        )  # a batch norm of one image is another layer
        yield from (_normalised(image, vector) for image in _ordered(group, images) for vector in VECTORS[:6])
    elif name in ("batch_norm", "layer_norm", "rms_norm"):
        yield from (_normalised(rows, vector) for rows in ROWS[:2] for vector in VECTORS[:3])
    elif name == "global_avg_pool2d":
        yield from ({"x": image, "out": out} for image in IMAGES[:2] for out in (OURS, *MEANS))
    elif group.layer.shapes.is_loss:
        yield from ({"x": rows} for rows in ROWS[:2])
        yield {"x": ROWS[2], "y": ROWS[2]}
    else:
        yield {}
        if name not in (
            "softmax",
            "log_softmax",
        ):  # one over the first axis, or over all values, is right on one sample, too
            yield {"x": ROWS[2], "out": ROWS[2]}


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
    """Return the fit of a loss that is a constant times ours: a sum over the batch or the features, or a half."""
    takes_a_batch = False
    for each in _starts(start):
        found = tried(way_of(each, members), back=False)
        takes_a_batch = takes_a_batch or (not _is_for_one(each) and found.forward >= Agreement.SHAPED)
        if _is_for_one(each) and takes_a_batch:
            continue
        for scale in FACTORS:
            fit = replace(each, scale=scale)
            found = tried(way_of(fit, members), back=False)
            if found.forward is Agreement.RIGHT and _is_right_again(fit, members):
                return fit
    return None


AGAIN = {
    "softmax_loss": "n3c2",
    "smoothed_softmax_loss": "n3c2_t0.2",
    "svm_loss": "n2c3_m1",
    "mse_loss": "n2d8",
    "l1_loss": "n2d8",
    "huber_loss": "n2d8_m1",
    "bce_loss": "n2d8",
    "bce_with_logits_loss": "n2d8",
    "kl_div_loss": "n2d8",
}
"""Loss -> another geometry: a mean over other axes is the same number on one geometry only."""


def _is_right_again(fit: Fit, members: Members) -> bool:
    """Return whether a loss agrees with the layer's on another geometry; other layers need none: one output decides."""
    geometry = AGAIN.get(fit.group.layer.name)
    if geometry is None:
        return True
    params = fit.group.layer.cases.grammar.read(geometry)
    way = way_of(fit, members)
    return tried(way, way.express(params), back=False).forward is Agreement.RIGHT


# Rank: what is asked of samples that are images or sequences.


def _with_rank(fit: Fit, members: Members) -> Fit:
    """Return the fit for samples of as many axes as the function takes, normalised over all of them or the last."""
    geometry = RANKS.get(fit.group.layer.name)
    if geometry is None:
        return fit
    deep = fit.group.layer.cases.grammar.read(geometry)
    is_deep = _holds(fit, fit, deep, members)
    flat = fit if is_deep else replace(fit, narrowing=FLAT)
    is_of_rows = fit.group.layer.name in ("layer_norm", "rms_norm")
    if not is_of_rows or not (fit.read.has("dims") or not is_deep):
        return flat
    stacked = replace(flat, layouts={**flat.layouts, "x": STACKED, "out": STACKED})
    sequence = fit.group.layer.cases.grammar.read("n6d5_e1e-05")
    # Who passes the axes to normalise over says that there may be others: what comes out is then the author's answer.
    least = Agreement.SHAPED if fit.read.has("dims") else Agreement.RIGHT
    if _holds(flat, stacked, sequence, members, least):
        return stacked
    return replace(flat, refused=(*flat.refused, NO_RANK)) if fit.read.has("dims") else flat


def _holds(
    fit: Fit, other: Fit, params: Params, members: Members, least: Agreement = Agreement.RIGHT
) -> bool:
    """Return whether another fit does at some parameters what a fit does on the probe.

    Its backward is to be as good, too: people write a forward for more than its backward is for. Gradients of the
    right shapes are enough where an output of the right shape is.
    """
    found = tried(way_of(other, members), params)
    before = _tried_backward(fit, members)
    return found.forward >= least and (found.backward or Agreement.REFUSED) >= min(before, least)


def _flat(params: Params) -> dict[str, Any]:
    return {**params, "dims": params["dims"][:1]}


FLAT = Narrowing(text="flat samples only", express=_flat)
RANKS = {
    "affine": "n2d3x2_m4",
    "layer_norm": "n2d3x4_e1e-05",
    "rms_norm": "n2d3x4_e1e-05",
    **dict.fromkeys(
        ("softmax", "log_softmax", "mse_loss", "l1_loss", "bce_loss", "bce_with_logits_loss"), "n2d3x4"
    ),
    "huber_loss": "n2d3x4_m1",
    "kl_div_loss": "n2d3x4",
}
"""Layer -> a geometry with samples of two axes."""


# Options: the widest style that works.

PAIRS: Mapping[str, Mapping[str, Any]] = {
    "stride": {"stride": (2, 1)},
    "pad": {"pad": ((0, 0), (1, 1))},
    "dilation": {"dilation": (1, 2)},
    "output_pad": {"stride": (3, 2), "output_pad": (1, 0)},
    "kernel": {"kernel": (3, 2)},
    "size": {"size": (2, 3)},
}
TRIPLES: Mapping[str, Mapping[str, Any]] = {
    "stride": {"stride": (2, 1, 2)},
    "pad": {"pad": ((0, 0), (1, 1), (0, 0))},
    "dilation": {"dilation": (1, 2, 1)},
}
SIDES = {"pad": {"pad": ((1, 0), (0, 1))}}


def _with_options(fit: Fit, members: Members) -> Fit:
    """Return the fit with a style for each option: a pair where that is right, else one number."""
    known = {1: {}, 3: TRIPLES}.get(len(probe_of(fit.group.layer).params.get("stride", ())), PAIRS)
    for slot in fit.read.slots:
        if slot.role in known:
            fit = replace(fit, styles={**fit.styles, slot.role: _style(fit, slot, known, members)})
    return fit


def _style(fit: Fit, slot: Slot, known: Mapping[str, Mapping[str, Any]], members: Members) -> Style:
    role, styles = slot.role, STYLES[slot.role]
    if isinstance(slot.default, str):
        return fit.styles[role]
    if role == "pad" and known is PAIRS and _right_at(fit, members, role, styles[2], SIDES[role]):
        return styles[2]
    if _right_at(fit, members, role, styles[1], known[role]):
        return styles[1]
    return fit.styles[role]


def _right_at(fit: Fit, members: Members, role: str, style: Style, changes: Mapping[str, Any]) -> bool:
    """Return whether an option in a style gives what the layer does where it matters."""
    params = {**probe_of(fit.group.layer).params, **changes}
    other = replace(fit, styles={**fit.styles, role: style})
    return _holds(fit, other, params, members)


def _with_ignored(fit: Fit, members: Members) -> Fit:
    """Return the fit with labels that are ignored, where it takes them."""
    if not fit.read.has("ignore_index"):
        return fit
    params = fit.group.layer.cases.grammar.read(IGNORING)
    if _is_for_one(fit):
        return replace(fit, narrowing=COUNTING)
    if _expressed(fit)(params)["ignored"] == "none" or is_theirs(tried(way_of(fit, members), params)):
        return fit
    return replace(fit, narrowing=COUNTING, refused=(*fit.refused, NOT_IGNORING))


def _counting(params: Params) -> dict[str, Any]:
    return {**params, "ignored": "none"}


COUNTING = Narrowing(text="all labels count", express=_counting)


# Backward: what is passed, and in which order the gradients come.


def _with_backward(fit: Fit, members: Members) -> Fit:
    """Return the fit with the backward functions of its group; of a loss, gradient and value may come together."""
    fused = replace(fit, is_fused=True)
    if not fit.group.backward:
        is_loss = fit.group.layer.shapes.is_loss
        return fused if is_loss and _tried_backward(fused, members) >= Agreement.SHAPED else fit
    backs = tuple(filter(None, (_back(fit, found, members) for found in fit.group.backward)))
    stuck = next((why for back in backs if (why := _stuck(replace(fit, backs=(back,)), members))), "")
    return replace(fit, backs=backs, stuck=stuck)


def _stuck(fit: Fit, members: Members) -> str:
    """Return why a backward is not judged: it fails however it is called, and what its arguments mean is a guess."""
    (back,) = fit.backs
    if filled := [name for name in back.sources if name.lower() in FILLED]:
        return f"{back.name} writes gradients into what it is given: {', '.join(filled)}"
    found = tried(way_of(fit, members))
    guessed = [
        name for name, source in back.sources.items() if source != "rest" and not _says(back, name, source)
    ]
    is_run = found.is_stub or found.forward < Agreement.SHAPED
    if is_run or (found.backward or Agreement.REFUSED) > Agreement.RAISED or not guessed:
        return ""
    return f"no call was found that {back.name} accepts: what {', '.join(guessed)} means is not known ({found.problem})"


FILLED = frozenset({"dinp", "dinput", "dweight", "dbias", "dweights", "dx", "dw", "db", "dgamma", "dbeta"})
"""Arguments of a backward that are no upstream gradient: arrays that it fills, as code that came from C does."""


def _says(back: Back, name: str, source: str) -> bool:
    """Return whether an argument's name says what it is passed."""
    return any(slot.name == name and slot.role == source for slot in back.read.slots)


def _back(fit: Fit, found: Found, members: Members) -> Back | None:
    """Return the way to call a backward that agrees best with the layer's gradients."""
    best, top = None, Agreement.REFUSED
    for back in islice(_backs(fit, found), MOST_WAYS):
        found_now = tried(way_of(replace(fit, backs=(back,)), members))
        now = found_now.backward or Agreement.REFUSED
        if best is None or now > top:
            best, top = back, now
        if top is Agreement.RIGHT or found_now.is_stub:
            break
    return best


def _tried_backward(fit: Fit, members: Members) -> Agreement:
    found = tried(way_of(fit, members))
    return Agreement.REFUSED if found.backward is None else found.backward


def _backs(fit: Fit, found: Found) -> Iterator[Back]:
    """Yield every reading of a backward's arguments and results, the likeliest first."""
    read = read_backward(fit.group.layer, found.declared.parameters, fit.read)
    named = _dout_by_place(read)
    is_derivative = not named.has("dout") and not fit.group.layer.shapes.is_loss
    unclear = [slot for slot in named.slots if slot.role in UNCLEAR]
    choices = [_choices(fit, slot, is_derivative) for slot in unclear]
    averages = (
        (False, True) if fit.layout("x").axes == (1, 0) and fit.group.layer.name == "affine" else (False,)
    )
    for order, averaged in product(_orders(fit, found), averages):
        for chosen in product(*choices):
            sources = {slot.name: source for slot, source in zip(unclear, chosen, strict=True) if source}
            yield Back(
                name=found.name,
                read=named,
                sources=sources,
                order=order,
                is_derivative=is_derivative,
                averaged=averaged,
            )


def _dout_by_place(read: Read) -> Read:
    """Return the same with the first open argument as dout, if none has its name and another follows."""
    if read.has("dout") or not read.open or len(read.slots) < 2:
        return read
    first = read.open[0].name
    slots = tuple(replace(slot, role="dout") if slot.name == first else slot for slot in read.slots)
    return Read(slots=slots, open=read.open[1:], unpassed=read.unpassed)


def _choices(fit: Fit, slot: Slot, is_derivative: bool) -> tuple[str, ...]:
    """Return what an argument may be passed: what its name says, then what forward left."""
    left = ("rest", "rest0", "rest1", "rest2")
    is_elementwise = fit.group.layer.name in ACTIVATIONS or roles_of(fit.group.layer)[:2] == ("x",)
    if slot.role == "x":
        return ("x", "out") if is_elementwise and _may_be_out(fit, slot, is_derivative) else ("x", *left[:2])
    if slot.role == "out":
        return ("out", "x", "rest")
    if slot.role == "y":
        return ("",)
    if slot.role == "keep_prob":  # what was kept goes by the same name as how much of it
        return ("", "rest", "rest0")
    if slot.role == "mask":
        return (*left, "mask", "x", "out")
    return (*left, "out", "x", "inputs", "all")


def _may_be_out(fit: Fit, slot: Slot, is_derivative: bool) -> bool:
    """Return whether what is called x may be the output: not where forward calls its input by that very name.

    A derivative alone, sigmoid_derivative(x) = x (1 - x), is written of the output all the same.
    """
    of_forward = fit.read.slot("x")
    return is_derivative or of_forward is None or of_forward.name != slot.name


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
    reads = [
        read_backward(start.group.layer, found.declared.parameters, start.read)
        for found in start.group.backward
    ]
    if not all(read.has("dout") for read in reads):
        return Unfit("it has no argument for the upstream gradient that is known by its name")
    if any(read.open or read.has("cache") or read.has("out") for read in reads):
        return Unfit("it needs what a forward leaves, and there is none that it belongs to")
    best, top = None, Agreement.REFUSED
    for layouts in layouts_of(start.group, Read(slots=(Slot(name="b", role="b"),))):
        fit = replace(start, layouts=layouts)
        backs = tuple(next(_backs(fit, found)) for found in start.group.backward)
        found_now = tried(way_of(replace(fit, backs=backs), members))
        now = found_now.backward or Agreement.REFUSED
        if best is None or now > top:
            best, top = replace(fit, backs=backs), now
        if top is Agreement.RIGHT or found_now.is_stub:
            return best
    if best is None or top < Agreement.SHAPED:
        return Unfit("no call was found that it accepts, and there is no forward to show what it means")
    return best
