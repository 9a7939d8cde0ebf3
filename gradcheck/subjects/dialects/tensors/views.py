"""Functions of tensors seen as functions of arrays: then they are fitted and judged as plain functions are.

A view has a group of such functions, which may be parts of one class, and what their arguments mean.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from gradcheck.calling import attribute
from gradcheck.calling.signature import Described, described
from gradcheck.contract import Layer, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import habit
from gradcheck.subjects.dialects.dialect import Express, Members
from gradcheck.subjects.dialects.functions import judged, unjudged
from gradcheck.subjects.dialects.functions.calls import Fit
from gradcheck.subjects.dialects.functions.finding import Found, Group
from gradcheck.subjects.dialects.functions.fitting import Unfit, fitted, way_of
from gradcheck.subjects.dialects.inferred.arguments import Read
from gradcheck.subjects.dialects.inferred.constants import CANDIDATES, activation_of, constant
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, probe_of, tried
from gradcheck.subjects.dialects.tensors.narrow import narrowed

Function = Callable[..., Any]

POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
CACHED = Described(
    signature=inspect.Signature([inspect.Parameter(name, POSITIONAL) for name in ("dout", "cache")])
)
"""A backward that takes dout and what forward left."""


@dataclass(frozen=True, kw_only=True)
class View:
    """Functions of arrays that stand for an author's functions of tensors.

    Attributes
    ----------
    layer : str
        The layer.
    functions : mapping
        Part -> what the report calls it.
    forward, backward : callable
        The functions of arrays. Forward returns its output, or the output and what backward gets for its cache.
    declared, back_declared : Described
        What they are declared as.
    read : Read, optional
        What the arguments of forward mean, if that is not for its signature to say.
    is_derived : bool
        Whether backward is not the author's, but what a library of tensors recorded.
    order : tuple of str
        The tensors whose gradients backward returns, in order, if that is not to be found out.
    manner : str
        What the report says of how they are called.
    """

    layer: str
    functions: Mapping[str, str]
    forward: Function
    backward: Function | None
    declared: Described
    back_declared: Described = CACHED
    read: Read | None = None
    is_derived: bool = False
    order: tuple[str, ...] = ()
    manner: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> Layer:
        """The layer."""
        return BY_NAME[self.layer]

    @property
    def names(self) -> dict[str, str]:
        """What each function is called in messages: the derived backward has no name of its own."""
        back = self.functions["backward"]
        return {**self.functions, "backward": f"the gradient of {back}" if self.is_derived else back}

    @property
    def members(self) -> dict[str, Any]:
        """The namespace of the functions of arrays."""
        back = {} if self.backward is None else {self.names["backward"]: self.backward}
        return {
            "seed_global_numbers": _nothing,
            **self.extra,
            self.functions["forward"]: self.forward,
            **back,
        }

    @property
    def group(self) -> Group:
        """The functions as a group of plain ones."""
        forward = self._found("forward", self.declared)
        back = () if self.backward is None else (self._found("backward", self.back_declared),)
        return Group(layer=self.spec, forward=forward, backward=back)

    def _found(self, part: str, declared: Described) -> Found:
        name = self.names[part]
        return Found(
            name=name, layer=self.layer, part=part, tensor=None, manner=frozenset(), declared=declared
        )


def _nothing(seed: int) -> None:
    """Seed nothing: calls on PyTorch's tensors are seeded one by one."""


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
    if view.is_derived and fit.backs and (came.backward or Agreement.REFUSED) < Agreement.SHAPED:
        # No gradient was recorded: the author promised none.
        fit = replace(fit, backs=(), group=replace(fit.group, backward=()))
        came = tried(way_of(fit, members), back=False)
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


def signature_without(declared: Described, *names: str) -> Described:
    """Return a function's declaration without its first parameters of these names: self, ctx."""
    parameters = list(declared.parameters)
    while parameters and parameters[0].name in names:
        parameters = parameters[1:]
    return replace(declared, signature=inspect.Signature(parameters))


def is_library(declared: Described) -> bool:
    """Return whether PyTorch itself has a function or a class, and not the file that imports it."""
    return declared.module.partition(".")[0] == "torch"


def method(members: Members, owner: str, name: str) -> Described:
    """Return what a method of a class is declared as."""
    try:
        return described(attribute(f"{owner}.{name}", members[owner], name))
    except SubjectError:
        return Described()
