"""PyTorch's modules, written by hand or around others: autograd is their backward."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from gradcheck.calling import guarded
from gradcheck.contract import Subject
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.functions.fitting import Unfit
from gradcheck.subjects.dialects.tensors.arrays import pulled_back
from gradcheck.subjects.dialects.tensors.modules import Plan, layers_in, planned, unseen
from gradcheck.subjects.dialects.tensors.seeing import Seen, best_of, dimensioned, subject_of_view


def subjects(members: Members) -> Iterator[Subject]:
    """Yield a subject for each PyTorch module that is named after a layer."""
    for name, layer, declared in layers_in(members, lambda each: "Module" in each.bases):
        found = planned(members, name, BY_NAME[layer], declared, partial(_parameters, members, name))
        seen = unseen(name, layer, found) if isinstance(found, Unfit) else None
        if not isinstance(found, Unfit):
            view, plan = found
            forward, backward = partial(_called, members, name, plan), pulled_back(members)
            seen = best_of(dimensioned(replace(view, forward=forward, backward=backward)))
        if isinstance(seen, Seen):
            yield subject_of_view(seen)


def _parameters(members: Members, name: str, made: dict[str, Any]) -> Any:
    return guarded(name, members["torch_module_parameters"], members[name], (), made)


def _called(members: Members, name: str, plan: Plan, *arguments: Any) -> Any:
    made, held, training, inputs = plan.split(arguments)
    return members["torch_module_called"](members[name], (), made, held, training, tuple(inputs))
