"""The course's optim.py: ``adam(w, dw, config=None) -> next_w, config``, and the other update rules."""

from gradcheck.models.rules import RULES, UpdateRule
from gradcheck.subjects.dialects.adapter import parameters_of
from gradcheck.subjects.dialects.dialect import Members

CONFIG = "config"
"""The third argument of each: by this name the course's rules are told from others with the same name."""


def update_rules(members: Members) -> tuple[UpdateRule, ...]:
    """Return the update rules that a module defines, in the course's form."""
    return tuple(
        UpdateRule(name, rule, members[name]) for name, rule in RULES.items() if _is_theirs(members, name)
    )


def _is_theirs(members: Members, name: str) -> bool:
    parameters = parameters_of(members, name)
    return len(parameters) == 3 and parameters[-1] == CONFIG
