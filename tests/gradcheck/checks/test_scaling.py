"""Results on inputs of every size: caps, thresholds and sentinels."""

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.evidence import fill
from gradcheck.layers import LAYERS


def capped(x):
    """ReLU6 under the name of ReLU, with a cap that ordinary numbers do not reach."""
    right, cache = naive.relu_forward(x)
    return np.where(np.isfinite(x), np.minimum(right, x.dtype.type(1e12)), right), cache


def thresholded(x):
    right, cache = naive.relu_forward(x)
    return np.where(right < 1e-2, x.dtype.type(0), right), cache


def from_minus_999(x, **options):
    out, cache = naive.max_pool2d_forward(x, **options)
    return np.maximum(out, x.dtype.type(-999)), cache


@pytest.mark.parametrize(
    ("layer", "forward"),
    [("relu", capped), ("relu", thresholded), ("max_pool2d", from_minus_999)],
    ids=["cap", "threshold", "sentinel"],
)
def test_forward_for_ordinary_sizes_only__is_a_fault(judged, failed, layer, forward):
    parts = judged(layer, forward)
    assert failed(parts["forward"])[-1] == "scaling"
    assert failed(parts["backward"]) == []


def test_backward_for_ordinary_sizes_only__is_a_fault(judged, failed):
    def backward(dout, cache):
        x = np.asarray(cache.x)
        return np.where(x > 1e-2, dout, dout.dtype.type(0) * dout)

    parts = judged("relu", backward=backward)
    assert failed(parts["backward"]) == ["scaling"]
    assert failed(parts["forward"]) == []


def test_absolute_value_of_gamma__is_a_fault(judged, failed):
    def forward(x, gamma, beta, **options):
        return naive.layer_norm_forward(x, np.abs(gamma), beta, **options)

    assert failed(judged("layer_norm", forward)["forward"])[-1] == "scaling"


@pytest.mark.parametrize(
    "layer", [each for each in LAYERS if each.arithmetic.scaled], ids=lambda each: each.name
)
def test_scaled_tensors__are_inputs_and_scale_the_output_to_the_degree(layer):
    case = layer.case(layer.cases.battery[0])
    tensors = fill.tensors(case)
    grown = {name: 8 * tensors[name] for name in layer.arithmetic.scaled}
    forward = layer.ours.fast.forward
    once, scaled = (forward(**given, **case.options)[0] for given in (tensors, tensors | grown))
    assert np.array_equal(scaled, once * 8**layer.arithmetic.degree)
