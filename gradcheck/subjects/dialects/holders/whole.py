"""How the methods of a recurrent layer are called on whole sequences: ``forward(x, h0)``, ``backward(dh)``."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers, squeezed
from gradcheck.contract import Array, Arrays, Malformed, Shape
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.holders.forms import Form
from gradcheck.subjects.dialects.holders.states import CACHES, UPSTREAM, role_of, squashed, weights_for
from gradcheck.subjects.dialects.objects.rates import rate_of
from gradcheck.subjects.dialects.objects.roles import GIVEN, has_role

OF_SEQUENCE = re.compile(r"^(x|inp|input|seq|sequence|data)(s|seq|sequence|batch|all|t)*$")
FIRST = re.compile(r"init(ial)?|zeros?|start|first|begin")
LAST = re.compile(r"last|final|end")


@dataclass(frozen=True)
class Layout:
    """How sequences and states are laid out: a letter for each axis, and what the report says.

    A layout without n, or one that is single, has one sequence.
    """

    text: str
    x: str
    state: str
    is_single: bool = False

    @property
    def is_one(self) -> bool:
        """Whether it has one sequence."""
        return self.is_single or "n" not in self.x

    @property
    def out(self) -> str:
        """The axes of the output."""
        return self.x.replace("d", "h")

    @property
    def time(self) -> int:
        """The axis of the steps."""
        return self.x.index("t")


LAYOUTS = (
    Layout("sequences as (N, T, D)", "ntd", "nh"),
    Layout("sequences as (T, N, D)", "tnd", "nh"),
    Layout("one sequence of rows (T, D)", "td", "h"),
    Layout("one sequence of rows (T, D), states (1, H)", "td", "nh"),
    Layout("one sequence of rows (T, D), states (H, 1)", "td", "hn"),
    Layout("sequences of columns (T, D, N)", "tdn", "hn"),
    Layout("one sequence of columns (T, D, 1)", "tdn", "hn", is_single=True),
    Layout("samples as columns (D, N, T)", "dnt", "hn"),
)
"""The layouts, the likeliest first; one of a single sequence is for what is written for no other."""


def laid(values: Array, ours: str, theirs: str) -> Array:
    """Return a tensor with other axes: without samples, the first of them."""
    if "n" not in theirs:
        values, ours = values[0], ours.replace("n", "")
    if ours == theirs:
        return values
    return np.array(values.transpose([ours.index(axis) for axis in theirs]), order="C")


def unlaid(values: Array, ours: str, theirs: str) -> Array:
    """Return a tensor with our axes."""
    if "n" not in theirs:
        values, theirs = values[None], f"n{theirs}"
    return values.transpose([theirs.index(axis) for axis in ours])


@dataclass(frozen=True, kw_only=True)
class OfSequence(Form):
    """How a recurrent layer is called.

    Attributes
    ----------
    kind : str
        ``rnn``, ``lstm`` or ``gru``.
    forward, backward : mapping
        Argument -> what is passed: ``x``, ``h0``, ``c0`` and ``state``, of an LSTM both; ``dh``, and zeros for the
        last states: ``dlast``, ``dstate``.
    layout : Layout
        The axes.
    is_reversed : bool
        Whether the cell comes before the state.
    is_turned : bool
        Whether the constructor is passed weights that are transposed.
    outer : mapping
        The arrays of an output layer, by path: weights are an identity, and a bias is zero.
    options : mapping
        What the layer's parameters are beyond its extents.
    opened : callable
        What a result of the class's may hold -> a list, where it is a list or a dict of arrays in another process.
    """

    kind: str
    forward: Mapping[str, str]
    backward: Mapping[str, str]
    layout: Layout = LAYOUTS[0]
    is_reversed: bool = False
    is_turned: bool = False
    outer: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    opened: Callable[[Any], Any] = lambda value: value

    @property
    def geometry(self) -> str:
        """Extents of which each is one of its own."""
        return "n4t6d5h3"

    @property
    def kept(self) -> tuple[str, ...]:
        """The layer's tensors besides weights."""
        return ("x", "h0")

    @property
    def takes_state(self) -> bool:
        """Whether the state before the first step is passed."""
        return not {"h0", "state"}.isdisjoint(self.forward.values())

    @property
    def said(self) -> tuple[str, ...]:
        """What the report says of how it is called."""
        begin = () if self.takes_state else ("from a state of zeros",)
        order = (
            ("its cell before its state",) if self.is_reversed and "state" in self.forward.values() else ()
        )
        outer = (f"{', '.join(self.outer)}: an identity, and not judged",) if self.outer else ()
        return (self.layout.text, *begin, *order, *outer)

    def resetting(self) -> "OfSequence":
        """Return it for a GRU whose reset gate acts on the state."""
        return replace(self, options={"reset": "before"})

    @property
    def inputs_asked(self) -> frozenset[str]:
        """Our names of what it has gradients for besides its weights."""
        return frozenset({"x", "h0"}) - self.unpassed

    @property
    def unpassed(self) -> frozenset[str]:
        """The state, where it is not passed."""
        return frozenset() if self.takes_state else frozenset({"h0"})

    @property
    def has_rate(self) -> bool:
        """Whether one of its methods takes a rate."""
        return "rate" in (*self.forward.values(), *self.backward.values())

    def fixed(self, params: Params) -> Arrays:
        """Return the arrays of the output layer."""
        h = params["h"]
        shapes: dict[int, Array] = {0: np.zeros(h), 1: np.zeros((1, h)), 2: np.zeros((h, 1)), 3: np.eye(h)}
        return {path: shapes[which] for path, which in self.outer.items()}

    def express(self, params: Params) -> dict[str, Any]:
        """Return the nearest parameters."""
        return {**params, **self.options, **({"n": 1} if self.layout.is_one else {})}

    def extents(self, params: Params) -> dict[str, Any]:
        """Return what the constructor is passed."""
        found = weights_for(self.kind, params, self.is_turned)
        plain = {"d": params["d"], "h": params["h"], "o": params.get("o", params["h"]), "seed": 0}
        plain |= {"n": params["n"], "t": params["t"], "layers": 1, "yes": True}
        return {**plain, **found, "rate": rate_of(params)}

    def width(self, params: Params) -> int:
        """Return the columns of a gate."""
        return int(params["h"])

    def _states(self, values: Array) -> dict[str, Any]:
        state = laid(values, "nh", self.layout.state)
        pair = (state, np.zeros_like(state))
        both = tuple(reversed(pair)) if self.is_reversed else pair
        return {"h0": state, "c0": pair[1], "state": both if self.kind == "lstm" else state}

    def inputs(self, params: Params, tensors: Arrays) -> Arrays:
        """Return x, and the state that is passed, as the class takes them."""
        x = laid(tensors["x"], "ntd", self.layout.x)
        return {"x": x, **({"h0": self._states(tensors["h0"])["h0"]} if self.takes_state else {})}

    def given(self, params: Params, tensors: Arrays) -> dict[str, Any]:
        """Return what forward is passed."""
        known = {"x": laid(tensors["x"], "ntd", self.layout.x), **self._states(tensors["h0"])}
        known["rate"] = rate_of(params)
        return {name: known[role] for name, role in self.forward.items()}

    def back(self, params: Params, tensors: Arrays, dout: Array, cache: Any) -> dict[str, Any]:
        """Return what backward is passed: the last states have no gradient besides that of the output."""
        states = self._states(np.zeros_like(tensors["h0"]))
        known = {"x": laid(tensors["x"], "ntd", self.layout.x), **self._states(tensors["h0"])}
        known |= {"dh": laid(dout, "nth", self.layout.out), "cache": cache, "rate": rate_of(params)}
        known |= {"dlast": states["h0"], "dstate": states["state"]}
        return {name: known[role] for name, role in self.backward.items()}

    def folded(self, name: str, values: Any, params: Params) -> Any:
        """Return the gradient of an input in our layout."""
        theirs, ours = (self.layout.x, "ntd") if name == "x" else (self.layout.state, "nh")
        shape = self._shape(theirs, params)
        whole = stacked(self.opened(values), shape, self.layout.time) if name == "x" else None
        array = numbers(values) if whole is None else whole
        if array is None or squeezed(array.shape) != squeezed(shape):
            return values
        return unlaid(array.reshape(shape), ours, theirs)

    def _shape(self, axes: str, params: Params) -> Shape:
        return tuple(params[axis] for axis in axes)

    def joined(self, params: Params, returned: Any) -> Any:
        """Return what backward returned, with a list of the gradients of every step's input made into one array."""
        opened = self.opened(returned)
        if isinstance(opened, tuple | list):
            whole = stacked(opened, self._shape(self.layout.x, params), self.layout.time)
            if whole is not None:
                return whole
            return tuple(self.joined(params, each) for each in opened) if opened is returned else returned
        return returned

    def _of_all_steps(self, tops: Sequence[Any], shape: Shape) -> tuple[Array | None, int]:
        """Return the first result that is an array of a shape, else the first list that is one; and its place."""
        for place, array in enumerate(map(numbers, tops)):
            if array is not None and squeezed(array.shape) == squeezed(shape):
                return array.reshape(shape), place
        for place, each in enumerate(tops):
            whole = stacked(self.opened(each), shape, self.layout.time)
            if whole is not None:
                return whole, place
        return None, 0

    def output(self, params: Params, tensors: Arrays, returned: Any) -> tuple[Any, Any]:
        """Return the states of all steps, and what comes with them."""
        shape = self._shape(self.layout.out, params)
        tops = list(returned) if isinstance(returned, tuple | list) else [returned]
        whole, rest = stacked(returned, shape, self.layout.time), list[Any]()
        if whole is None:
            whole, place = self._of_all_steps(tops, shape)
            rest = [*tops[:place], *tops[place + 1 :]]
        if whole is None:
            raise Malformed(f"forward returned no states of all steps, of shape {shape}")
        return unlaid(whole, "nth", self.layout.out), self._cache(rest, params)

    def _cache(self, rest: Sequence[Any], params: Params) -> Any:
        """Return what backward may want of what comes with the states: the last result, which is no state."""
        if len(rest) < 2:
            return rest[0] if rest else None
        last = numbers(rest[-1])
        is_state = last is not None and squeezed(last.shape) == squeezed(
            self._shape(self.layout.state, params)
        )
        return tuple(rest) if is_state else rest[-1]


def stacked(values: Any, shape: Shape, axis: int) -> Array | None:
    """Return a list with an array for each step as one array of a shape; None for everything else."""
    if not isinstance(values, tuple | list) or len(values) != shape[axis]:
        return None
    found = [array for array in map(numbers, values) if array is not None and array.ndim]
    if len(found) < len(values) or len({each.shape for each in found}) > 1:
        return None
    if squeezed(found[0].shape) != squeezed((*shape[:axis], *shape[axis + 1 :])):
        return None
    return np.stack([each.reshape((*shape[:axis], *shape[axis + 1 :])) for each in found], axis=axis)


def of_forward(parameters: Sequence[inspect.Parameter], kind: str) -> dict[str, str] | str:
    """Return what each argument of forward is passed, by its name; or the one that is not known."""
    found: dict[str, str] = {}
    for each in parameters:
        short = FIRST.sub("", squashed(each.name))
        role = {"prev_h": "h0", "prev_c": "c0", "x": "x"}.get(role_of(short) or "")
        role = "x" if OF_SEQUENCE.match(short) else role
        role = role or ("h0" if short in ("", "state") else None)
        role = "x" if role is None and "x" not in found.values() and not found else role
        if has_role(each.name, GIVEN["rate"]):
            role = "rate"
        is_known = role is not None and (kind == "lstm" or role != "c0") and role not in found.values()
        if is_known and role is not None:
            found[each.name] = role
        elif each.default is each.empty:
            return each.name
    if kind == "lstm" and "c0" not in found.values():
        found = {name: "state" if role == "h0" else role for name, role in found.items()}
    return found


def of_backward(parameters: Sequence[inspect.Parameter], kind: str) -> dict[str, str] | str:
    """Return what each argument of backward is passed; or the one that is not known.

    Gradients of the last states are left out where they need not be passed.
    """
    found: dict[str, str] = {}
    for each in parameters:
        role = _role_back(each.name, "dh" in found.values(), kind)
        if role in ("dlast", "dstate"):
            if each.default is each.empty:
                found[each.name] = role
        elif role is not None and role not in found.values():
            found[each.name] = role
        elif each.default is each.empty:
            return each.name
    if "dh" not in found.values():
        return "the gradient of the states"
    return found


def _role_back(name: str, has_gradient: bool, kind: str) -> str | None:
    """Return what an argument of backward is: the first gradient is that of the output."""
    short = squashed(name)
    if short in CACHES:
        return "cache"
    if has_role(name, GIVEN["rate"]):
        return "rate"
    if not UPSTREAM.match(short):
        own = FIRST.sub("", short)
        return "x" if OF_SEQUENCE.match(own) else "h0" if role_of(own) == "prev_h" else None
    if not has_gradient:
        return None if LAST.search(short) else "dh"
    return "dstate" if kind == "lstm" and "state" in short else "dlast"
