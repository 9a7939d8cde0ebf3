"""Families that find out what a function or a class in anybody's interface means.

Their folders have more than a hundred modules, and most files of a course need none of them. So a folder is imported
when the first file needs it.
"""

from collections.abc import Callable
from importlib import import_module

from gradcheck.calling import guarded
from gradcheck.calling.raising import sort_of
from gradcheck.calling.signature import described
from gradcheck.contract import Subject, SubjectError
from gradcheck.subjects.dialects.dialect import Dialect, Members
from gradcheck.subjects.dialects.inferred.words import (
    OF_WEIGHTS,
    direction_of,
    layer_of_derived,
    layer_of_function,
    layer_of_pair,
)

SUPPORT = "gradcheck.subjects.dialects.support"
NEVER_THE_AUTHORS = (SUPPORT, "builtins")
"""Where members come from that are in every namespace, or may be."""


def _found_by(folder: str, function: str = "subjects") -> Callable[[Members], tuple[Subject, ...]]:
    """Return the function of a folder's package, which is imported at the first call."""

    def subjects(members: Members) -> tuple[Subject, ...]:
        package = import_module(f"gradcheck.subjects.dialects.{folder}")
        found: tuple[Subject, ...] = getattr(package, function)(members)
        return found

    return subjects


def may_hold_layers(members: Members) -> bool:
    """Return whether a namespace has a class, or a function named after a layer or a gradient, of the author's."""
    return any(_may_be_a_layer(name, value) for name, value in members.items() if callable(value))


def _may_be_a_layer(name: str, value: object) -> bool:
    stem, part, tensor = direction_of(name)
    is_named = (
        tensor is not None
        or layer_of_function(stem) is not None
        or stem in OF_WEIGHTS
        or layer_of_derived(stem) is not None
    )
    is_named = is_named or (part == "backward" and layer_of_pair(stem) is not None)
    if sort_of(value) == "function" and not is_named:
        return False  # without a question to the worker
    declared = described(value)
    return (declared.is_class or is_named) and not declared.module.startswith(NEVER_THE_AUTHORS)


def is_torch(members: Members) -> bool:
    """Return whether a file uses PyTorch, where it runs."""
    things = [value for value in members.values() if not isinstance(value, bool | int | float | str | None)]
    try:
        return "torch_used" in members and guarded("", members["torch_used"], things) is True
    except SubjectError:
        return False


TORCH = Dialect(
    name="torch",
    title="layers on PyTorch's tensors: functions, classes of static methods, autograd functions, modules",
    names=(),
    subjects=_found_by("tensors", "torch_subjects"),
    signs=is_torch,
    support="torch_tensors",
    is_sure=True,
)
TENSORS = Dialect(
    name="tensors",
    title="ops, functions and modules on a small library's own tensors; classes of static methods on arrays",
    names=(),
    subjects=_found_by("tensors", "own_subjects"),
    support="own_tensors",
    is_sure=True,
)
FUNCTIONS = Dialect(
    name="functions",
    title="plain functions in anybody's interface: conv2d(x, w, stride=1), conv2d_backward(dout, x, w, ...), ...",
    names=(),
    subjects=_found_by("functions"),
    support="layer_objects",
)
OBJECTS = Dialect(
    name="objects",
    title="layers as classes, in anybody's interface: Dense(n_in, n_out) with forward(x) and backward(dout), ...",
    names=(),
    subjects=_found_by("objects"),
    support="objects",
)
