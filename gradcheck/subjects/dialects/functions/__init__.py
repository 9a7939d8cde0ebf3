"""Plain functions in anybody's interface: what their arguments mean is read from their names, and found by trying.

``conv2d(x, w, stride=1, padding=0)`` and ``conv2d_backward(dout, x, w, ...)``; one gradient by function; one image
without a batch; channels last; losses with their gradient or without.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from gradcheck.calling.signature import shown
from gradcheck.contract import PARTS, Layer, Subject
from gradcheck.layers import BY_NAME, JUDGED
from gradcheck.subjects.dialects.dialect import LENIENT, Members, not_judged
from gradcheck.subjects.dialects.evaluation import evaluation_of, skipping
from gradcheck.subjects.dialects.functions.calls import Back, Fit, said
from gradcheck.subjects.dialects.functions.finding import Found, Group, groups
from gradcheck.subjects.dialects.functions.fitting import Unfit, fitted, way_of
from gradcheck.subjects.dialects.inferred.layouts import Stacked
from gradcheck.subjects.dialects.inferred.unlike import why_passed_on, why_unlike
from gradcheck.subjects.dialects.inferred.ways import Agreement, Way, subject_of, tried
from gradcheck.subjects.dialects.inferred.words import role_of, words_of


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each group of functions that are named after a layer."""
    return tuple(_subject(group, members) for group in groups(members))


def _subject(group: Group, members: Members) -> Subject:
    if _is_smoothed(group):
        smoothed = replace(group, layer=JUDGED["smoothed_softmax_loss"])
        fit = fitted(smoothed, members)
        if not isinstance(fit, Unfit):
            return judged(fit, members)
    fit = fitted(group, members)
    for layer in _others(group) if isinstance(fit, Unfit) or not is_right(fit, members) else ():
        other = fitted(replace(group, layer=layer), members)
        if not isinstance(other, Unfit) and (isinstance(fit, Unfit) or is_right(other, members)):
            fit = other
            break
    if isinstance(fit, Unfit):
        return unjudged(group, fit.why)
    why = _why_unlike(fit, members)
    return judged(fit, members) if why is None else unjudged(group, why)


def _is_smoothed(group: Group) -> bool:
    """Return whether a softmax loss takes how much of its labels is spread over all classes."""
    parameters = group.forward.declared.parameters if group.forward else ()
    return group.layer.name == "softmax_loss" and any(
        role_of(each.name, ["smoothing"]) for each in parameters
    )


def _why_unlike(fit: Fit, members: Members) -> str | None:
    """Return why a fit is not judged: it may be another function of the same name."""
    name, way = fit.group.layer.name, way_of(fit, members)
    if name in ("softmax", "log_softmax") and not all(_takes_an_upstream(back) for back in fit.backs):
        return "its backward is not passed an upstream gradient by its name: it may be that of a loss"
    if name not in ("kl_div_loss", "gelu", "softmax", "log_softmax"):
        return None
    why = why_unlike(way) or why_passed_on(way)
    if (
        why is None
        and name in ("softmax", "log_softmax")
        and (tried(way).backward or Agreement.REFUSED) < Agreement.SHAPED
    ):
        return "no call of its backward gave a gradient of x's shape: it may be for one sample"
    return why


def _takes_an_upstream(back: Back) -> bool:
    """Return whether an argument of a backward is an upstream gradient by its name."""
    slot = back.read.slot("dout")
    return slot is not None and (slot.name[0] == "d" or role_of(slot.name, ("dout",)) is not None)


def _others(group: Group) -> Iterator[Layer]:
    """Yield the other layers that go by the same name: a batch norm of images, a pooling of means."""
    names = {word for found in (group.forward, *group.backward) if found for word in words_of(found.name)}
    if group.layer.name == "batch_norm":
        yield BY_NAME["spatial_batch_norm"]
    if group.layer.name == "max_pool2d" and not any("max" in name for name in names):
        yield BY_NAME["avg_pool2d"]


def is_right(fit: Fit, members: Members) -> bool:
    """Return whether a fit gives the layer's output on the probe."""
    found = tried(way_of(fit, members), back=False)
    return found.is_stub or found.forward is Agreement.RIGHT


def judged(fit: Fit, members: Members) -> Subject:
    """Return the subject that is called as a fit says."""
    way = way_of(fit, members)
    return subject_of(
        way,
        fit.group.functions,
        tuple(_parts(fit)),
        understood=dict(_understood(fit)),
        unpassed=tuple(_unpassed(fit)),
        refused=fit.refused,
        spoken=partial(said, fit) if _is_to_be_said(fit) else None,
        conventions=frozenset({"full-credit"}),
        lenient=LENIENT | {"large"} | _unsteady(way),
        skips=skipping(evaluation_of(way.layer, way.call, way.express)),
        misfit={"backward": fit.stuck} if fit.stuck else {},
    )


def _is_to_be_said(fit: Fit) -> bool:
    """Return whether the call says something that the case line does not: another rank, the label to ignore."""
    says_more = isinstance(fit.layout("x"), Stacked) or fit.read.has("ignore_index")
    return fit.group.forward is not None and says_more


def unjudged(group: Group, why: str) -> Subject:
    """Return the subject of functions that no call was found for: it is in the report, and is not judged."""
    parts = tuple(part for part in PARTS if (group.forward if part == "forward" else group.backward))
    return not_judged(group.layer, group.functions, dict.fromkeys(PARTS, why), parts)


def _parts(fit: Fit) -> Iterator[str]:
    if fit.group.forward is not None:
        yield "forward"
    if fit.backs or fit.is_fused:
        yield "backward"


def _understood(fit: Fit) -> Iterator[tuple[str, str]]:
    layouts = dict.fromkeys(each.name for each in fit.layouts.values() if each.name)
    styles = [style.text for style in fit.styles.values() if style.text]
    usual = {"1": [], "N": ["a sum over the batch"]}
    scale = usual.get(fit.scale, [f"the mean times {fit.scale}"])
    running = ["updated running statistics are not read"] if fit.group.layer.shapes.tracked else []
    details = ", ".join(filter(None, [*layouts, *styles, *scale, fit.narrowing.text, *running]))
    if fit.group.forward is not None:
        yield "forward", _line(fit.group.forward, details)
    if fit.is_fused and fit.group.forward is not None:
        yield "backward", _line(fit.group.forward, "gives the loss and its gradient")
    if fit.backs:
        yield "backward", "; ".join(map(partial(_line_of_back, fit), fit.backs))


def _line(found: Found, details: str) -> str:
    return f"{shown(found.name, found.declared.signature)}{f': {details}' if details else ''}"


def _line_of_back(fit: Fit, back: Back) -> str:
    (found,) = (each for each in fit.group.backward if each.name == back.name)
    guessed = [
        f"{name} is {_NAMES.get(source, source)}" for name, source in back.sources.items() if source != name
    ]
    gives = "the derivative" if back.is_derivative else ", ".join(f"d{name}" for name in back.order)
    mean = ["dw and db are means over the batch"] if back.averaged else []
    return _line(found, ", ".join([*guessed, f"gives {gives}", *mean]))


_NAMES = {
    "rest": "what forward returned with the output",
    "rest0": "forward's second result",
    "rest1": "forward's third result",
    "rest2": "forward's fourth result",
    "out": "the output",
    "inputs": "all inputs",
    "all": "all that forward returned",
}


def _unpassed(fit: Fit) -> Iterator[str]:
    yield from fit.read.unpassed
    for back in fit.backs:
        yield from back.read.unpassed


def _unsteady(way: Way) -> frozenset[str]:
    return frozenset({"repeatable", "reentrant", "layout"}) if way.draws_mask else frozenset()
