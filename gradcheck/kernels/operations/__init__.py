"""Everything that a kernel can be judged as: the suite's layers, those from outside, and one file here for each other.

A file of this folder defines one `Operation` or several. One of the name of a layer stands in its place, as it knows
options of kernels that the layer does not have (an axis, a mask).
"""

import importlib
import pkgutil
from functools import cache

from gradcheck.contract import Layer
from gradcheck.kernels.operations.operation import Operation, of_layer
from gradcheck.layers.outside.registry import discover, known_layers

__all__ = ["Operation", "known", "layers", "names", "of"]


@cache
def _files() -> dict[str, Operation]:
    """Return the operations that the files of this folder define, by name."""
    modules = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Operation))
    return {each.layer.name: each for each in found}


_of_layers: dict[str, Operation] = {}


def known() -> dict[str, Operation]:
    """Return everything that a kernel can be judged as now, by name."""
    discover()
    return {name: of(name) for name in (*known_layers(), *_files())}


def of(name: str) -> Operation:
    """Return the operation of a name. Raises KeyError if there is none."""
    if name in _files():
        return _files()[name]
    layer = known_layers()[name]
    if name not in _of_layers or _of_layers[name].layer is not layer:
        _of_layers[name] = of_layer(layer)
    return _of_layers[name]


def names() -> dict[str, None]:
    """Return the names, in the order of a listing."""
    return dict.fromkeys(known())


def layers() -> list[Layer]:
    """Return the layers, for what parses case lines."""
    return [each.layer for each in known().values()]
