"""Layers on tensors: PyTorch's, those of small libraries, and classes of static methods on either or on arrays."""

from collections.abc import Iterator
from typing import Any

from gradcheck.contract import Subject
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.tensors import (
    absent,
    cells,
    contexts,
    curves,
    functions_of_autograd,
    heads,
    helpers,
    modules_of_files,
    modules_of_torch,
    ops,
    plain,
    statics,
)


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
    yield from cells.subjects(members, tensor)
    yield from heads.subjects(members, tensor)
    yield from helpers.subjects(members, tensor)


def own_subjects(members: Members) -> tuple[Subject, ...]:
    """Return the subjects of a file with tensors of its own, or with static methods on arrays."""
    tensor = ops.tensor_in(members)
    on_tensors = () if tensor is None else tuple(_on_tensors(members, tensor))
    found = (
        *on_tensors,
        *contexts.subjects(members, tensor),
        *curves.subjects(members, tensor),
        *statics.subjects(members, tensors=False),
    )
    taken = {each.functions["forward"] for each in found if not each.interface.misfit}
    missing = [each for each in absent.subjects(members) if each.functions["forward"] not in taken]
    lacking = {each.functions["forward"] for each in missing}
    return (*(each for each in found if each.functions["forward"] not in lacking), *missing)
