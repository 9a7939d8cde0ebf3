"""How a view is called: found by small calls, like plain functions; and the subject that it becomes."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gradcheck.contract import Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import habit
from gradcheck.subjects.dialects.dialect import Express, Members
from gradcheck.subjects.dialects.functions import judged, unjudged
from gradcheck.subjects.dialects.functions.calls import Fit
from gradcheck.subjects.dialects.functions.fitting import Unfit, fitted, way_of
from gradcheck.subjects.dialects.inferred.constants import CANDIDATES, activation_of, constant
from gradcheck.subjects.dialects.inferred.unlike import why_passed_on, why_unlike
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, probe_of, tried
from gradcheck.subjects.dialects.tensors.narrow import narrowed
from gradcheck.subjects.dialects.tensors.views import View


@dataclass(frozen=True)
class Seen:
    """How a view is called, and what came of a small call; or why it cannot be."""

    view: View
    fit: Fit | Unfit
    came: Tried | None = None
    notes: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        """What it is compared by."""
        return self.came.rank if self.came else (-1, -1)

    @property
    def is_understood(self) -> bool:
        """Whether forward gives an output of the layer's shape."""
        return self.came is not None and self.came.forward >= Agreement.SHAPED

    @property
    def is_stub(self) -> bool:
        """Whether forward is not implemented, or needs a package that is not there."""
        return self.came is not None and self.came.is_stub


def seen(view: View) -> Seen:
    """Return how a view is called."""
    members = view.members
    fit = fitted(view.group, members, view.read)
    if isinstance(fit, Unfit):
        return Seen(view, fit)
    fit = _with_constants(replace(fit, express=partial(_without_blind_windows, fit.express)), members)
    if isinstance(fit, Unfit):
        return Seen(view, fit)
    if view.order:
        fit = replace(fit, backs=tuple(replace(back, order=view.order) for back in fit.backs))
    came = tried(way_of(fit, members))
    if came.forward is Agreement.SHAPED:
        also = activation_of(way_of(fit, members))
        if also is not None:
            return Seen(view, Unfit(f"it gives {also} of the layer's output"))
    unlike = why_unlike(way_of(fit, members))
    if unlike is not None:
        return Seen(view, Unfit(unlike))
    if view.is_derived and fit.backs and (came.backward or Agreement.REFUSED) < Agreement.SHAPED:
        # No gradient was recorded: the author promised none.
        fit = replace(fit, backs=(), group=replace(fit.group, backward=()))
        came = tried(way_of(fit, members), back=False)
    passed_on = why_passed_on(way_of(fit, members))
    if passed_on is not None:
        fit = replace(fit, backs=(), group=replace(fit.group, backward=()))
        return Seen(view, fit, tried(way_of(fit, members), back=False), (passed_on,))
    fit, notes = narrowed(fit, came, members)
    return Seen(view, fit, came, notes)


def _with_constants(fit: Fit, members: Members) -> Fit | Unfit:
    """Return the fit for the numbers that stand in the author's code, where they are no arguments."""
    way = way_of(fit, members)
    if fit.group.layer.name == "dropout" and not any(fit.read.has(role) for role in PROBABILITIES):
        return Unfit("no argument is the probability")
    for parameter in CANDIDATES:
        if parameter in probe_of(fit.group.layer).params and not fit.read.has(parameter):
            value = constant(way, parameter)
            if parameter == "slope" and math.frexp(value)[0] != 0.5:
                return Unfit(f"its slope is {value}, whose products are not exact")
            fit = replace(fit, express=partial(_fixed, fit.express, parameter, value))
    return fit


PROBABILITIES = ("keep_prob", "drop_prob", "keep_or_drop", "mask")


def _fixed(express: Express, parameter: str, value: float, params: Params) -> dict[str, Any]:
    return {**express(params), parameter: value}


def _without_blind_windows(express: Express, params: Params) -> dict[str, Any]:
    """A dilated window may see nothing but padding: there PyTorch's max-pooling writes behind the end of dx."""
    nearest = express(params)
    is_blind = "dilation" in nearest and "kernel" in nearest and any(map(any, nearest["pad"]))
    return {**nearest, "dilation": (1, 1)} if is_blind else nearest


def dimensioned(view: View) -> Iterator[View]:
    """Yield a batch norm of vectors, and of images, whatever its name says; other layers as they are."""
    yield view
    other = {"batch_norm": "spatial_batch_norm", "spatial_batch_norm": "batch_norm"}.get(view.layer)
    if other is not None:
        yield replace(view, layer=other)


def best_of(views: Iterable[View]) -> Seen | None:
    """Return the view that agrees best, the first of equal ones; one that is right ends the search."""
    top: Seen | None = None
    for view in views:
        found = seen(view)
        if top is None or found.rank > top.rank:
            top = found
        if found.rank == (Agreement.RIGHT, Agreement.RIGHT):
            break
    return top


def subject_of_view(found: Seen) -> Subject:
    """Return the subject of a view, judged or not."""
    view = found.view
    if isinstance(found.fit, Unfit):
        return replace(unjudged(view.group, found.fit.why), functions=dict(view.functions))
    subject = judged(found.fit, view.members)
    texts = {
        part: f"{text} ({view.manner})" if view.manner else text
        for part, text in subject.interface.understood.items()
    }
    if view.is_derived and "backward" in texts:
        texts["backward"] = f"{view.functions['backward']}: its gradient, as the tensors recorded it"
    return replace(
        subject,
        functions=dict(view.functions),
        interface=replace(subject.interface, understood=texts),
        notes=(*subject.notes, *map(habit, found.notes)),
    )
