"""Layers of several weights as classes that hold arrays: recurrent cells and layers, attention with heads."""

from collections.abc import Iterator

from gradcheck.contract import Subject
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.holders import cells, functions, heads, sequences
from gradcheck.subjects.dialects.holders.classes import declared_class

KINDS = (cells, sequences, heads)


def subjects(members: Members) -> Iterator[Subject]:
    """Yield a subject for each class that is named after such a layer."""
    for name in members:
        declared = declared_class(name, members) if _is_named(name) else None
        for kind in KINDS if declared is not None else ():
            found = kind.subject_of(declared, members)
            if found is not None:
                yield found
                break
    yield from functions.subjects(members)


def _is_named(name: str) -> bool:
    return any(kind.is_named(name) for kind in KINDS)
