"""How the methods of a recurrent cell are called: ``forward(x, h)``, ``forward(x, (h, c))``, ``backward(dh, dc)``."""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradcheck.calling.results import array_of, numbers
from gradcheck.contract import Array, Arrays, Malformed
from gradcheck.grammar import Params
from gradcheck.layers.recurrent import GATES
from gradcheck.subjects.dialects.holders.forms import Form

ROWS, COLUMNS, VECTORS = "samples as rows", "samples as columns", "one sample without a batch"
LAYOUTS = (ROWS, COLUMNS, VECTORS)

INPUT = frozenset(
    {"x", "xt", "xi", "inp", "input", "inputs", "inputt", "xin", "xs", "i", "features", "sample"}
)
OF_CELL = re.compile(r"^(prev|last|old)?(c|cell|memory|mem)(s|state|t|x|in|old|prev|tm1|t1|0|last)*$")
OF_STATE = re.compile(
    r"^(prev|last|old)?(h|s|a|hidden|state|hc)(s|state|states|t|x|in|old|prev|tm1|t1|0|last|c)*$"
)
CACHES = frozenset(
    {"cache", "ctx", "context", "saved", "caches", "tape", "memo", "store", "stored", "cached"}
)
UPSTREAM = re.compile(r"^(d|g|grad|gradient|delta|upstream|up|err)")
FILLERS = re.compile(
    r"next|prev|out(put)?|state|grad(ient)?|delta|upstream|curr?(ent)?|from|loss|wrt|new|^dl?"
)


def squashed(name: str) -> str:
    """Return a name in lower case without underscores."""
    return name.lower().replace("_", "")


def role_of(name: str) -> str | None:
    """Return which tensor an argument of forward is, by its name."""
    short = squashed(name)
    if short in INPUT:
        return "x"
    if OF_CELL.match(short):
        return "prev_c"
    return "prev_h" if OF_STATE.match(short) else None


def role_back(name: str) -> str | None:
    """Return what an argument of backward is, by its name: an upstream gradient, the cache, or what forward took."""
    short = squashed(name)
    if short in CACHES:
        return "cache"
    if UPSTREAM.match(short):
        rest = FILLERS.sub("", short)
        return "dc" if "c" in rest and "h" not in rest else "dh"
    return role_of(name)


def weights_for(kind: str, params: Params, is_turned: bool) -> dict[str, Array]:
    """Return weights for a constructor that takes them, also transposed; they are replaced afterwards."""
    d, h, columns = params["d"], params["h"], GATES[kind] * params["h"]
    matrices = {"Wx": np.full((d, columns), 0.5), "Wh": np.full((h, columns), 0.25)}
    if is_turned:
        matrices = {name: values.T.copy() for name, values in matrices.items()}
    return {**matrices, "b": np.zeros(columns), "bh": np.zeros(columns)}


@dataclass(frozen=True, kw_only=True)
class OfCell(Form):
    """How a cell is called.

    Attributes
    ----------
    kind : str
        ``rnn``, ``lstm`` or ``gru``.
    forward, backward : mapping
        Argument -> what is passed; ``state`` and ``dstate`` are both states of an LSTM as a pair.
    layout : str
        One of `LAYOUTS`.
    is_reversed : bool
        Whether the cell comes before the state.
    is_turned : bool
        Whether the constructor is passed weights that are transposed.
    options : mapping
        What the layer's parameters are beyond its extents.
    is_as_wide : bool
        Whether its inputs are as wide as its states, because its constructor takes one width alone.
    """

    kind: str
    forward: Mapping[str, str]
    backward: Mapping[str, str]
    layout: str = ROWS
    is_reversed: bool = False
    is_turned: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    is_as_wide: bool = False

    @property
    def states(self) -> tuple[str, ...]:
        """Our names of the states."""
        return ("prev_h", "prev_c") if self.kind == "lstm" else ("prev_h",)

    @property
    def geometry(self) -> str:
        """Extents of which each is one of its own, and so is every sum of two."""
        return "n4d3h3" if self.is_as_wide else "n4d5h3"

    @property
    def kept(self) -> tuple[str, ...]:
        """The layer's tensors besides weights."""
        return ("x", *self.states)

    @property
    def said(self) -> tuple[str, ...]:
        """What the report says of its layout, and of the order of its states."""
        return (self.layout, *(("its cell before its state",) if self.is_reversed else ()))

    def resetting(self) -> "OfCell":
        """Return it for a GRU whose reset gate acts on the state."""
        return replace(self, options={"reset": "before"})

    @property
    def inputs_asked(self) -> frozenset[str]:
        """Our names of what it has gradients for besides its weights."""
        return frozenset({"x", *self.states})

    def express(self, params: Params) -> dict[str, Any]:
        """Return the nearest parameters."""
        found = {**params, **self.options, **({"n": 1} if self.layout == VECTORS else {})}
        return {**found, "d": params["h"]} if self.is_as_wide else found

    def extents(self, params: Params) -> dict[str, Any]:
        """Return what the constructor is passed."""
        weights = weights_for(self.kind, params, self.is_turned)
        return {"d": params["d"], "h": params["h"], "seed": 0, **weights}

    def width(self, params: Params) -> int:
        """Return the columns of a gate."""
        return int(params["h"])

    def _laid(self, values: Array) -> Array:
        if self.layout == VECTORS:
            return np.array(values[0])
        return np.array(values.T, order="C") if self.layout == COLUMNS else values

    def _read(self, values: Array) -> Array:
        return values.T if self.layout == COLUMNS else values.reshape(1, -1) if values.ndim == 1 else values

    def _ordered(self, pair: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(reversed(pair)) if self.is_reversed else tuple(pair)

    def inputs(self, params: Params, tensors: Arrays) -> Arrays:
        """Return x and the states, as the cell takes them."""
        found = {"x": self._laid(tensors["x"])}
        return found | {name: self._laid(tensors[name]) for name in self._ordered(self.states)}

    def given(self, params: Params, tensors: Arrays) -> dict[str, Any]:
        """Return what forward is passed."""
        known: dict[str, Any] = {name: self._laid(tensors[name]) for name in ("x", *self.states)}
        known["state"] = self._ordered([known[name] for name in self.states])
        return {name: known[role] for name, role in self.forward.items()}

    def back(self, params: Params, tensors: Arrays, dout: Array, cache: Any) -> dict[str, Any]:
        """Return what backward is passed."""
        upstream = [self._laid(each) for each in dout] if self.kind == "lstm" else [self._laid(dout)]
        known: dict[str, Any] = dict(zip(("dh", "dc"), upstream, strict=False))
        known |= {"dstate": self._ordered(upstream), "cache": cache}
        known |= {name: self._laid(tensors[name]) for name in ("x", *self.states)}
        return {name: known[role] for name, role in self.backward.items()}

    def folded(self, name: str, values: Any, params: Params) -> Any:
        """Return the gradient of an input, samples first."""
        array = numbers(values)
        return values if array is None or array.ndim not in (1, 2) else self._read(array)

    def output(self, params: Params, tensors: Arrays, returned: Any) -> tuple[Any, Any]:
        """Return the new state, or the stack of it and the cell; and what comes after them."""
        states, cache = split_states(returned, len(self.states))
        n, h = params["n"], params["h"]
        shape = {ROWS: (n, h), COLUMNS: (h, n), VECTORS: (h,)}[self.layout]
        names = ("next_h", "next_c")
        arrays = [array_of(name, value, shape) for name, value in zip(names, states, strict=False)]
        ours = [self._read(array).reshape(n, h) for array in arrays]
        return (np.stack(self._ordered(ours)) if len(self.states) > 1 else ours[0]), cache


def split_states(returned: Any, count: int) -> tuple[tuple[Any, ...], Any]:
    """Return the states that a forward returned, and what else may be meant for backward."""
    tops = list(returned) if isinstance(returned, tuple | list) else [returned]
    first = tops[0] if tops else None
    if isinstance(first, tuple | list) and len(first) == count:  # ((h, c), cache)
        return tuple(first), tops[1] if len(tops) > 1 else None
    rest = tops[count:]
    if count > 1 and len(tops) > 1 and isinstance(tops[1], tuple | list) and len(tops[1]) == count:
        return tuple(tops[1]), tops[2] if len(tops) > 2 else tops[1]  # h, (h, c)
    if len(tops) < count:
        raise Malformed(f"forward returned {len(tops)} results; expected {count}: the new states")
    return tuple(tops[:count]), rest[0] if len(rest) == 1 else tuple(rest) if rest else None


def of_forward(parameters: Sequence[inspect.Parameter], kind: str) -> dict[str, str] | str:
    """Return what each argument of forward is passed, by its name, else by its place; or the one that is not known."""
    tensors = ("x", "prev_h", "prev_c") if kind == "lstm" else ("x", "prev_h")
    found: dict[str, str] = {}
    for each in parameters:
        left = [name for name in tensors if name not in found.values()]
        role = role_of(each.name)
        if role in left:
            found[each.name] = str(role)
        elif each.default is each.empty:
            if not left:
                return each.name
            found[each.name] = left[0]
    if kind == "lstm" and "prev_c" not in found.values():
        found = {name: "state" if role == "prev_h" else role for name, role in found.items()}
    return found


def of_backward(parameters: Sequence[inspect.Parameter], kind: str) -> dict[str, str] | str:
    """Return what each argument of backward is passed; or the one that is not known."""
    found: dict[str, str] = {}
    for each in parameters:
        role = role_back(each.name)
        if role == "dh" and "dh" in found.values() and kind == "lstm":
            role = "dc"
        known = role in ("cache", "dh", "x", "prev_h") or (kind == "lstm" and role in ("dc", "prev_c"))
        if known and role is not None and role not in found.values():
            found[each.name] = role
        elif each.default is each.empty:
            return each.name
    if kind == "lstm" and "dc" not in found.values():
        found = {name: "dstate" if role == "dh" else role for name, role in found.items()}
    return found
