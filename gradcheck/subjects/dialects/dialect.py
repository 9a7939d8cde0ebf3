"""What a dialect is: how a family of people writes layers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gradcheck.contract import PARTS, Arrays, Call, Interface, Layer, Subject
from gradcheck.grammar import Params
from gradcheck.models.network import Model
from gradcheck.models.rules import UpdateRule

Express = Callable[[Params], dict[str, Any]]
"""Parameters -> the nearest ones that an interface can express."""

Members = Mapping[str, Any]
"""A module's namespace: what it defines, by name."""

Whole = Model | UpdateRule
"""What is judged besides layers."""

LENIENT = frozenset({"alias", "cache", "dtype", "empty", "refusal", "special"})
"""Checks about which most families promise nothing: fresh arrays, float32, empty batches, ValueError, NaN."""


def usual(express: Express = dict, **others: Any) -> Interface:
    """Return an interface that promises what most families do: `LENIENT`, and full credit for every tie."""
    promised = Interface(express=express, lenient=LENIENT, conventions=frozenset({"full-credit"}))
    return replace(promised, **others)


def unpromised(subject: Subject) -> Subject:
    """Return a subject that is called through an adapter: its names are the adapter's, and promise nothing for it."""
    own = subject.interface
    conventions = own.conventions | {"full-credit"}
    return replace(
        subject, interface=replace(own, lenient=own.lenient | LENIENT | {"large"}, conventions=conventions)
    )


def not_judged(
    layer: Layer, functions: Mapping[str, str], why: Mapping[str, str], parts: tuple[str, ...] = PARTS
) -> Subject:
    """Return the subject of functions for which no call was found: the report has them with the reasons."""
    return Subject(
        layer=layer, functions=functions, forward=_never, parts=parts, interface=usual(misfit=dict(why))
    )


def _never(params: Params, tensors: Arrays) -> Call:
    raise AssertionError("what is not judged is never called")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a family of people writes layers.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What its functions look like, in one line.
    names : tuple of str
        The functions and classes that it looks for.
    subjects : callable
        A namespace -> the subjects in it.
    models : callable
        A namespace -> the whole networks in it, and the update rules.
    more : callable
        Further functions that it looks for, of layers that are known only now.
    signs : callable
        Whether a namespace is of this family at all, where other families use some of its names.
    support : str
        The module in ``gradcheck/subjects/dialects/support`` with what the dialect adds to a file's names, in the
        process in which the file runs.
    is_sure : bool
        Whether what it finds is of no other family, also where it finds no call for it.
    """

    name: str
    title: str
    names: tuple[str, ...]
    subjects: Callable[[Members], tuple[Subject, ...]]
    models: Callable[[Members], tuple[Whole, ...]] = lambda members: ()
    more: Callable[[], tuple[str, ...]] = tuple
    signs: Callable[[Members], bool] = lambda members: True
    support: str = ""
    is_sure: bool = False
