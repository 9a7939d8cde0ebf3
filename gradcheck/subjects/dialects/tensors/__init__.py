"""Layers on tensors: PyTorch's, those of small libraries, and classes of static methods on either or on arrays."""

from collections.abc import Iterator
from typing import Any

from gradcheck.calling import guarded
from gradcheck.contract import Subject, SubjectError
from gradcheck.subjects.dialects.dialect import Dialect, Members
from gradcheck.subjects.dialects.tensors import (
    absent,
    contexts,
    functions_of_autograd,
    helpers,
    modules_of_files,
    modules_of_torch,
    ops,
    plain,
    statics,
)


def is_torch(members: Members) -> bool:
    """Return whether a file uses PyTorch, where it runs."""
    things = [value for value in members.values() if not isinstance(value, bool | int | float | str | None)]
    try:
        return "torch_used" in members and guarded("", members["torch_used"], things) is True
    except SubjectError:
        return False


def torch_subjects(members: Members) -> tuple[Subject, ...]:
    """Return the subjects of a file that uses PyTorch."""
    return (
        *functions_of_autograd.subjects(members),
        *modules_of_torch.subjects(members),
        *statics.subjects(members, tensors=True),
        *plain.subjects(members),
    )


def _on_tensors(members: Members, tensor: Any) -> Iterator[Subject]:
    yield from ops.subjects(members)
    yield from modules_of_files.subjects(members, tensor)
    yield from helpers.subjects(members, tensor)


def own_subjects(members: Members) -> tuple[Subject, ...]:
    """Return the subjects of a file with tensors of its own, or with static methods on arrays."""
    tensor = ops.tensor_in(members)
    on_tensors = () if tensor is None else tuple(_on_tensors(members, tensor))
    found = (
        *on_tensors,
        *contexts.subjects(members, tensor),
        *statics.subjects(members, tensors=False),
    )
    taken = {each.functions["forward"] for each in found if not each.interface.misfit}
    missing = [each for each in absent.subjects(members) if each.functions["forward"] not in taken]
    lacking = {each.functions["forward"] for each in missing}
    return (*(each for each in found if each.functions["forward"] not in lacking), *missing)


TORCH = Dialect(
    name="torch",
    title="layers on PyTorch's tensors: functions, classes of static methods, autograd functions, modules",
    names=(),
    subjects=torch_subjects,
    signs=is_torch,
    support="torch_tensors",
    is_sure=True,
)

TENSORS = Dialect(
    name="tensors",
    title="ops, functions and modules on a small library's own tensors; classes of static methods on arrays",
    names=(),
    subjects=own_subjects,
    support="own_tensors",
    is_sure=True,
)
