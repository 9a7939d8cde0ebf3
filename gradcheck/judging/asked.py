"""What a verification asked of a subject, and what it never asks because the interface cannot express it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from gradcheck.contract import Case, Subject
from gradcheck.layers.space import Pairs, classes_of
from gradcheck.report import Asked
from gradcheck.text import one_line


def asked(cases: Iterable[Case], possible: Pairs | None, left_out: str | None) -> Asked | None:
    """Return what the cases that ran have asked; None if none ran.

    Parameters
    ----------
    cases : iterable of Case
        Those that ran.
    possible : Pairs, optional
        The pairs of classes of all cases from which they were chosen.
    left_out : str, optional
        Which cases were dropped.
    """
    ran = list(cases)
    if not ran:
        return None
    # Those of several dtypes and seeds have the same classes.
    classes = list(map(classes_of, {(case.geometry, case.fill): case for case in ran}.values()))
    return Asked(
        geometries=len({case.geometry for case in ran}),
        ranges={name: _range([case.params[name] for case in ran]) for name in _varied(ran)},
        dtypes=dict(Counter(case.dtype for case in ran)),
        fills=dict(Counter(case.fill for case in ran)),
        classes=len(frozenset[str]().union(*classes)),
        pairs=None if possible is None else round(possible.share_of(classes), 3),
        left_out=left_out,
    )


def _varied(ran: list[Case]) -> list[str]:
    """Return the parameters of some cases; without the label to ignore and leading axes, where none of them has any."""
    names = ran[0].layer.cases.grammar.names
    idle = {"label"} if all(case.params.get("ignored") == "none" for case in ran) else set()
    idle |= {name for name in names if all(case.params[name] == () for case in ran)}
    return [name for name in names if name not in idle]


def _range(values: list[Any]) -> str:
    """Return the values of a parameter: the smallest and the largest number on each axis, or each word."""
    if isinstance(values[0], str):
        return ", ".join(sorted(set(values)))
    flat = [number for value in values for number in _numbers(value)]
    low, high = min(flat), max(flat)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, tuple):
        for each in value:
            yield from _numbers(each)
    else:
        yield value


OWN = frozenset(
    ["n", "c", "h", "w", "f", "kh", "kw", "d", "m", "dims", "lead", "label", "depth", "kd", "length", "kl"]
)
"""Sizes of tensors, and a label: that an interface has its own of these is said by how it is understood."""


def unasked(subject: Subject) -> tuple[str, ...]:
    """Return the options of the layer that no case of this subject varies, and the arguments that no call passes.

    Examples
    --------
    ``("stride: the same on both axes", "dilation: only 1x1", "argument ignore_index: never passed")``
    """
    arguments = (f"argument {one_line(name, 60)}: never passed" for name in subject.interface.unpassed)
    refused = (one_line(text, 200) for text in subject.interface.refused)
    return (*_narrowed(subject), *_withheld(subject), *_skipped(subject), *refused, *arguments)


def _narrowed(subject: Subject) -> Iterator[str]:
    """Yield each parameter of the layer that takes fewer values here than in the layer's own fixed cases."""
    read, express = subject.layer.cases.grammar.read, subject.interface.express
    asked = [read(geometry) for geometry in subject.layer.cases.battery]
    expressed = [express(params) for params in asked]
    for name in asked[0]:
        if name in OWN:
            continue
        before, now = _values(asked, name), _values(expressed, name)
        if not set(before) <= set(now):
            yield f"{NAMES.get(name, name)}: {_limits(now)}"


NAMES = {"g": "groups", "ignored": "ignored rows", "output_pad": "output padding"}


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
