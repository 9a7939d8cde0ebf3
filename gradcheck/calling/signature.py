"""A function or a class of a subject as its author declares it, in this process or in a worker."""

import inspect
from dataclasses import dataclass
from typing import Any

from gradcheck.calling.description import KINDS, OPAQUE, facts_of
from gradcheck.contract import SubjectError
from gradcheck.text import one_line

FORM = (bool, str, int, list, list)
PARAMETER = (str, int, bool, (bool, int, float, str, type(None)), str)


@dataclass(frozen=True)
class Described:
    """What a callable is declared as.

    Attributes
    ----------
    is_class : bool
        Whether it is a class.
    module : str
        The module it was written in.
    line : int
        The line that a function begins at; 0 where that is unknown.
    bases, methods : tuple of str
        The classes that a class derives from, and its methods.
    signature : inspect.Signature, optional
        Its parameters, those of its constructor for a class; None where Python cannot say.
    """

    is_class: bool = False
    module: str = ""
    line: int = 0
    bases: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    signature: inspect.Signature | None = None

    @property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Its parameters; none where Python cannot say."""
        return tuple(self.signature.parameters.values()) if self.signature else ()


def described(thing: Any) -> Described:
    """Return what a function or a class of a subject is declared as; nothing where that cannot be found out."""
    try:
        facts = thing.facts_inside_() if hasattr(type(thing), "facts_inside_") else facts_of(thing)
    except (SubjectError, Exception):  # noqa: BLE001 - a subject's own metaclass or descriptor may raise anything
        return Described()
    return _checked(facts) or Described()


def _checked(facts: Any) -> Described | None:
    """Return what a list of facts says. In a worker the subject can influence it: nothing in it is believed."""
    if not _is(facts, FORM[:5], optional=1) or not _are_names(facts[3]) or not _are_names(facts[4]):
        return None
    is_class, module, line, bases, methods, parameters = facts
    return Described(is_class, one_line(module), line, tuple(bases), tuple(methods), _signature(parameters))


def _is(values: Any, form: tuple[Any, ...], optional: int = 0) -> bool:
    return (
        isinstance(values, list)
        and len(values) == len(form) + optional
        and all(isinstance(value, kind) for value, kind in zip(values, form, strict=False))
    )


def _are_names(values: list[Any]) -> bool:
    return all(isinstance(value, str) and value.isidentifier() for value in values)


def _signature(parameters: Any) -> inspect.Signature | None:
    if not isinstance(parameters, list):
        return None
    try:
        return inspect.Signature([_parameter(*each) for each in parameters if _is(each, PARAMETER)])
    except ValueError:
        return None


class Opaque:
    """A default that is no plain value."""

    def __repr__(self) -> str:
        return OPAQUE


def _default(default: Any) -> Any:
    return Opaque() if default == OPAQUE else default


def _parameter(name: str, kind: int, has_default: bool, default: Any, annotation: str) -> inspect.Parameter:
    if not 0 <= kind < len(KINDS):
        raise ValueError(kind)
    return inspect.Parameter(
        name,
        KINDS[kind],
        default=_default(default) if has_default else inspect.Parameter.empty,
        annotation=annotation or inspect.Parameter.empty,
    )


def shown(name: str, signature: inspect.Signature | None) -> str:
    """Return a function as its author declares it, on one line: ``conv2d(x, w, stride=1)``."""
    if signature is None:
        return name
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return one_line(f"{name}{signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)}")
