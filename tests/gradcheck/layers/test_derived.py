"""Layers next to the suite's own: both implementations agree, and backward is the derivative of forward."""

import numpy as np
import pytest

from gradcheck.evidence import fill
from gradcheck.layers.derived.compositions import COMPOSED
from gradcheck.layers.derived.variants import DERIVED

LAYERS = {**COMPOSED, **DERIVED}
STEP = 1e-6


@pytest.mark.parametrize("name", LAYERS)
def test_derived_layer__agrees_with_itself_and_with_differences(name):
    layer = LAYERS[name]
    for geometry in (layer.cases.tiny, *layer.cases.battery):
        case = layer.case(geometry)
        tensors, dout = fill.tensors(case), fill.upstream(case)
        (out, cache), (again, other) = (
            pair.forward(**tensors, **case.options) for pair in (layer.ours.fast, layer.ours.naive)
        )
        assert out.shape == case.output_shape
        np.testing.assert_allclose(out, again, rtol=1e-9, atol=1e-9)
        gradients, others = layer.ours.fast.backward(dout, cache), layer.ours.naive.backward(dout, other)
        every = gradients if isinstance(gradients, tuple) else (gradients,)
        for tensor, got, more in zip(
            case.wanted, every, others if isinstance(others, tuple) else (others,), strict=True
        ):
            np.testing.assert_allclose(got, more, rtol=1e-9, atol=1e-9)
            along = np.random.default_rng(3).uniform(0.5, 1, tensors[tensor].shape)
            sides = [
                layer.ours.fast.forward(**{**tensors, tensor: tensors[tensor] + h * along}, **case.options)[0]
                for h in (STEP, -STEP)
            ]
            slope = float(np.sum(dout * (sides[0] - sides[1]))) / (2 * STEP)
            assert np.sum(got * along) == pytest.approx(slope, rel=1e-5, abs=1e-5)
