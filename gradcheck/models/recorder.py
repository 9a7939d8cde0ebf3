"""The calls of one evaluation of a network: what each layer gets and returns, forwards and backwards."""

import functools
import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Function
from gradcheck.functions.frameworks import library_of
from gradcheck.models.trace import OUT, Call, Swap, floating

__tracebackhide__ = True


@dataclass(frozen=True)
class Unit:
    """A layer: what its forward and its backward are called; `is_loss` returns its gradient with its value."""

    name: str
    back_name: str
    is_method: bool = False
    is_loss: bool = False


class Mixed(Exception):
    """A changed value has led the network to other calls: what it shows then is no answer."""


class Recorder:
    """The calls of one evaluation of a network."""

    def __init__(self, swap: Swap | None = None) -> None:
        self.swap = swap
        self.calls: list[Call] = []
        self._open: list[Call] = []
        self._within_backward = 0
        self._owners: list[Any] = []
        """The objects whose methods are being called: a method may call that of its base class."""
        self._known: dict[int, list[int]] = {}
        """The objects by which a call is known, which it keeps alive -> the numbers of these calls."""

    def forward(self, unit: Unit, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a layer's forward, and keep what it got and returned."""
        owner = args[0] if unit.is_method and args else None
        is_inherited = owner is not None and any(owner is each for each in self._owners)
        if self._within_backward or is_inherited:
            return function(*args, **kwargs)
        arguments = _bound(function, args, kwargs)
        inputs = {name: value for name, value in arguments.items() if floating(value) is not None}
        parent = self._open[-1].number if self._open else None
        name, back_name = _label(unit.name, owner), _label(unit.back_name, owner)
        call = Call(len(self.calls), name, back_name, unit.back_name, parent)
        call.given = tuple(inputs.values())
        call.inputs = {name: _kept(value) for name, value in inputs.items()}
        self.calls.append(call)
        swapped = self._swapped(call, arguments)
        self._open.append(call)
        self._owners.append(owner)
        try:
            returned = (
                function(*args, **kwargs) if swapped is None else _with(function, args, kwargs, swapped)
            )
        finally:
            self._open.pop()
            self._owners.pop()
        returned, first = self._returned(call, unit, returned)
        rest = returned[1:] if isinstance(returned, tuple | list) else ()
        keys = (owner,) if owner is not None else (*rest, *inputs.values(), first)
        call.keys = tuple(key for key in keys if not _is_plain(key))
        for identity in {id(key) for key in call.keys if not call.is_loss}:
            self._known.setdefault(identity, []).append(call.number)
        return returned

    def _swapped(self, call: Call, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        swap = self.swap
        if swap is None or swap.place.call != call.number or swap.place.side == OUT:
            return None
        if swap.place.side not in call.inputs or call.inputs[swap.place.side].shape != swap.value.shape:
            raise Mixed
        return {swap.place.side: _like(arguments[swap.place.side], swap.value)}

    def _returned(self, call: Call, unit: Unit, returned: Any) -> tuple[Any, Any]:
        """Keep the outputs of a call, and return what it returns, with a swapped value in its place."""
        is_several = isinstance(returned, tuple | list)
        values = list(returned) if is_several else [returned]
        swap = self.swap
        if swap is not None and swap.place.call == call.number and swap.place.side == OUT:
            place = swap.place.number
            if place >= len(values) or floating(values[place]) is None:
                raise Mixed
            values[place] = _like(values[place], swap.value)
            returned = type(returned)(values) if type(returned) in (tuple, list) else returned
            returned = values[0] if not is_several else returned
        outs = []
        for value in values:
            numbers = floating(value)
            if numbers is None:
                break
            outs.append(value)
        call.outs = [_kept(value) for value in outs]
        call.returned = tuple(outs[:1])
        if unit.is_loss and len(outs) == 2 and outs[0].ndim == 0:
            self._as_loss(call)
        elif unit.is_loss:
            call.outs = call.outs[:1]
        return returned, values[0]

    def _as_loss(self, call: Call) -> None:
        """Read a result as a loss and the gradient of what it is taken of."""
        first = next(iter(call.inputs), None)
        if first is not None and call.inputs[first].shape == call.outs[1].shape:
            call.is_loss, call.times = True, 1
            call.grads, call.douts = {first: call.outs[1]}, [np.ones(())]
        call.outs = call.outs[:1]

    def backward(self, unit: Unit, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a layer's backward, and keep what it got and returned with the forward that it belongs to."""
        given = [*args, *kwargs.values()]
        owner = args[0] if unit.is_method and args else None
        is_inherited = owner is not None and any(owner is each for each in self._owners)
        call = None if is_inherited else self._belongs(unit, given)
        if call is None:
            return function(*args, **kwargs)
        upstream = given if owner is None else given[1:]
        douts = self._upstream(call, upstream)
        kept = [None if dout is None else _kept(dout) for dout in douts]
        self._within_backward += 1
        self._owners.append(owner)
        try:
            returned = function(*args, **kwargs)
        finally:
            self._within_backward -= 1
            self._owners.pop()
        call.times += 1
        call.outs = call.outs[: max(1, len(kept))]
        call.douts = [_added(*pair) for pair in _pairs(call.douts, kept)]
        for name, gradient in _gradients(call, returned).items():
            call.grads[name] = gradient if name not in call.grads else call.grads[name] + gradient
        return returned

    def _belongs(self, unit: Unit, given: list[Any]) -> Call | None:
        """Return the latest call of forward to which a call of backward belongs; None if there is none."""
        found = Counter(number for value in given for number in self._known.get(id(value), ()))
        mine = [
            (count, self.calls[number].times == 0, number)
            for number, count in found.items()
            if unit.is_method or self.calls[number].unit == unit.back_name
        ]
        return self.calls[max(mine)[2]] if mine else None

    def _upstream(self, call: Call, given: list[Any]) -> list[Any]:
        """Return the upstream gradients among the arguments of a backward, one for each output."""
        found = []
        for out, value in zip(call.outs, given, strict=False):
            numbers = floating(value)
            if numbers is None or numbers.size != out.size or _is_known(value, call.keys):
                break
            found.append(value)
        if not found and call.outs and call.outs[0].size == 1:
            found = [np.ones(call.outs[0].shape)]  # the backward of a loss gets its labels alone
        return found


def _pairs(old: list[Array | None], new: list[Array | None]) -> Iterator[tuple[Array | None, Array | None]]:
    for place in range(max(len(old), len(new))):
        yield (old[place] if place < len(old) else None), (new[place] if place < len(new) else None)


def _added(one: Array | None, other: Array | None) -> Array | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _is_plain(value: Any) -> bool:
    """Return whether many places may have the same object by chance: it says nothing then."""
    return value is None or isinstance(value, int | float | str) or (isinstance(value, tuple) and not value)


def _is_known(value: Any, keys: tuple[Any, ...]) -> bool:
    return any(value is key for key in keys)


def _kept(value: Any) -> Array:
    numbers = floating(value)
    assert numbers is not None
    return np.array(numbers, dtype=np.float64)


def _like(value: Any, numbers: Array) -> Any:
    """Return numbers as an array of the kind of `value`."""
    if isinstance(value, np.ndarray | np.floating):
        return numbers
    library = library_of(value) if hasattr(value, "__dlpack__") else None
    try:
        return library.put(numbers, value) if library is not None else type(value)(numbers)
    except Exception as problem:  # a small library's tensor may need more than its numbers
        raise Mixed from problem


def _label(name: str, owner: Any) -> str:
    return name if owner is None else f"{type(owner).__name__}.{name.rpartition('.')[2]}"


@functools.lru_cache(maxsize=1024)
def _signature(function: Function) -> inspect.Signature:
    return inspect.signature(function)


def _bound(function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments by name; those of ``*args`` by their places."""
    try:
        bound = _signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return {**{f"arg{place}": value for place, value in enumerate(args)}, **kwargs}
    found: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            found |= {f"{name}{place}": each for place, each in enumerate(value)}
        elif kind is inspect.Parameter.VAR_KEYWORD:
            found |= value
        else:
            found[name] = value
    return found


def _with(
    function: Function, args: tuple[Any, ...], kwargs: dict[str, Any], changed: Mapping[str, Any]
) -> Any:
    """Call a function with some arguments, given by the names of `_bound`, changed."""
    names = list(_bound(function, args, {}))[: len(args)] if args else []
    moved = tuple(changed.get(name, value) for name, value in zip(names, args, strict=True))
    return function(*moved, **{name: changed.get(name, value) for name, value in kwargs.items()})


def _gradients(call: Call, returned: Any) -> Arrays:
    """Return what a backward returned, by the names of forward's inputs, as far as it is plain which is which."""
    if isinstance(returned, Mapping):
        by_name = {name: returned.get(f"d{name}", returned.get(name)) for name in call.inputs}
        return {name: _kept(value) for name, value in by_name.items() if floating(value) is not None}
    values = list(returned) if isinstance(returned, tuple | list) else [returned]
    names = list(call.inputs)
    if len(values) == len(names):
        return _matched(call, zip(names, values, strict=True))
    found: Arrays = {}
    for value in values:
        numbers = floating(value)
        fits = [name for name in names if numbers is not None and call.inputs[name].shape == numbers.shape]
        if fits:
            found[fits[0]] = _kept(value)
            names = names[names.index(fits[0]) + 1 :]
    return found


def _matched(call: Call, pairs: Iterable[tuple[str, Any]]) -> Arrays:
    kept = {name: _kept(value) for name, value in pairs if floating(value) is not None}
    return {name: value for name, value in kept.items() if value.shape == call.inputs[name].shape}
