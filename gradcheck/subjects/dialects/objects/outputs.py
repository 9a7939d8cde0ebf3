"""Where a class leaves its output, and how that is laid out."""

from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers, squeezed
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.layouts import Layout
from gradcheck.subjects.dialects.objects.calls import case_of, forward, left_behind, made, output_and_cache
from gradcheck.subjects.dialects.objects.places import layouts_of
from gradcheck.subjects.dialects.objects.using import Used


def output(used: Used, members: Members) -> tuple[Used, Any]:
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


def layout_of(used: Used, out: Any) -> Layout | None:
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


def misshapen(used: Used, out: Any) -> str:
    """Say what an output is that has no layout of the layer's."""
    values = numbers(out)
    got = "no array" if values is None else f"shape {values.shape}"
    return f"{used.name}.{used.written.forward} gives {got} on {case_of(used)}"
