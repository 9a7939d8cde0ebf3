"""Layers that are objects: made with their parameters, called by ``forward`` and ``backward``, read by attribute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, guarded
from gradcheck.contract import Array, Arrays, Layer, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.report import Finding, Severity, Verdict

SEED = 231

Members = Mapping[str, Any]
Arguments = Callable[[Params, Arrays], tuple[Any, ...]]


def attribute(told: str, thing: Any, name: str) -> Any:
    """Return an attribute of a subject's object; None where there is none. Raises SubjectError."""
    try:
        return guarded(told, getattr, thing, name)
    except SubjectError as problem:
        if problem.kind is not None and issubclass(problem.kind, AttributeError):
            return None
        raise


def invoke(told: str, thing: Any, method: str, *args: Any) -> Any:
    """Call a method of a subject's object. Raises SubjectError; Missing, where it has no such method."""
    function = attribute(told, thing, method)
    if function is None:
        raise Missing(f"{told} is not defined")
    return guarded(told, function, *args)


def numbers(value: Any) -> Array | None:
    """Return an array of numbers, or a number, as a plain array; None for anything else."""
    if not isinstance(value, np.ndarray | np.number | float):
        return None
    array = np.array(value, copy=None, subok=False)
    return array if array.dtype.kind in "fiu" else None


def convention(message: str) -> Finding:
    """Return a note about a habit that was found by trying."""
    return Finding(check="convention", severity=Severity.NOTE, verdict=Verdict.PASS, message=message)


@dataclass(frozen=True)
class ObjectCall(LocalCall):
    """A forward call of an object, which keeps in its attributes what backward needs."""

    kept: Callable[[], tuple[Array, ...]] = tuple

    def cached(self) -> list[Array]:
        """Return the arrays that the object holds."""
        return list(self.kept())


def _as_it_came(params: Params, given: Any, result: Any) -> Any:
    return result


@dataclass(frozen=True, kw_only=True)
class Interface:
    """How one class is used.

    `made_with` are the arguments of the class, `asked` those of its forward; `attributes` names where the
    gradients other than dx are left. `output` and `gradient` turn the class's own convention into ours: of
    parameters, tensors and the output; of parameters, dout and dx.
    """

    layer: str
    name: str
    made_with: Arguments = lambda params, tensors: ()
    asked: Arguments = lambda params, tensors: (tensors["x"],)
    attributes: Mapping[str, str] = field(default_factory=dict)
    express: Callable[[Params], dict[str, Any]] = dict
    output: Callable[[Params, Arrays, Any], Any] = _as_it_came
    gradient: Callable[[Params, Array, Any], Any] = _as_it_came
    variant: str = ""
    lenient: frozenset[str] = frozenset()
    notes: tuple[Finding, ...] = ()

    def noting(self, message: str, **changes: Any) -> "Interface":
        """Return the interface with some fields changed, and with a note that says why."""
        return replace(self, notes=(*self.notes, convention(message)), **changes)

    @property
    def spec(self) -> Layer:
        """The layer that the class implements."""
        return BY_NAME[self.layer]


def subject_of(interface: Interface, members: Members) -> Subject:
    """Return the subject that a class is."""
    has_mask = interface.layer == "dropout"
    return Subject(
        layer=interface.spec,
        functions={part: f"{interface.name}.{part}{interface.variant}" for part in ("forward", "backward")},
        forward=partial(call, interface, members),
        express=interface.express,
        draws_mask=has_mask,
        lenient=interface.lenient,
        conventions=frozenset({"full-credit"}),
        skips=_skips,
        notes=interface.notes,
    )


def _skips(part: str, params: Params) -> str | None:
    if part == "backward" and params.get("mode") == "eval":
        return "this interface has no backward at test time"
    return None


def call(interface: Interface, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Make an object and call its forward. Raises SubjectError."""
    name = interface.name
    given = {key: values for key, values in tensors.items() if key != "mask"}
    if "mask" in tensors:
        guarded(name, members["seed_global_numbers"], SEED)
    layer = guarded(name, members[name], *interface.made_with(params, given))
    missing = None
    try:
        out = invoke(f"{name}.forward", layer, "forward", *interface.asked(params, given))
    except Missing as problem:
        out, missing = None, str(problem)
    if out is None and missing is None:
        missing = f"{name}.forward returned no output"
    results = {key: attribute(f"{name}.{key}", layer, key) for key in interface.spec.shapes.tracked}
    return ObjectCall(
        {"out": interface.output(params, tensors, out), **results},
        tensors,
        partial(_backward, interface, params, layer),
        missing=missing,
        observed=_observed(tensors, out),
        kept=partial(_kept, interface, members, layer),
    )


def _observed(tensors: Arrays, out: Any) -> Arrays:
    """Return the mask that the object drew, as its output shows it: no input is zero."""
    values = numbers(out)
    if "mask" not in tensors or values is None or values.shape != tensors["mask"].shape:
        return {}
    return {"mask": values != 0}


def _backward(interface: Interface, params: Params, layer: Any, dout: Array) -> dict[str, Any]:
    told = f"{interface.name}.backward"
    dx = interface.gradient(params, dout, invoke(told, layer, "backward", dout))
    others = [
        attribute(f"{interface.name}.{name}", layer, name) for tensor, name in interface.attributes.items()
    ]
    return gradients(told, (dx, *others), ("x", *interface.attributes))


def _kept(interface: Interface, members: Members, layer: Any) -> tuple[Array, ...]:
    gradients_apart = tuple(interface.attributes.values())
    return tuple(guarded(interface.name, members["arrays_held_by"], layer, gradients_apart))
