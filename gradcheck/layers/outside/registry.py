"""All layers known now: the suite's own, those of installed packages, and those that this process was given."""

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from gradcheck.contract import Layer
from gradcheck.layers import BY_NAME
from gradcheck.layers.outside.axes import DeclarationError
from gradcheck.text import one_line

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "gradcheck.layers"
"""The group of entry points by which an installed package declares layers: a module, a layer, or several layers."""


MESSAGE = 1000
"""The characters that a message of a declaration may have."""


@dataclass(frozen=True)
class Outside:
    """A layer from outside, and where it comes from.

    `given`: whether this process was given it, instead of finding it installed. `option`: what ``--layers`` must name
    to give it to another process.
    """

    layer: Layer
    source: str
    given: bool
    option: str | None = None


_outside: dict[str, Outside] = {}
_searched: set[tuple[str, ...]] = set()
"""The paths (``sys.path``) that were searched for installed packages."""


def known_layers() -> dict[str, Layer]:
    """Return all layers known now by name: the suite's own first."""
    return BY_NAME | {name: each.layer for name, each in _outside.items()}


def named_layers() -> dict[str, Layer]:
    """Return all layers that a case line may name: those known now, those next to them, and compositions."""
    from gradcheck.layers.derived.compositions import COMPOSED
    from gradcheck.layers.derived.variants import DERIVED

    known, derived = known_layers(), DERIVED | COMPOSED
    return known | {name: layer for name, layer in derived.items() if name not in known}


def given_from(name: str) -> str | None:
    """Return the file or module that a layer was given from; None if there is none, or it is found without."""
    found = _outside.get(name)
    return None if found is None else found.option


def use_layers(*sources: str | Path | Layer) -> tuple[Layer, ...]:
    """Add layers to those that `verify`, `replay` and the plugin of pytest know in this process.

    Parameters
    ----------
    *sources : str, Path or Layer
        Paths of ``.py`` files, names of modules, and layers. Files and modules run in this process: they are trusted.

    Returns
    -------
    tuple of Layer
        The layers of all sources.

    Raises
    ------
    ValueError
        If a source cannot be imported or declares no layer, or the name of a layer is taken.
    """
    found = [_given(layer, source) for source in sources for layer in _layers_of(source)]
    for each in found:
        _add(each)
    return tuple(each.layer for each in found)


def discover() -> list[str]:
    """Add the layers of installed packages, and return a complaint for each entry point that gave none.

    Installed packages are searched, and complained about, once for each ``sys.path``.
    """
    from importlib.metadata import entry_points  # which takes longer to import than all of this folder

    searched = tuple(sys.path)
    if searched in _searched:
        return []
    _searched.add(searched)
    return [why for point in entry_points(group=GROUP) if (why := _try(point)) is not None]


def _try(point: "EntryPoint") -> str | None:
    """Add the layers of an entry point, or return why it gave none."""
    try:
        for layer in _layers_in(point.load(), point.value):
            taken = _outside.get(layer.name)
            if taken is None or not taken.given:  # what this process was given counts for more
                _add(Outside(layer, point.value, given=False))
    except Exception as problem:  # noqa: BLE001 - one broken package must not stop everything
        what = f"{type(problem).__name__}: {problem}"
        return one_line(f"no layers from the entry point {point.name} = {point.value}: {what}", MESSAGE)
    return None


def _add(new: Outside) -> None:
    name, old = new.layer.name, _outside.get(new.layer.name)
    if old is not None and old.layer is new.layer:
        return
    if name in BY_NAME:
        raise DeclarationError(f"the suite has a layer {name} of its own: choose another name")
    if old is not None and old.source != new.source and not (new.given and not old.given):
        raise DeclarationError(
            f"the layer {name} of {new.source} has a name that is taken, by {old.source}: choose another name"
        )
    _outside[name] = new


def _given(layer: Layer, source: str | Path | Layer) -> Outside:
    if isinstance(source, Layer):
        return Outside(layer, "a call of use_layers", given=True)
    return Outside(layer, str(source), given=True, option=str(source))


def _layers_of(source: str | Path | Layer) -> tuple[Layer, ...]:
    if isinstance(source, Layer):
        return (source,)
    path = Path(source)
    is_file = path.suffix == ".py"
    if is_file and not path.is_file():
        raise DeclarationError(f"there is no file {str(source)!r} with layers")
    try:
        with _first(str(path.parent.absolute() if is_file else Path.cwd())):
            module = _run(path) if is_file else importlib.import_module(str(source))
    except Exception as problem:
        kind = "" if isinstance(problem, DeclarationError) else f"{type(problem).__name__}: "
        what = one_line(f"{kind}{problem}", MESSAGE)
        raise DeclarationError(f"importing the layers of {source} failed: {what}") from problem
    return _layers_in(module, str(source))


def _run(path: Path) -> ModuleType:
    """Import a file under a name that no other module has."""
    spec = importlib.util.spec_from_file_location(f"gradcheck_layers_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses and pickle look a class's module up there
    spec.loader.exec_module(module)
    return module


@contextmanager
def _first(folder: str) -> Iterator[None]:
    """Let a file import what lies next to it."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _layers_in(thing: object, source: str) -> tuple[Layer, ...]:
    """Return the layers that a module declares, or that are the thing itself."""
    values: Iterable[object] = vars(thing).values() if isinstance(thing, ModuleType) else (thing,)
    if isinstance(thing, list | tuple):
        values = thing
    layers = {
        id(each): each for each in values if isinstance(each, Layer) and BY_NAME.get(each.name) is not each
    }
    if not layers:
        raise DeclarationError(
            f"{source} declares no layer; expected one at its top level: "
            "MISH = declare_layer(mish, 'x: n ...', 'smooth')"
        )
    return tuple(layers.values())
