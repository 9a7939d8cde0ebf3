"""Which backward belongs to a kernel: one that its file defines, or that comes from where its forward comes from."""

import sys
from types import ModuleType
from typing import Any


def backward_of(module: ModuleType, target: str, name: str, forward: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the kernel's own ``NAME_backward``, or None; and notes for the report.

    Parameters
    ----------
    module : module
        What the target names.
    target : str
        The target as the user gave it.
    name : str
        The function's name in the module: ``NAME`` or ``NAME_forward``.
    forward : callable
        The function.
    """
    name = f"{name.removesuffix('_forward')}_backward"
    found = getattr(module, name, None)
    if not callable(found):
        return None, ()
    home = _home(found, module)
    if home in (module, _home(forward, module)) or home.__name__.startswith(f"{module.__name__}."):
        return found, ()
    note = f"{name} is imported from {home.__name__} and was not judged: to judge it, write {target},{name}"
    return None, (note,)


def _home(function: Any, module: ModuleType) -> ModuleType:
    """Return the module that a function was imported from; `module` itself where it was made there.

    The name of a function's module is not enough: a decorator or a partial has that of its library, although it is
    made here. It counts as imported only where its own module has the very same object.
    """
    home = sys.modules.get(str(getattr(function, "__module__", None)))
    if home is not None and any(each is function for each in vars(home).values()):
        return home
    return module
