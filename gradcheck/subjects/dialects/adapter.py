"""From a family's functions to calls of a layer: what is passed to each, what backward gets, and what is missing.

A family states its calls as data: the names of two functions and, for each of their parameters, what is passed for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, guarded, result_of, results_of
from gradcheck.calling.results import numbers
from gradcheck.contract import PARTS, Array, Arrays, Interface, Layer, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.report import Finding, Severity, Verdict
from gradcheck.subjects.dialects.dialect import Express, Members, usual
from gradcheck.subjects.dialects.signatures import form_of, read

Back = Callable[[Array], dict[str, Any]]
"""An upstream gradient -> the gradients, by tensor. Raises SubjectError."""

Value = str | Callable[[Params, Arrays], Any]
"""What is passed for a parameter: the tensor of that name (None where the case has none, as without a bias), or what
a function makes of the case's parameters and tensors. For backward ``"dout"`` and ``"cache"`` are names, too."""

Arguments = Mapping[str, Value]
"""What is passed to a function by position: its parameters in order, as the family calls them, and their values."""


@dataclass(frozen=True, kw_only=True)
class FunctionPair:
    """A layer as two functions, and how each is called.

    Attributes
    ----------
    layer, forward, backward : str
        The layer that they implement, and what the functions are called.
    arguments, back_arguments : mapping
        What is passed to forward and to backward.
    cache : callable, optional
        Parameters, tensors -> the cache, for an interface in which it is known before forward is called: backward can
        then be judged without a forward.
    express : callable
        Parameters -> the nearest ones that the functions can express.
    parts : tuple of str
        The parts to judge.
    notes : tuple of Finding
        Habits that were found by trying.
    """

    layer: str
    forward: str
    backward: str
    arguments: Arguments
    back_arguments: Arguments = field(default_factory=lambda: {"dout": "dout", "cache": "cache"})
    cache: Callable[[Params, Arrays], Any] | None = None
    express: Express = dict
    parts: tuple[str, ...] = PARTS
    notes: tuple[Finding, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """The names of the two functions, by part."""
        return {"forward": self.forward, "backward": self.backward}

    @property
    def spec(self) -> Layer:
        """The layer that they implement."""
        return BY_NAME[self.layer]

    def is_in(self, members: Members) -> bool:
        """Return whether a namespace defines at least one of the two."""
        return any(callable(members.get(name)) for name in self.names.values())

    def subject(
        self,
        members: Members,
        forward: Callable[[Params, Arrays], LocalCall],
        interface: Interface | None = None,
    ) -> Subject:
        """Return the subject whose forward is called by the given function; its interface is the usual one.

        What the signatures of the author's functions say to these calls is part of the interface.
        """
        forms = {
            "forward": (self.forward, form_of(tuple(self.arguments))),
            "backward": (self.backward, form_of(tuple(self.back_arguments))),
        }
        return Subject(
            layer=self.spec,
            functions=self.names,
            forward=forward,
            parts=self.parts,
            notes=self.notes,
            interface=read(members, forms).onto(interface or usual(self.express)),
        )

    def speaking(self, subject: Subject, theirs: Callable[[Arrays], Arrays] = dict) -> Subject:
        """Return the subject with its calls in the author's words; `theirs` gives the arrays that are passed."""

        def said(params: Params, tensors: Arrays) -> str:
            return spoken(self.forward, self.arguments, params, theirs(tensors))

        return replace(subject, interface=replace(subject.interface, spoken=said))


@dataclass(frozen=True, kw_only=True)
class AlternativePair(FunctionPair):
    """A second way to write a layer: half a pair of these is not a stub."""


def parameter(name: str) -> Value:
    """Return what passes a parameter of the case as it is."""
    return lambda params, tensors: params[name]


def written(arguments: Arguments, params: Params, values: dict[str, Any]) -> dict[str, Any]:
    """Return what is passed on a case, by the names of the function's parameters and in their order."""
    return {
        name: values.get(value) if isinstance(value, str) else value(params, values)
        for name, value in arguments.items()
    }


def spoken(name: str, arguments: Arguments, params: Params, tensors: Arrays) -> str:
    """Return a call as its author would write it, with arrays by their shape."""
    return spelled(name, written(arguments, params, dict(tensors)))


def spelled(name: str, given: Mapping[str, Any]) -> str:
    """Return a call with these arguments as one writes it, with arrays by their shape."""
    words = [
        f"{each} {_shape_of(value)}" if _is_large(value) else f"{each}={_said(value)}"
        for each, value in given.items()
    ]
    return f"{name}({', '.join(words)})"


def _is_large(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def _shape_of(value: Array) -> str:
    return "x".join(map(str, value.shape))


def _said(value: Any) -> str:
    """Return a value as one writes it; the arrays in a dictionary by their shape."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_said(each)}" for key, each in value.items()) + "}"
    if _is_large(value):
        return f"array of {_shape_of(value)}"
    if isinstance(value, float | np.floating):
        return f"{float(value):.10g}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_said, value))}{',' if len(value) == 1 else ''})"
    return repr(value) if type(value) in (bool, int, str, type(None)) else "..."


def called(members: Members, name: str, /, *arguments: Any, **keywords: Any) -> Any:
    """Call a function of the subject. Raises SubjectError: Missing, if it is not defined."""
    if not callable(members.get(name)):
        raise Missing(f"{name} is not defined")
    return result_of(name, members[name], *arguments, **keywords)


def forward_call(
    name: str, tensors: Arrays, forward: Callable[[], Any], read: Callable[[Any], LocalCall], without: Back
) -> LocalCall:
    """Call a forward.

    Parameters
    ----------
    name : str
        What the function is called.
    tensors : mapping
        What the layer is called with.
    forward : callable
        Calls it. Raises SubjectError: Missing, if it is not implemented.
    read : callable
        What it returned -> the call, in the layer's terms.
    without : callable
        Its backward, where forward is not implemented: that backward may be right nonetheless.
    """
    try:
        returned = forward()
    except Missing as problem:
        return LocalCall({"out": None}, tensors, without, missing=str(problem))
    call = read(returned)
    is_missing = call.outputs["out"] is None and call.missing is None
    return replace(call, missing=f"{name} returned no output") if is_missing else call


def pair_call(
    pair: FunctionPair,
    members: Members,
    params: Params,
    tensors: Arrays,
    given: Mapping[str, Any] | None = None,
) -> LocalCall:
    """Call the forward of a pair that returns output and cache. Raises SubjectError.

    `given` is what is passed to it, where the caller has written that already.
    """
    arguments = written(pair.arguments, params, tensors) if given is None else given
    back = partial(pair_gradients, pair, members, params, tensors)

    def read(returned: Any) -> LocalCall:
        shapes = pair.spec.shapes
        out, cache = results_of(pair.forward, returned, shapes, params)
        return LocalCall({"out": out}, tensors, partial(back, cache), cache)

    known = pair.cache(params, tensors) if pair.cache else None
    forward = partial(called, members, pair.forward, *arguments.values())
    return forward_call(pair.forward, tensors, forward, read, partial(back, known))


def pair_gradients(
    pair: FunctionPair, members: Members, params: Params, tensors: Arrays, cache: Any, dout: Array
) -> dict[str, Any]:
    """Call the backward of a pair, and return the gradients by tensor. Raises SubjectError."""
    given = written(pair.back_arguments, params, {**tensors, "cache": cache, "dout": dout})
    returned = called(members, pair.backward, *given.values())
    return gradients(pair.backward, returned, pair.spec.shapes.differentiable)


def parameters_of(members: Members, name: str) -> tuple[str, ...]:
    """Return what a function calls its parameters; nothing where that cannot be seen."""
    if not callable(members.get(name)):
        return ()
    try:
        code = guarded(name, getattr, members[name], "__code__")
        names = guarded(name, getattr, code, "co_varnames")
        count = guarded(name, getattr, code, "co_argcount")
    except SubjectError:
        return ()
    readable = isinstance(names, tuple) and isinstance(count, int)
    return tuple(str(each) for each in names[:count]) if readable else ()


def loss_of(subject: Subject, params: Params, tensors: Arrays) -> float | None:
    """Return the value of a loss; None where it gives none, or not one number."""
    try:
        out = numbers(subject.forward(params, tensors).outputs["out"])
    except SubjectError:
        return None
    return float(out.ravel()[0]) if out is not None and out.size == 1 else None


def habit(message: str, check: str = "convention") -> Finding:
    """Return a note about a habit of a family, or of a file: no fault."""
    return Finding(check=check, severity=Severity.NOTE, verdict=Verdict.PASS, message=message)
