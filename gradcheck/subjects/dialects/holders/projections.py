"""How a class of attention with heads is called: ``forward(x)``, ``forward(q, k, v, mask)``, ``backward(dout)``.

A class that takes one tensor, which looks at itself, is asked about queries, keys and values of their own all the
same: x then has features for each of them, and a projection has zeros for those of the others. Four times as many
features halve the scores, and queries that are twice as large make up for it. Both factors are powers of two, so that
nothing is rounded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.attention.masks import Mask, masked, whole
from gradcheck.subjects.dialects.holders.forms import Form

TIMES, DOUBLED = 4, 2.0
INPUTS = ("query", "key", "value")
PLACE = {"q": 0, "k": 1, "v": 2}


@dataclass(frozen=True, kw_only=True)
class OfHeads(Form):
    """How a class is called.

    Attributes
    ----------
    forward, backward : mapping
        Argument -> what is passed.
    has_heads : bool
        Whether it can have several heads.
    is_causal : bool
        Whether it hides the keys that come after a query by itself.
    mask : Mask, optional
        How it takes masks.
    needs_mask : bool
        Whether it takes one in any case: where nothing is hidden, one that says so.
    lacks_output : bool
        Whether it has no projection of its output.
    """

    forward: Mapping[str, str]
    backward: Mapping[str, str]
    has_heads: bool = True
    is_causal: bool = False
    mask: Mask | None = None
    needs_mask: bool = False
    lacks_output: bool = False

    @property
    def takes_one(self) -> bool:
        """Whether one tensor looks at itself."""
        return "x" in self.forward.values()

    @property
    def is_ordered(self) -> bool:
        """Whether the gradients of inputs come in one order."""
        return True

    @property
    def inputs_asked(self) -> frozenset[str]:
        """Our names of what it has gradients for besides its weights."""
        return frozenset(INPUTS)

    @property
    def said(self) -> tuple[str, ...]:
        """What the report says of how it is called."""
        found = ["x looks at itself, with features for queries, keys and values"] if self.takes_one else []
        found += ["causal"] if self.is_causal else []
        return (*found, *([str(self.mask)] if self.mask is not None else ()))

    def express(self, params: Params) -> dict[str, Any]:
        """Return the nearest parameters."""
        found = {**params, "order": "causal" if self.is_causal else "any"}
        if not self.has_heads:
            found |= {"heads": 1, "d": params["heads"] * params["d"]}
        if self.takes_one or self.is_causal:
            found["t"] = found["s"]
        return masked(found, self.mask)

    def _times(self) -> int:
        return TIMES if self.takes_one else 1

    def width(self, params: Params) -> int:
        """Return how many features a head has."""
        return int(params["d"]) * self._times()

    def extents(self, params: Params) -> dict[str, Any]:
        """Return what the constructor is passed."""
        each = self.width(params)
        heads = int(params["heads"])
        return {
            "width": heads * each,
            "heads": heads,
            **dict.fromkeys(("keys", "values", "each"), each),
            "dropout": 0.0,
            **{f"W{letter}": np.zeros((heads * each, heads * each)) for letter in "qkvo"},
            **{f"b{letter}": np.zeros(heads * each) for letter in "qkvo"},
        }

    def _spread(self, values: Array, params: Params, axis: int) -> Array:
        """Return an array whose heads have more features along an axis, with zeros behind the given ones."""
        there = np.moveaxis(values, axis, -1)
        made = np.zeros((*there.shape[:-1], params["heads"], self.width(params)), values.dtype)
        made[..., : params["d"]] = there.reshape(*there.shape[:-1], params["heads"], params["d"])
        return np.moveaxis(made.reshape(*there.shape[:-1], made.shape[-2] * made.shape[-1]), -1, axis)

    def _gathered(self, values: Array, params: Params, axis: int) -> Array:
        there = np.moveaxis(values, axis, -1)
        split = there.reshape(*there.shape[:-1], params["heads"], self.width(params))[..., : params["d"]]
        return np.moveaxis(split.reshape(*there.shape[:-1], params["heads"] * params["d"]), -1, axis)

    def _wide(self, name: str, values: Array, params: Params) -> Array:
        """Return a parameter of the layer as a class of one input holds it."""
        count, letter = params["heads"] * params["d"], name[1]
        factor = values.dtype.type(DOUBLED if letter == "q" else 1.0)
        if letter == "o":
            made = np.zeros((*values.shape[:-1], TIMES * count), values.dtype)
            made[..., :count] = values
            return self._spread(made, params, 0) if values.ndim > 1 else made
        columns = self._spread(values * factor, params, -1)
        if values.ndim == 1:
            return columns
        rows = np.zeros((TIMES * count, columns.shape[-1]), values.dtype)
        rows[PLACE[letter] * count : (PLACE[letter] + 1) * count] = columns
        return rows

    def _narrow(self, name: str, values: Array, params: Params) -> Array:
        """Return the gradient of a parameter of the layer."""
        count, letter = params["heads"] * params["d"], name[1]
        if letter == "o":
            part = values[..., :count]
            return np.asarray(self._gathered(part, params, 0) if values.ndim > 1 else part)
        columns = self._gathered(values, params, -1) * values.dtype.type(DOUBLED if letter == "q" else 1.0)
        if values.ndim == 1:
            return np.asarray(columns)
        return np.asarray(columns[PLACE[letter] * count : (PLACE[letter] + 1) * count])

    def widened(self, params: Params, tensors: Arrays) -> Arrays:
        """Return the tensors as the class holds them."""
        if not self.takes_one:
            return tensors
        weights = {name: values for name, values in tensors.items() if name[0] in "Wb"}
        return {name: self._wide(name, values, params) for name, values in weights.items()}

    def narrowed(self, params: Params, gradients: dict[str, Any]) -> dict[str, Any]:
        """Return the gradients of the layer's tensors."""
        if not self.takes_one:
            return gradients
        count = params["heads"] * params["d"]
        found: dict[str, Any] = {}
        for name, values in gradients.items():
            if name == "x":
                found |= _parts(values, count)
            else:
                whole_shape = TIMES * count
                fits = isinstance(values, np.ndarray) and set(values.shape) == {whole_shape}
                found[name] = self._narrow(name, values, params) if fits else values
        return found

    def inputs(self, params: Params, tensors: Arrays) -> Arrays:
        """Return what is passed as inputs."""
        if not self.takes_one:
            return {name: tensors[name] for name in INPUTS}
        query = tensors["query"]
        features = [*(tensors[name] for name in INPUTS), np.zeros_like(query)]
        return {"x": np.concatenate(features, axis=-1)}

    def given(self, params: Params, tensors: Arrays) -> dict[str, Any]:
        """Return what forward is passed."""
        known: dict[str, Any] = dict(self.inputs(params, tensors))
        known["mask"] = self._mask(params, tensors)
        passed = {name: known[role] for name, role in self.forward.items()}
        return {name: value for name, value in passed.items() if value is not None}

    def _mask(self, params: Params, tensors: Arrays) -> Array | None:
        """Return the mask as it is passed; None where none is."""
        if self.mask is None or ("mask" not in tensors and not self.needs_mask):
            return None
        if "mask" in tensors:
            return self.mask.passed(whole(tensors))
        return self.mask.passed(np.ones((len(tensors["query"]), 1, params["s"], params["t"]), bool))

    def back(self, params: Params, tensors: Arrays, dout: Array, cache: Any) -> dict[str, Any]:
        """Return what backward is passed."""
        upstream = dout @ tensors["Wo"].T if self.lacks_output else dout
        if self.takes_one and self.lacks_output:
            upstream = self._spread(upstream, params, -1)
        elif self.takes_one:
            upstream = np.concatenate([dout, *[np.zeros_like(dout)] * (TIMES - 1)], axis=-1)
        known = {"dout": upstream, "cache": cache}
        return {name: known[role] for name, role in self.backward.items()}

    def spread(self, names: Iterable[str]) -> frozenset[str]:
        """Return the layer's inputs that some of what is passed stand for."""
        return frozenset(each for name in names for each in (INPUTS if name == "x" else (name,)))

    @property
    def supplied(self) -> frozenset[str]:
        """The projection of the output, where the class has none: its output is projected afterwards."""
        return frozenset({"Wo", "bo"}) if self.lacks_output else frozenset()

    def output(self, params: Params, tensors: Arrays, returned: Any) -> tuple[Any, Any]:
        """Return the layer's output, and what comes after it."""
        several = isinstance(returned, tuple | list) and len(returned) > 0
        out, cache = (returned[0], returned[-1]) if several else (returned, None)
        values, count = numbers(out), params["heads"] * params["d"]
        if values is None or values.shape[-1:] != (self._times() * count,):
            return out, cache
        if self.lacks_output:
            own = self._gathered(values, params, -1) if self.takes_one else values
            with np.errstate(all="ignore"):
                return own @ tensors["Wo"] + tensors["bo"], cache
        return values[..., :count], cache


def _parts(values: Any, count: int) -> dict[str, Any]:
    """Return the gradients of queries, keys and values, which stand next to each other."""
    array = numbers(values)
    if array is None or array.shape[-1:] != (TIMES * count,):
        return dict.fromkeys(INPUTS, values)
    return {name: array[..., place * count : (place + 1) * count] for place, name in enumerate(INPUTS)}
