"""The operations that only kernels have: their gradients are the slopes of their outputs."""

import numpy as np
import pytest

from gradcheck.kernels import operations
from gradcheck.kernels.dtypes import BY_NAME
from gradcheck.kernels.fills import FILLS
from gradcheck.layers import BY_NAME as LAYERS

OURS = [each.layer for name, each in operations.known().items() if each.layer is not LAYERS.get(name)]
STEP = 2.0**-18


@pytest.mark.parametrize(
    "layer", [each for each in OURS if each.shapes.differentiable], ids=lambda layer: layer.name
)
def test_gradient__is_the_slope_of_the_output(layer):
    for geometry in layer.cases.battery:
        case = layer.case(geometry)
        filled = FILLS["reals"](case, BY_NAME["float64"], True)
        tensors, dout = filled.values(BY_NAME["float64"])
        rng = np.random.default_rng(1)
        for name in case.wanted:
            direction = rng.uniform(-1, 1, tensors[name].shape)
            slopes = [_slope(case, tensors, dout, name, step * direction) / step for step in (STEP, 2 * STEP)]
            truth = (4 * slopes[0] - slopes[1]) / 3
            found = np.sum(filled.truth.values[f"d{name}"] * direction)
            # The two slopes differ by three times what the first one is off; the differences are rounded, too.
            size = np.abs(dout).sum() * (1 + np.abs(filled.truth.values["out"]).max())
            assert abs(found - truth) <= abs(slopes[0] - slopes[1]) + 2.0**-44 * size / STEP


def _slope(case, tensors, dout, name, move):
    forward = case.layer.ours.fast.forward
    up, down = (
        forward(**tensors | {name: tensors[name] + sign * move}, **case.options)[0] for sign in (1, -1)
    )
    return np.sum(dout * (up - down)) / 2


@pytest.mark.parametrize("layer", OURS, ids=lambda layer: layer.name)
def test_geometries__are_read_as_they_are_written(layer):
    for geometry in layer.cases.battery:
        assert layer.case(geometry).geometry == geometry
        assert layer.case(geometry).flaw is None
