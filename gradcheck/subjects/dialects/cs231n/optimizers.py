"""The course's optim.py: ``adam(w, dw, config=None) -> next_w, config``, and the other update rules."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import Array, SubjectError
from gradcheck.models.rules import RULES, UpdateRule
from gradcheck.subjects.dialects.adapter import parameters_of
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.general import is_torch

CONFIG = "config"
"""The third argument of each: by this name the course's rules are told from others with the same name."""


def update_rules(members: Members) -> tuple[UpdateRule, ...]:
    """Return the update rules that a module defines, in the course's form."""
    return tuple(
        UpdateRule(name, rule, _called_on(name, members))
        for name, rule in RULES.items()
        if _is_theirs(members, name)
    )


def _is_theirs(members: Members, name: str) -> bool:
    parameters = parameters_of(members, name)
    return len(parameters) == 3 and parameters[-1] == CONFIG


def _called_on(name: str, members: Members) -> Callable[..., Any]:
    """Return the rule as it is called: on arrays, or on PyTorch's tensors where it takes these alone."""
    function: Callable[..., Any] = members[name]
    on_tensors = partial(_on_tensors, members, name)
    if is_torch(members) and not _runs(name, function) and _runs(name, on_tensors):
        return on_tensors
    return function


def _runs(name: str, function: Callable[..., Any]) -> bool:
    try:
        guarded(name, function, np.ones(2), np.ones(2))
    except SubjectError:
        return False
    return True


def _on_tensors(members: Members, name: str, w: Array, dw: Array, config: Any = None) -> Any:
    """Call a rule on tensors. The config that it was passed holds arrays again afterwards."""
    held = {} if config is None else config
    returned = members["torch_called"](members[name], "", (w, dw, held), {})
    is_whole = isinstance(returned, tuple | list) and len(returned) == 2 and returned[1] is not None
    return (returned[0], held) if is_whole else returned
