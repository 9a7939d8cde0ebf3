"""Layers that are objects: made with their parameters, called by ``forward`` and ``backward``, read by attribute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

from gradcheck.calling import LocalCall, attribute, gradients, guarded, invoke
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Layer, Missing, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.report import Finding
from gradcheck.subjects.dialects.adapter import Arguments, habit, written
from gradcheck.subjects.dialects.dialect import LENIENT, Express, Members, usual
from gradcheck.subjects.dialects.signatures import Reading, bound, form_of

SEED = 231


@dataclass(frozen=True)
class ObjectCall(LocalCall):
    """A forward call of an object, which keeps in its attributes what backward needs."""

    kept: Callable[[], tuple[Array, ...]] = tuple

    def cached(self) -> list[Array]:
        """Return the arrays that the object holds."""
        return list(self.kept())


def _as_it_came(params: Params, given: Any, result: Any) -> Any:
    return result


@dataclass(frozen=True)
class Turn:
    """From a class's own convention to ours: its output, and its gradient of x.

    Attributes
    ----------
    output : callable
        Parameters, tensors, its output -> the output.
    gradient : callable
        Parameters, dout, its dx -> dx.
    """

    output: Callable[[Params, Arrays, Any], Any] = _as_it_came
    gradient: Callable[[Params, Array, Any], Any] = _as_it_came


@dataclass(frozen=True, kw_only=True)
class LayerClass:
    """A layer as a class, and how it is used.

    Attributes
    ----------
    layer, name : str
        The layer that it implements, and what the class is called.
    made_with, arguments : mapping
        What is passed to the class, and to its forward.
    attributes : mapping
        Tensor -> the attribute in which its gradient is left, of all gradients but dx.
    express : callable
        Parameters -> the nearest ones that the class can express.
    turn : Turn
        From the class's own convention to ours.
    lenient : frozenset of str
        See `contract.Subject`.
    notes : tuple of Finding
        Habits that were found by trying.
    """

    layer: str
    name: str
    made_with: Arguments = field(default_factory=dict)
    arguments: Arguments = field(default_factory=lambda: {"x": "x"})
    attributes: Mapping[str, str] = field(default_factory=dict)
    express: Express = dict
    turn: Turn = Turn()
    lenient: frozenset[str] = LENIENT
    notes: tuple[Finding, ...] = ()

    variant: ClassVar[str] = ""
    """What distinguishes this way to use a class from another one, in a report."""

    def noting(self, message: str, **changes: Any) -> "LayerClass":
        """Return the same with some fields changed, and with a note that says why."""
        return replace(self, notes=(*self.notes, habit(message)), **changes)

    @property
    def spec(self) -> Layer:
        """The layer that the class implements."""
        return BY_NAME[self.layer]


def declared(used: LayerClass, members: Members) -> Reading:
    """Return what the class's constructor and its two methods say to this family's calls."""
    reading, made = Reading(), members[used.name]
    reading.add("forward", bound(used.name, made, form_of(tuple(used.made_with))))
    for part, names in {"forward": tuple(used.arguments), "backward": ("dout",)}.items():
        method = attribute(used.name, made, part)
        label = f"{used.name}.{part}"
        if method is None:
            reading.misfit.setdefault(part, f"{used.name} has no method {part}")
        else:
            reading.add(part, bound(label, method, form_of(("self", *names))))
    return reading


def subject_of(used: LayerClass, members: Members) -> Subject:
    """Return the subject that a class is."""
    interface = usual(used.express, draws_mask=used.layer == "dropout", lenient=used.lenient, skips=_skips)
    return Subject(
        layer=used.spec,
        functions={part: f"{used.name}.{part}{used.variant}" for part in ("forward", "backward")},
        forward=partial(call, used, members),
        notes=used.notes,
        interface=declared(used, members).onto(interface),
    )


def _skips(part: str, params: Params) -> str | None:
    if part == "backward" and params.get("mode") == "eval":
        return "this interface has no backward at test time"
    return None


def call(used: LayerClass, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Make an object and call its forward. Raises SubjectError."""
    name = used.name
    if "mask" in tensors:
        guarded(name, members["seed_global_numbers"], SEED)
    layer = guarded(name, members[name], *written(used.made_with, params, tensors).values())
    missing = None
    try:
        given = written(used.arguments, params, tensors)
        out = invoke(f"{name}.forward", layer, "forward", *given.values())
    except Missing as problem:
        out, missing = None, str(problem)
    if out is None and missing is None:
        missing = f"{name}.forward returned no output"
    # Unlike a cache, the object is there without forward: what it holds is read in any case.
    results = {key: attribute(f"{name}.{key}", layer, key) for key in used.spec.shapes.tracked}
    return ObjectCall(
        {"out": used.turn.output(params, tensors, out), **results},
        tensors,
        partial(_backward, used, params, layer),
        missing=missing,
        observed=_observed(tensors, out),
        kept=partial(_kept, used, members, layer),
    )


def _observed(tensors: Arrays, out: Any) -> Arrays:
    """Return the mask that the object drew, as its output shows it: no input is zero."""
    values = numbers(out)
    if "mask" not in tensors or values is None or values.shape != tensors["mask"].shape:
        return {}
    return {"mask": values != 0}


def _backward(used: LayerClass, params: Params, layer: Any, dout: Array) -> dict[str, Any]:
    name = f"{used.name}.backward"
    dx = used.turn.gradient(params, dout, invoke(name, layer, "backward", dout))
    others = [attribute(f"{used.name}.{key}", layer, key) for key in used.attributes.values()]
    return gradients(name, (dx, *others), ("x", *used.attributes))


def _kept(used: LayerClass, members: Members, layer: Any) -> tuple[Array, ...]:
    gradients_apart = tuple(used.attributes.values())
    return tuple(guarded(used.name, members["arrays_held_by"], layer, gradients_apart))
