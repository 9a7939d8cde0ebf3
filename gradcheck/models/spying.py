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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gradcheck.models.recorder import Recorder, Unit

__tracebackhide__ = True

METHODS = (("forward", "backward"), ("compute", "gradient"))
"""What the two methods of a layer's class are called."""

INSTALLED = ("site-packages", "dist-packages")
"""Folders of packages that somebody else has written."""

INSIDE = {"gradcheck.fast", "gradcheck.naive"}
"""Those of our own modules that have."""


@dataclass(frozen=True)
class Spot:
    """A place where a function of a layer is looked up: how to read it, and how to put another one there."""

    unit: Unit
    is_back: bool
    original: Any
    put: Callable[[Any], None]


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
