"""What a verification never asks of a subject, because its interface cannot express it."""

from collections.abc import Iterator
from typing import Any

from gradcheck.contract import Subject
from gradcheck.text import one_line

EXTENTS = frozenset({"n", "c", "h", "w", "f", "kh", "kw", "d", "m", "dims"})
"""Sizes of tensors: that an interface has its own of these is said by how it is understood."""


def unasked(subject: Subject) -> tuple[str, ...]:
    """Return the options of the layer that no case of this subject varies, and the arguments that no call passes.

    Examples
    --------
    ``("dilation: only 1x1", "g: only 1", "argument ignore_index: never passed")``
    """
    arguments = (f"argument {one_line(name, 60)}: never passed" for name in subject.interface.unpassed)
    return (*_narrowed(subject), *_skipped(subject), *arguments)


def _narrowed(subject: Subject) -> Iterator[str]:
    """Yield each parameter of the layer that takes fewer values here than in the layer's own fixed cases."""
    read, express = subject.layer.cases.grammar.read, subject.interface.express
    asked = [read(geometry) for geometry in subject.layer.cases.battery]
    expressed = [express(params) for params in asked]
    for name in asked[0]:
        if name in EXTENTS:
            continue
        before, now = _values(asked, name), _values(expressed, name)
        if not set(before) <= set(now):
            yield f"{name}: only {', '.join(now)}"


def _values(cases: list[Any], name: str) -> list[str]:
    return list(dict.fromkeys(_written(params[name]) for params in cases if name in params))


def _written(value: Any) -> str:
    """Return a value of a parameter as a person writes it: (1, 2) is 1x2, ((1, 0), (2, 2)) is 1,0x2,2."""
    if isinstance(value, tuple):
        parts = [",".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in value]
        return "x".join(parts)
    return str(value)


def _skipped(subject: Subject) -> Iterator[str]:
    """Yield the reasons for which the interface leaves cases of a part out."""
    read = subject.layer.cases.grammar.read
    cases = [subject.interface.express(read(geometry)) for geometry in subject.layer.cases.battery]
    reasons = [subject.interface.skips(part, params) for params in cases for part in subject.parts]
    yield from dict.fromkeys(reason for reason in reasons if reason)
