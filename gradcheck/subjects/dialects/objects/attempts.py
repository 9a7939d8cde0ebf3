"""The uses of a class: its styles are tried, and in each its parameters and gradients are found."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers, squeezed
from gradcheck.contract import Layer, SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.im2col_classes.objects import Turn
from gradcheck.subjects.dialects.inferred.layouts import Layout
from gradcheck.subjects.dialects.objects.assigning import assignments, unknown
from gradcheck.subjects.dialects.objects.calls import case_of, forward, left_behind, made, output_and_cache
from gradcheck.subjects.dialects.objects.expressing import express_of
from gradcheck.subjects.dialects.objects.gradients import with_gradients
from gradcheck.subjects.dialects.objects.logs import Log
from gradcheck.subjects.dialects.objects.losses import with_factor
from gradcheck.subjects.dialects.objects.making import arguments, first_steps, shaping_steps
from gradcheck.subjects.dialects.objects.methods import with_methods
from gradcheck.subjects.dialects.objects.parameters import with_places
from gradcheck.subjects.dialects.objects.places import layouts_of
from gradcheck.subjects.dialects.objects.styles import styles
from gradcheck.subjects.dialects.objects.using import Used, times_dout
from gradcheck.subjects.dialects.objects.written import Written


def uses(written: Written, layer: Layer, members: Members, log: Log) -> Iterator[Used]:
    """Yield the uses in which forward gives an output of the right shape, with the gradients that are found."""
    for roles in assignments(written, layer.name):
        lacking = unknown(written.made, roles)
        if lacking:
            log.add(f"what to pass for {', '.join(lacking)} is not known")
            return
        yield from _in_styles(written, layer, roles, (members, log))


def _in_styles(
    written: Written, layer: Layer, roles: dict[str, str], where: tuple[Members, Log]
) -> Iterator[Used]:
    members, log = where
    for style in styles(written, layer.name, roles):
        bare = Used(
            written=written,
            layer=layer,
            making=arguments(written, layer.name, roles, style, members),
            x=style.x,
            passed={"w": style.w}
            | dict.fromkeys(("b", "gamma", "beta", "running_mean", "running_var"), style.b),
            express=express_of(layer.name, roles, style),
            steps=shaping_steps(written, layer.name, style, members),
            wide=express_of(layer.name, roles, style, is_flat=False),
            initial=tuple(first_steps(written, layer.name, style, members)),
            roles=roles,
            odd=style.odd,
            either=next(
                ((name, style.keeps) for name, role in roles.items() if role == "keep_or_drop"), None
            ),
        )
        for used in with_methods(bare, style):
            yield from _in_style(used, set(roles.values()), members, log)


def _in_style(used: Used, have: set[str], members: Members, log: Log) -> Iterator[Used]:
    try:
        variants = list(with_places(used, have, members, log))
    except SubjectError as problem:
        log.add(problem)
        return
    for each in variants:
        try:
            form, out = _output(each, members)
        except SubjectError as problem:
            log.broken = log.broken or each
            log.add(problem)
            continue
        layout = _layout_of(form, out)
        if layout is None:
            log.add(_misshapen(form, out))
            continue
        form = replace(form, out=layout)
        if form.layer.shapes.is_loss:
            form = with_factor(form, members)
        elif "dout" not in form.back.values():
            form = replace(form, turn=Turn(gradient=times_dout))
        yield from with_gradients(form, members, log)


def _output(used: Used, members: Members) -> tuple[Used, Any]:
    """Return what forward gives, and the use with the attribute where it leaves that. Raises SubjectError."""
    case = case_of(used)
    tensors = fill.tensors(case)
    layer = made(used, members, case.params, tensors)
    out = output_and_cache(forward(used, layer, case.params, used.values(tensors)))[0]
    if out is not None:
        return used, out
    for name in LEFT:
        form = replace(used, left=name)
        if numbers(left_behind(form, members, layer)) is not None:
            return form, left_behind(form, members, layer)
    return used, None


LEFT = (
    "output",
    "out",
    "outputs",
    "a",
    "A",
    "y",
    "activation",
    "result",
    "output_data",
    "Z",
    "z",
    "output_array",
)
"""Attributes that a forward without a result may leave its output in."""


def _layout_of(used: Used, out: Any) -> Layout | None:
    """Return the layout that an output has, that of the input first; None if its shape is wrong in all."""
    values, shape = numbers(out), case_of(used).output_shape
    if values is None:
        return None
    for layout in (used.x, *layouts_of(used.layer.name, "out", shape)):
        try:
            if layout.theirs(np.zeros(shape)).shape == values.shape:
                return layout
        except ValueError:
            continue
    return used.x if squeezed(values.shape) == squeezed(shape) else None


def _misshapen(used: Used, out: Any) -> str:
    values = numbers(out)
    got = "no array" if values is None else f"shape {values.shape}"
    return f"{used.name}.{used.written.forward} gives {got} on {case_of(used)}"
