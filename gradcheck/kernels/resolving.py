"""From ``package.module:function`` or ``file.py:function`` to a kernel."""

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcheck.kernels import library, onnx, operations
from gradcheck.kernels.frameworks import BY_NAME, FRAMEWORKS, Framework
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.kernel import Kernel, KernelError
from gradcheck.kernels.keywords import Keywords, keywords_of
from gradcheck.kernels.operations.operation import SUMMED
from gradcheck.kernels.signature import OURS, Signature, signature_of
from gradcheck.subjects.loading import LoadError
from gradcheck.subjects.loading.adapting import ALIAS, read, run
from gradcheck.text import one_line


@contextmanager
def opened_kernel(
    target: str, framework: str | None = None, adapter: str | None = None, layer: str = "conv2d"
) -> Iterator[Kernel]:
    """Give the kernel that a target names, for the length of a ``with`` block.

    Parameters
    ----------
    target : str
        ``package.module:function``, ``file.py:function``, ``library.so:function``, ``onnxruntime:Conv``, or the
        path of a model of one convolution. An ONNX session may stand where a function does. A Python function may
        be followed by its backward, ``file.py:function,backward``.
    framework : str, optional
        Whose arrays it works on; found out by itself where not given.
    adapter : str, optional
        The path of an adapter: the function is its own, ``NAME`` or ``NAME_forward``, and calls what the place defines.
    layer : str
        What it computes, which says how it is called.

    Raises
    ------
    KernelError
        If there is no such kernel.
    """
    place, colon, name = target.rpartition(":")
    if adapter is not None:
        yield _adapted(target, place, name, framework, adapter, layer)
        return
    if place == "onnxruntime" or target.endswith(onnx.SUFFIX):
        yield onnx.onnx_kernel(target, place, name)
        return
    if not colon or not name or name.startswith(("\\", "/")):  # C:\fast.py has a drive, and no function
        expected = "package.module:function, file.py:function or library.so:function"
        raise KernelError(f"{target!r} names no kernel; expected {expected}")
    if place.endswith(library.SUFFIXES):
        with library.library_kernel(target, place, name) as kernel:
            yield kernel
    else:
        yield _in_python(target, imported(place), place, name, framework, layer)


def _adapted(target: str, place: str, name: str, framework: str | None, adapter: str, layer: str) -> Kernel:
    """Return the kernel that an adapter defines, which imports what it wraps from the place."""
    target_module = imported(place)
    if place.endswith(".py"):
        sys.modules[ALIAS] = target_module
    try:
        module = run(read(adapter))
    except LoadError as problem:
        raise KernelError(problem.message) from None
    stem = name.partition(",")[0]
    if not hasattr(module, stem) and hasattr(module, f"{stem}_forward"):
        name = f"{stem}_forward{name.removeprefix(stem)}"
    kernel = _in_python(target, module, adapter, name, framework, layer)
    if not isinstance(kernel, FunctionKernel) or not isinstance(kernel.signature, Signature):
        return kernel
    if not set(OURS) <= set(kernel.signature.spelled.values()):
        return kernel
    # One adapter serves both commands: its pad has the form that a verification passes.
    return replace(kernel, signature=replace(kernel.signature, is_ours=True))


def _in_python(
    target: str, module: ModuleType, place: str, name: str, framework: str | None, layer: str
) -> Kernel:
    """Return the kernel that is a Python function."""
    name, comma, explicit = name.partition(",")
    function = _found(module, place, name)
    if onnx.is_session(function):
        return onnx.session_kernel(target, function)
    chosen = (BY_NAME[framework] if framework else _suiting(function)).bound(function)
    if layer in SUMMED:
        signature: Signature | Keywords = signature_of(function, name)
    else:
        signature = keywords_of(function, name, operations.of(layer))
    if comma:
        return FunctionKernel(target, chosen, function, signature, _found(module, place, explicit))
    backward, notes = _backward_of(module, target, name, function)
    return FunctionKernel(target, chosen, function, signature, backward, notes=notes)


def _backward_of(module: ModuleType, target: str, name: str, forward: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the kernel's own ``NAME_backward``, or None; and notes for the report.

    Its own is one that its file defines, or that comes from where its forward comes from. `name` is what the module
    calls the forward: ``NAME`` or ``NAME_forward``.
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


def _suiting(function: Any) -> Framework:
    return next(framework for framework in FRAMEWORKS if framework.suits(function))


def imported(place: str) -> ModuleType:
    """Import a file, or a module that may lie in the current folder. Raises KernelError."""
    if place.endswith(".py") and not os.path.isfile(place):
        raise KernelError(f"there is no file {one_line(place)!r}")
    try:
        if place.endswith(".py"):
            return _file(Path(place))
        if os.sep in place and os.path.isdir(place):
            return _folder(Path(place))
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        return importlib.import_module(place)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001 - importing runs the author's code
        said = f"{type(problem).__name__}: {one_line(problem)}"
        raise KernelError(f"{place} cannot be imported: {said}") from None


def _file(path: Path) -> ModuleType:
    """Import a file by its path; it may import what lies in the same folder."""
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


def _folder(path: Path) -> ModuleType:
    """Import a folder as a package, by its path."""
    sys.path.insert(0, str(path.resolve().parent))
    return importlib.import_module(path.resolve().name)


def _found(module: ModuleType, place: str, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found) and not onnx.is_session(found):
        raise KernelError(f"{place} has no function {name!r}")
    return found
