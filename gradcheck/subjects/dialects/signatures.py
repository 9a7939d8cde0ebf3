"""Whether an author's signature accepts a family's call: decided before anything of the author's runs."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gradcheck.calling.signature import described, shown
from gradcheck.contract import Interface
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.words import role_of

DICTS = frozenset(
    {"conv_param", "pool_param", "bn_param", "ln_param", "gn_param", "dropout_param", "hparameters"}
)
"""What families pass a dictionary for."""

NUMBERS = (
    "stride",
    "pad",
    "dilation",
    "g",
    "kernel",
    "eps",
    "training",
    "keep_prob",
    "drop_prob",
    "keep_or_drop",
    "momentum",
)
SPECIFIC = ("stride", "pad", "dilation", "b", "gamma", "beta", "dout")
"""Roles whose names leave little doubt."""

OF_STATES = frozenset({"prev_h", "prev_c", "h0", "Wx", "Wh", "bx", "bh"})
"""Arguments of recurrent layers, which come in many orders and layouts: these names alone say that a call is ours."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A call as a family writes it: the names of what is passed by position, and by name."""

    positional: tuple[str, ...]
    by_name: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"({', '.join([*self.positional, *(f'{name}=' for name in self.by_name)])})"


@dataclass(frozen=True)
class Bound:
    """What an author's signature says to a family's call.

    `misfit` says why it does not accept it. `is_certain` is set where an argument is the family's dictionary of options
    by its name, too. `unpassed` are the author's arguments that it leaves out. `is_loose` is
    set where it passes what the author lets one leave out: another family may know why.
    """

    text: str = ""
    misfit: str | None = None
    unpassed: tuple[str, ...] = ()
    is_loose: bool = False
    is_certain: bool = False


def bound(label: str, function: Any, form: Form) -> Bound:
    """Return what the signature of a function, a method or a class says to a call; nothing where it is unknown."""
    signature = described(function).signature
    text = shown(label, signature)
    if signature is None:
        return Bound(text)
    try:
        arguments = signature.bind(*form.positional, **dict.fromkeys(form.by_name)).arguments
    except TypeError as problem:
        return Bound(text, f"{text} does not accept {form}: {problem}")
    conflict = _conflict(signature, form)
    if conflict is not None:
        return Bound(text, f"{text} does not accept {form}: {conflict}")
    parameters = signature.parameters
    left = [name for name, each in parameters.items() if name not in arguments and not _is_open(each)]
    loose = any(_is_bare(parameters[name]) for name in arguments)
    named = zip(parameters, form.positional, strict=False)
    certain = any(ours in DICTS and role_of(theirs, ["options"]) is not None for theirs, ours in named)
    return Bound(text, None, tuple(left), loose, certain)


def _is_open(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _is_bare(parameter: inspect.Parameter) -> bool:
    """Return whether an argument is a tensor that may be left out."""
    return parameter.name in ("b", "bias") and parameter.default is None


def _conflict(signature: inspect.Signature, form: Form) -> str | None:
    """Return which argument means something else to the author, as its name says."""
    for theirs, ours in zip(signature.parameters.values(), form.positional, strict=False):
        if _is_open(theirs):
            return None
        if ours in DICTS and role_of(theirs.name, NUMBERS) is not None:
            return f"{theirs.name} is no dictionary of parameters"
        if ours in OF_STATES and theirs.name.lower().replace("_", "") != ours.lower().replace("_", ""):
            return f"{theirs.name} is not {ours}"
        if ours != "cache" and _means_another(theirs.name, ours):
            return f"{theirs.name} is not {ours}"
    return None


def _means_another(theirs: str, ours: str) -> bool:
    """Return whether a name of more than a letter, which could be anything, stands for another role.

    A bias goes by few names: what is called otherwise in its place is something else.
    """
    if len(theirs) < 2 or role_of(theirs, _roles(ours)) is not None:
        return False
    return ours in ("b", "bias") or role_of(theirs, SPECIFIC) is not None


def _roles(name: str) -> list[str]:
    """Return every role that a family's own name for an argument stands for."""
    return [
        role for role in (*SPECIFIC, "x", "w", *NUMBERS, "cache", "y") if role_of(name, [role]) is not None
    ]


@dataclass
class Reading:
    """What the signatures of a subject's functions say, collected part by part."""

    misfit: dict[str, str] = field(default_factory=dict)
    understood: dict[str, str] = field(default_factory=dict)
    unpassed: list[str] = field(default_factory=list)
    is_loose: bool = False
    is_certain: bool = False

    def add(self, part: str, found: Bound) -> None:
        """Add what one function's signature says."""
        if found.misfit is not None:
            self.misfit.setdefault(part, found.misfit)
        self.understood[part] = (
            f"{self.understood[part]}, {found.text}" if part in self.understood else found.text
        )
        self.unpassed += [name for name in found.unpassed if name not in self.unpassed]
        self.is_loose = self.is_loose or found.is_loose
        self.is_certain = self.is_certain or found.is_certain

    def onto(self, interface: Interface) -> Interface:
        """Return an interface that knows it."""
        return replace(
            interface,
            misfit=self.misfit,
            understood=self.understood,
            unpassed=tuple(self.unpassed),
            is_loose=self.is_loose,
            is_certain=self.is_certain,
        )


def read(members: Members, forms: Mapping[str, tuple[str, Form]]) -> Reading:
    """Return what the signatures of functions say: `forms` has for each part the function's name and its call."""
    reading = Reading()
    for part, (name, form) in forms.items():
        if callable(members.get(name)):
            reading.add(part, bound(name, members[name], form))
    return reading


def form_of(names: Sequence[str], by_name: Sequence[str] = ()) -> Form:
    """Return the call that passes these arguments."""
    return Form(positional=tuple(names), by_name=tuple(by_name))
