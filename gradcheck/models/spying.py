"""Watch the layers that a network calls: what each one gets and returns, forwards and backwards.

The layers are found by their names, in the namespaces that the network's own code sees: functions such as
``affine_forward`` and ``affine_backward``, and classes with ``forward`` and ``backward`` or ``compute`` and
``gradient``. While a network is watched, a wrapper stands in their place.
"""

import contextlib
import functools
import inspect
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Function
from gradcheck.functions.frameworks import library_of
from gradcheck.models.trace import OUT, Call, Swap, floating

__tracebackhide__ = True

METHODS = (("forward", "backward"), ("compute", "gradient"))
"""What the two methods of a layer's class are called."""

INSTALLED = ("site-packages", "dist-packages")
"""Folders of packages that somebody else has written."""

INSIDE = {"gradcheck.fast", "gradcheck.naive"}
"""Those of our own modules that have."""


@dataclass(frozen=True)
class Unit:
    """A layer: what its forward and its backward are called; `is_loss` returns its gradient with its value."""

    name: str
    back_name: str
    is_method: bool = False
    is_loss: bool = False


@dataclass(frozen=True)
class Spot:
    """A place where a function of a layer is looked up: how to read it, and how to put another one there."""

    unit: Unit
    is_back: bool
    original: Any
    put: Callable[[Any], None]


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


# Where the layers are.


def spots_of(roots: Iterable[Any]) -> list[Spot]:
    """Return the places where the layers are looked up that the code of `roots` may call.

    Parameters
    ----------
    roots : iterable
        Functions, classes, modules and objects: the network, and where its layers are.
    """
    found, waiting, seen = list[Spot](), [], set[int]()
    classes: dict[int, type] = {}
    for root in roots:
        waiting += list(_namespaces(root))
        for kind in _kinds(root):
            classes[id(kind)] = kind
            waiting += _home(kind)
    while waiting:
        space = waiting.pop(0)
        if id(space.items) in seen:
            continue
        seen.add(id(space.items))
        pairs = list(_pairs_in(space))
        found += pairs
        for value in list(space.items.values()):
            if inspect.isclass(value) and _is_own(value.__module__):
                classes[id(value)] = value
                waiting += _home(value)
            elif isinstance(value, types.ModuleType) and _is_own(value.__name__):
                waiting.append(_of_module(value))
        waiting += [_Space(each.original.__globals__) for each in pairs]
    for kind in classes.values():
        found += _spots_of_class(kind)
    return _once(found)


@dataclass(frozen=True)
class _Space:
    """A namespace: the globals of a module, or the variables that a function has from around it."""

    items: dict[str, Any]
    cells: Mapping[str, Any] | None = None

    def put(self, name: str) -> Callable[[Any], None]:
        """Return a function that puts a value under a name."""

        def put(value: Any) -> None:
            if self.cells is not None:
                self.cells[name].cell_contents = value
            else:
                self.items[name] = value

        return put


def _once(spots: list[Spot]) -> list[Spot]:
    """Return spots without those of a function that is known under another name of the same unit."""
    units: dict[int, Unit] = {}
    found = []
    for spot in spots:
        unit = units.setdefault(id(spot.original), spot.unit)
        found.append(Spot(unit, spot.is_back, spot.original, spot.put))
    return found


def _is_own(module: str) -> bool:
    """Return whether a module may have layers of the network's author."""
    top = module.partition(".")[0]
    if top == "gradcheck":
        return any(module == each or module.startswith(f"{each}.") for each in INSIDE)
    where = getattr(sys.modules.get(module), "__file__", None) or ""
    return top not in sys.stdlib_module_names and not any(part in where for part in INSTALLED)


def _of_module(module: types.ModuleType) -> _Space:
    return _Space(vars(module))


def _home(kind: type) -> list[_Space]:
    module = sys.modules.get(kind.__module__)
    spaces = [_of_module(module)] if module is not None and _is_own(kind.__module__) else []
    for value in vars(kind).values():
        function = getattr(value, "__func__", value)
        if isinstance(function, types.FunctionType):
            spaces += list(_namespaces(function))
    return spaces


def _namespaces(root: Any) -> Iterator[_Space]:
    """Yield the namespaces that a function's code sees, or a module's own."""
    if isinstance(root, types.ModuleType):
        yield _of_module(root)
    function = inspect.unwrap(root.func if isinstance(root, functools.partial) else root)
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType):
        return
    yield _Space(function.__globals__)
    names = function.__code__.co_freevars
    cells = {
        name: cell for name, cell in zip(names, function.__closure__ or (), strict=True) if _is_full(cell)
    }
    if cells:
        yield _Space({name: cell.cell_contents for name, cell in cells.items()}, cells)
        for cell in cells.values():  # a loss may call a function that calls the layers
            if isinstance(cell.cell_contents, types.FunctionType) and cell.cell_contents is not function:
                inner = cell.cell_contents
                yield from _namespaces(inner) if inner.__closure__ is not function.__closure__ else ()


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _kinds(root: Any) -> Iterator[type]:
    """Yield the classes of a root and of the objects it holds: layers in attributes, lists and dicts."""
    root = getattr(root, "__self__", root)
    if inspect.isclass(root):
        yield root
        return
    if isinstance(root, types.FunctionType | types.ModuleType | functools.partial):
        return
    held = list(vars(root).values()) if hasattr(root, "__dict__") else []
    held += [root] if not isinstance(root, list | tuple | dict) else []
    for value in [root, *held]:
        inside = (
            value.values()
            if isinstance(value, dict)
            else value
            if isinstance(value, list | tuple)
            else [value]
        )
        for each in inside:
            if _is_own(type(each).__module__) and type(each).__module__ != "builtins":
                yield type(each)


def _pairs_in(space: _Space) -> Iterator[Spot]:
    """Yield the spots of functions that are called ``..._forward`` and ``..._backward``, and of losses."""
    for name, value in list(space.items.items()):
        if not isinstance(value, types.FunctionType) or not _is_own(value.__module__ or ""):
            continue
        if "forward" in name:
            back_name = name.replace("forward", "backward")
            back = space.items.get(back_name)
            if isinstance(back, types.FunctionType):
                unit = Unit(name, back_name)
                yield Spot(unit, False, value, space.put(name))
                yield Spot(unit, True, back, space.put(back_name))
        elif "loss" in name:
            yield Spot(Unit(name, name, is_loss=True), False, value, space.put(name))


def _methods(kind: type) -> tuple[str, str] | None:
    return next((pair for pair in METHODS if all(callable(getattr(kind, name, None)) for name in pair)), None)


def _spots_of_class(kind: type) -> Iterator[Spot]:
    """Yield the spots of a class's two methods, where they are defined."""
    names = _methods(kind)
    if names is None:
        return
    for place, name in enumerate(names):
        owner = next((each for each in kind.__mro__ if name in vars(each)), None)
        raw = None if owner is None else vars(owner)[name]
        function = getattr(raw, "__func__", raw)
        if owner is None or not isinstance(function, types.FunctionType) or not _is_own(owner.__module__):
            continue
        is_method = raw is function
        unit = Unit(f"{kind.__name__}.{names[0]}", f"{kind.__name__}.{names[1]}", is_method)
        yield Spot(unit, place == 1, raw, functools.partial(setattr, owner, name))


@contextlib.contextmanager
def watched(spots: list[Spot], recorder: Recorder) -> Iterator[None]:
    """Put wrappers in the place of the layers' functions for the length of a ``with`` block."""
    try:
        for spot in spots:
            spot.put(_wrapper(spot, recorder))
        yield
    finally:
        for spot in reversed(spots):
            spot.put(spot.original)


def _wrapper(spot: Spot, recorder: Recorder) -> Any:
    function = getattr(spot.original, "__func__", spot.original)
    record = recorder.backward if spot.is_back else recorder.forward

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return record(spot.unit, function, args, kwargs)

    return type(spot.original)(wrapper) if isinstance(spot.original, staticmethod | classmethod) else wrapper
