"""A class as its author declares it: its two methods, and what its constructor takes."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradcheck.calling import guarded
from gradcheck.calling.signature import Described, described
from gradcheck.contract import SubjectError
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.objects.roles import BACKWARD, FORWARD, squashed

Parameters = tuple[inspect.Parameter, ...]
ANY_KIND = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
NOISE = ("numpy", "np", "my", "manual", "naive", "vanilla", "layer", "simple")
"""Words in a class's name that do not say what it is."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A class with a forward and a backward method.

    Attributes
    ----------
    name, forward, backward : str
        What it and its methods are called.
    facts : Described
        What it is declared as.
    given, back : tuple of inspect.Parameter
        The parameters of the two methods, without self.
    """

    name: str
    forward: str
    backward: str
    facts: Described
    given: Parameters
    back: Parameters

    @property
    def plain_name(self) -> str:
        """Its name in lower case, without underscores and words that say nothing."""
        return plain(self.name)

    @property
    def functions(self) -> dict[str, str]:
        """What the report calls its methods."""
        return {"forward": f"{self.name}.{self.forward}", "backward": f"{self.name}.{self.backward}"}


def plain(name: str) -> str:
    """Return a name in lower case, without underscores and words that say nothing."""
    found = squashed(name)
    for word in NOISE:
        found = found.replace(word, "")
    return found


def declared_class(name: str, members: Members) -> Declared | None:
    """Return a class with the two methods; None for everything else."""
    facts = described(members[name]) if callable(members[name]) else Described()
    if not facts.is_class:
        return None
    methods = {squashed(each): each for each in reversed(facts.methods)}
    forward = next((methods[each] for each in map(squashed, FORWARD) if each in methods), None)
    backward = next((methods[each] for each in map(squashed, BACKWARD) if each in methods), None)
    if forward is None or backward is None:
        return None
    given, back = (_parameters_of(members, name, method) for method in (forward, backward))
    if given is None or back is None:
        return None
    return Declared(name=name, forward=forward, backward=backward, facts=facts, given=given, back=back)


def _parameters_of(members: Members, name: str, method: str) -> Parameters | None:
    """Return the parameters of a method without self; None where they cannot be seen."""
    try:
        found = described(guarded(name, members["method_of"], members[name], method)).parameters
    except SubjectError:
        return None
    return tuple(each for each in found[1:] if each.kind not in ANY_KIND) if found else None


def made_of(
    declared: Declared, extents: Mapping[str, tuple[str, ...]], needed: Sequence[str]
) -> dict[str, str] | str:
    """Return what each argument of a constructor is passed, by its name; or why it is not known."""
    found: dict[str, str] = {}
    for each in declared.facts.parameters:
        if each.kind in ANY_KIND:
            continue
        left = {role: names for role, names in extents.items() if role not in found.values()}
        spelled = (each.name, each.name.lower())
        role = next((role for name in spelled for role, names in left.items() if name in names), None)
        if role is not None:
            found[each.name] = role
        elif each.default is each.empty:
            return f"what its argument {each.name} is for is not known"
    lacking = [role for role in needed if role not in found.values()]
    return "its constructor does not take the extents of its weights" if lacking else found


def methods_of(
    forward: dict[str, str] | str, backward: dict[str, str] | str
) -> tuple[dict[str, str], dict[str, str]] | str:
    """Return what the arguments of both methods are passed; or why it is not known, if one of them is only a name."""
    for each in (forward, backward):
        if isinstance(each, str):
            return f"what its argument {each} is for is not known"
    assert not isinstance(forward, str), "it is known"
    assert not isinstance(backward, str), "it is known"
    return forward, backward
