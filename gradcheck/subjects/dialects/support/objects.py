"""For layers that are classes in anybody's interface: what an object holds, and how its parameters are replaced.

A path names a place in an object: attributes, keys and indices, joined by slashes (``params/W``, ``weight/data``).
"""

import contextlib
import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FunctionLayer",
    "HeldStep",
    "PlainStep",
    "array_at",
    "arrays_with_paths",
    "copied_object",
    "curve_value",
    "docstrings_of",
    "method_of",
    "number_generator",
    "plain_attributes",
    "put_array_at",
    "put_arrays_at",
    "seed_all_numbers",
    "slope_of_curve",
    "slope_of_unchanged",
    "taken_step",
    "unchanged_value",
]

DEPTH = 4
MOST = 200
MOST_TEXT = 4000


class PlainStep:
    """An optimizer without memory: what it subtracts is the gradient times its rate."""

    def __init__(self, rate: float) -> None:
        self.rate = self.learning_rate = self.lr = rate

    def calculate_update(self, weights: Any, gradient: Any) -> Any:
        """Return the weights after one step."""
        return weights - self.rate * gradient

    update = calculate_update
    __call__ = calculate_update


class FunctionLayer:
    """A forward and a backward function that take weights as arguments, as a layer that holds them."""

    def __init__(self, forward: Any, backward: Any, weights: dict[str, Any], counts: dict[str, int]) -> None:
        self.functions = forward, backward
        self.params = dict(weights)
        self.counts = dict(counts)
        self.kept: Any = None

    def forward(self, **given: Any) -> Any:
        """Return the outputs, without the cache that comes last."""
        returned = self.functions[0](**given, **self.params, **self.counts)
        if not isinstance(returned, tuple) or len(returned) < 2:
            return returned
        self.kept = returned[-1]
        return returned[0] if len(returned) == 2 else returned[:-1]

    def backward(self, **given: Any) -> Any:
        """Return the gradients."""
        return self.functions[1](*given.values(), self.kept)


def seed_all_numbers(seed: int) -> None:
    """Make the global random numbers of NumPy and of Python repeat."""
    np.random.seed(seed)
    random.seed(seed)


def number_generator(seed: int) -> np.random.Generator:
    """Return a generator of random numbers."""
    return np.random.default_rng(seed)


def method_of(kind: type, name: str) -> Any:
    """Return a method of a class, also ``__call__``, which stands for a call where the class is seen from outside."""
    return getattr(kind, name)


def docstrings_of(kind: type, name: str) -> str:
    """Return what a class and one of its methods say of themselves."""
    texts = [getattr(each, "__doc__", None) for each in (kind, getattr(kind, name, None))]
    return " ".join(text[:MOST_TEXT] for text in texts if isinstance(text, str))


def arrays_with_paths(thing: Any) -> list[Any]:
    """Return the arrays of numbers in a thing, each after its path, in one flat list."""
    found = list(_walk(thing, "", DEPTH, set()))[:MOST]
    return [each for pair in found for each in pair]


def _walk(thing: Any, path: str, depth: int, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, np.ndarray | np.floating):
        if np.asarray(thing).dtype.kind in "fiu":
            yield path, thing
        return
    if not depth or id(thing) in seen:
        return
    seen.add(id(thing))
    for key, value in _inside(thing):
        yield from _walk(value, f"{path}/{key}" if path else str(key), depth - 1, seen)


def _inside(thing: Any) -> list[tuple[Any, Any]]:
    if isinstance(thing, dict):
        return [(key, value) for key, value in thing.items() if isinstance(key, str | int)]
    if isinstance(thing, list | tuple):
        return list(enumerate(thing))
    if isinstance(thing, type) or hasattr(thing, "__code__"):
        return []
    slots = [name for kind in type(thing).__mro__ for name in _slots(kind) if hasattr(thing, name)]
    return [*getattr(thing, "__dict__", {}).items(), *((name, getattr(thing, name)) for name in slots)]


def _slots(kind: type) -> tuple[str, ...]:
    named = kind.__dict__.get("__slots__", ())
    return (named,) if isinstance(named, str) else tuple(named)


def _step(thing: Any, key: str) -> Any:
    if isinstance(thing, dict):
        return thing[key] if key in thing else thing[int(key)]
    return thing[int(key)] if isinstance(thing, list | tuple) else getattr(thing, key)


def array_at(thing: Any, path: str) -> Any:
    """Return what is at a path; None if there is nothing."""
    try:
        for key in path.split("/"):
            thing = _step(thing, key)
    except (AttributeError, LookupError, TypeError, ValueError):
        return None
    return thing


def put_array_at(thing: Any, path: str, values: NDArray[Any]) -> None:
    """Replace what is at a path by a copy of an array, and also where the same array is held elsewhere."""
    before = array_at(thing, path)
    same = [each for each, held in _walk(thing, "", DEPTH, set()) if held is before]
    made = np.array(values)
    for each in {path, *same}:
        *above, last = each.split("/")
        owner = array_at(thing, "/".join(above)) if above else thing
        _assign(owner, last, made)


def put_arrays_at(thing: Any, arrays: dict[str, NDArray[Any]]) -> None:
    """Replace what is at some paths."""
    for path, values in arrays.items():
        put_array_at(thing, path, values)


def _assign(owner: Any, key: str, value: NDArray[Any]) -> None:
    if isinstance(owner, dict):
        owner[key if key in owner else int(key)] = value
    elif isinstance(owner, list):
        owner[int(key)] = value
    else:
        setattr(owner, key, value)


def plain_attributes(thing: Any) -> list[Any]:
    """Return what can be set and has a plain value, each after its name, in one flat list: properties first."""
    plain = (bool, int, float, str, type(None))
    every = [*_properties(thing), *getattr(thing, "__dict__", {}).items()]
    held = [(name, value) for name, value in every if type(value) in plain]
    return [each for pair in held[:MOST] for each in pair]


def _properties(thing: Any) -> Iterator[tuple[str, Any]]:
    for kind in type(thing).__mro__:
        for name, value in vars(kind).items():
            if isinstance(value, property) and value.fset is not None:
                with contextlib.suppress(Exception):  # a getter of the subject's may raise anything
                    yield name, getattr(thing, name)


def copied_object(thing: Any) -> Any:
    """Return a copy of a thing and of all that it holds; the thing itself where Python cannot copy it."""
    try:
        return copy.deepcopy(thing)
    except Exception:  # noqa: BLE001 - a class of the subject's may raise anything
        return thing


def taken_step(thing: Any, method: str, w: Any, dw: Any, form: str) -> Any:
    """Return weights after a step of an optimizer, which sees them as two parameters where it takes several."""
    w, half = np.array(w), len(w) // 2
    if form == "array":
        moved = getattr(thing, method)(w, np.array(dw))
        return w if moved is None else moved
    params: Any = [w[:half].copy(), w[half:].copy()]
    grads: Any = [np.array(dw[:half]), np.array(dw[half:])]
    if form == "dict":
        params, grads = ({"W1": one, "b1": two} for one, two in (params, grads))
    getattr(thing, method)(params, grads)
    return np.concatenate(list(params.values()) if form == "dict" else params)


class HeldParameter:
    """A parameter as small libraries have it: numbers, and their gradient."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.data = values
        self.grad: Any = None
        self.requires_grad = True

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the numbers."""
        return self.data.shape


class HeldStep:
    """An optimizer that is passed two parameters when it is made, as objects, in a dict or in a list.

    `names` has the arguments of its constructor for these, and for their gradients if it is passed them there, too.
    """

    def __init__(
        self, make: Any, names: list[str], options: dict[str, Any], form: str, takes_grads: bool
    ) -> None:
        self.make, self.names, self.options = make, names, options
        self.form, self.takes_grads = form, takes_grads
        self.made: Any = None
        self.params: Any = None
        self.grads: Any = None

    def taken(self, method: str, w: Any, dw: Any) -> Any:
        """Return the weights after a step."""
        half = len(w) // 2
        if self.made is None:
            self._make(np.array(w), half)
        for key, values in zip(self._keys(), (dw[:half], dw[half:]), strict=True):
            if self.form == "objects":
                self.params[key].grad = np.array(values)
            else:
                self.grads[key] = np.array(values)
        step = getattr(self.made, method)
        _ = step(self.grads) if self.takes_grads else step()
        found = [self.params[key] for key in self._keys()]
        return np.concatenate([each.data if self.form == "objects" else each for each in found])

    def _keys(self) -> list[Any]:
        return ["W1", "b1"] if self.form == "dict" else [0, 1]

    def _make(self, w: NDArray[Any], half: int) -> None:
        parts = [w[:half].copy(), w[half:].copy()]
        if self.form == "objects":
            self.params = [HeldParameter(part) for part in parts]
        elif self.form == "dict":
            self.params, self.grads = dict(zip(self._keys(), parts, strict=True)), {}
        else:
            self.params, self.grads = parts, [None, None]
        for key, part in zip(self._keys(), parts, strict=True) if self.grads is not None else ():
            self.grads[key] = np.zeros_like(part)
        given = dict(zip(self.names, (self.params, self.grads), strict=False))
        self.made = self.make(**given, **self.options)


def unchanged_value(values: Any) -> Any:
    """Return what came."""
    return values


def slope_of_unchanged(values: Any) -> Any:
    """Return the derivative of the identity."""
    return np.ones_like(values)


def curve_value(values: Any) -> Any:
    """Return the hyperbolic tangent."""
    return np.tanh(values)


def slope_of_curve(values: Any) -> Any:
    """Return the derivative of the hyperbolic tangent."""
    return 1 - np.tanh(values) ** 2
