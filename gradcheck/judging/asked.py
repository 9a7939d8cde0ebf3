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
    ``("stride: the same on both axes", "dilation: only 1x1", "argument ignore_index: never passed")``
    """
    arguments = (f"argument {one_line(name, 60)}: never passed" for name in subject.interface.unpassed)
    return (*_narrowed(subject), *_withheld(subject), *_skipped(subject), *arguments)


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
            yield f"{NAMES.get(name, name)}: {_limits(now)}"


NAMES = {"g": "groups", "output_pad": "output padding"}


def _values(cases: list[Any], name: str) -> list[Any]:
    return list(dict.fromkeys(params[name] for params in cases if name in params))


def _limits(values: list[Any]) -> str:
    """Return what is asked of a parameter, of which the values are given, in a few words."""
    if len(values) == 1:
        return f"only {_written(values[0])}"
    if all(isinstance(value, tuple) for value in values):
        if all(len(set(value)) == 1 for value in values):
            return "the same on both axes" if not isinstance(values[0][0], tuple) else _pads(values)
        if isinstance(values[0][0], tuple):
            return _pads(values)
    return f"only {', '.join(map(_written, values))}"


def _pads(values: list[Any]) -> str:
    sides = [before == after for value in values for before, after in value]
    axes = [len(set(value)) == 1 for value in values]
    same = [*(["on both sides"] if all(sides) else []), *(["on both axes"] if all(axes) else [])]
    return f"the same {' and '.join(same)}" if same else f"only {', '.join(map(_written, values))}"


def _written(value: Any) -> str:
    """Return a value of a parameter as a person writes it: (1, 2) is 1x2, ((1, 0), (2, 2)) is 1,0x2,2."""
    if isinstance(value, tuple):
        parts = [",".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in value]
        return "x".join(parts)
    return str(value)


def _withheld(subject: Subject) -> Iterator[str]:
    """Yield the gradients that backward does not give, and the running values that forward does not keep."""
    missing = [name for name in subject.layer.shapes.differentiable if not subject.interface.gives(name)]
    if "backward" in subject.parts and missing:
        yield f"gradient of {', '.join(missing)}: not returned"


def _skipped(subject: Subject) -> Iterator[str]:
    """Yield the reasons for which the interface leaves cases of a part out."""
    read = subject.layer.cases.grammar.read
    cases = [subject.interface.express(read(geometry)) for geometry in subject.layer.cases.battery]
    reasons = [subject.interface.skips(part, params) for params in cases for part in subject.parts]
    yield from dict.fromkeys(reason for reason in reasons if reason)
