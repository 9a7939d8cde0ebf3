"""Modules of a small library in the same file: the tape of its tensors is their backward."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

from gradcheck.calling import guarded
from gradcheck.calling.signature import Described
from gradcheck.contract import Subject
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.functions.fitting import Unfit
from gradcheck.subjects.dialects.tensors.modules import Plan, layers_in, planned, unseen
from gradcheck.subjects.dialects.tensors.seeing import Seen, best_of, dimensioned, subject_of_view
from gradcheck.subjects.dialects.tensors.views import View


def subjects(members: Members, tensor: Any) -> Iterator[Subject]:
    """Yield a subject for each module on a file's own tensors, where a small call gives the layer's shape."""
    for name, layer, declared in layers_in(members, _is_module):
        ask = partial(_parameters, members, name, tensor)
        found = planned(members, name, BY_NAME[layer], declared, ask)
        if isinstance(found, Unfit):
            seen: Seen | None = unseen(name, layer, found)
        else:
            seen = best_of(_views(members, name, tensor, *found))
        # A class with a backward of its own may be a layer on arrays, which others know.
        if seen is not None and (seen.is_understood or "backward" not in declared.methods):
            yield subject_of_view(seen)


def _is_module(declared: Described) -> bool:
    return not {"compute", "apply"} & set(declared.methods)


def _views(members: Members, name: str, tensor: Any, view: View, plan: Plan) -> Iterator[View]:
    """Yield the ways to go back: from a tensor, from an array, from a sum."""
    is_loss = view.spec.shapes.is_loss
    seeds = {"seed_global_numbers": members["seed_global_numbers"]}
    for labels, how in product((True, False) if is_loss else (False,), ("tensor", "array", "sum")):
        forward = partial(_called, members, members[name], tensor, plan, labels)
        back = partial(_back, members, how)
        yield from dimensioned(replace(view, forward=forward, backward=back, extra=seeds))


def _parameters(members: Members, name: str, tensor: Any, made: dict[str, Any]) -> Any:
    return guarded(name, members["own_module_parameters"], members[name], tensor, made)


def _called(members: Members, kind: Any, tensor: Any, plan: Plan, labels: bool, *arguments: Any) -> Any:
    made, held, training, inputs = plan.split(arguments)
    return members["own_module_called"](kind, tensor, made, held, training, tuple(inputs), labels)


def _back(members: Members, how: str, dout: Any, run: Any) -> Any:
    return members["own_module_backward"](how, dout, run)
