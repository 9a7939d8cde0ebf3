"""Calls after calls: what is kept by too short a key, and what changes after a few."""

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.checks.fresh import lookalikes, siblings
from gradcheck.contract import Interface
from gradcheck.layers import BY_NAME


def test_output_size_kept_by_the_shapes__is_a_fault(judged, failed):
    kept = {}

    def forward(x, **options):
        first = kept.setdefault(x.shape, options)
        return naive.max_pool2d_forward(x, **{**options, "stride": first["stride"]})

    # Its first call has each shape's own options, so that only a second one shows it.
    assert "fresh" in failed(judged("max_pool2d", forward)["forward"])


def test_eps_kept_by_the_shapes__is_a_fault(judged, failed):
    kept = {}

    def forward(x, gamma, beta, **options):
        eps = kept.setdefault(x.shape, options["eps"])
        return naive.layer_norm_forward(x, gamma, beta, eps=eps)

    assert failed(judged("layer_norm", forward)["forward"])[-1] == "fresh"


def test_gradient_kept_by_the_shapes__is_a_fault_of_backward(judged, failed):
    kept = {}

    def backward(dout, cache):
        slope = kept.setdefault(dout.shape, cache.slope)
        return naive.leaky_relu_backward(dout, cache._replace(slope=slope))

    parts = judged("leaky_relu", backward=backward)
    assert failed(parts["backward"]) == ["fresh"]
    assert failed(parts["forward"]) == []


def test_sixth_call_that_differs__is_a_fault(judged, failed):
    calls = {}

    def forward(x):
        key = x.tobytes()
        calls[key] = calls.get(key, 0) + 1
        out, cache = naive.relu_forward(x)
        return out if calls[key] < 12 else np.zeros_like(out), cache

    assert failed(judged("relu", forward)["forward"])[-1] == "fresh"


def test_memo_with_a_full_key__is_right(judged, failed):
    kept = {}

    def forward(x, **options):
        key = (x.tobytes(), x.shape, x.dtype, str(options))
        out, cache = kept.setdefault(key, naive.max_pool2d_forward(x, **options))
        return out.copy(), cache

    assert failed(judged("max_pool2d", forward)["forward"]) == []


@pytest.mark.parametrize("layer", ["conv2d", "max_pool2d", "batch_norm", "leaky_relu"])
def test_siblings__have_the_same_shapes_and_other_options(layer):
    case = BY_NAME[layer].case(BY_NAME[layer].cases.battery[0])
    renumbered, *found = siblings(case, Interface(), "forward")
    assert (renumbered.params, renumbered.seed) == (case.params, case.seed + 1)
    assert found
    for each in found:
        assert each.shapes == case.shapes
        assert each.params != case.params
        assert each.flaw is None


WINDOWED = ("conv1d", "conv2d", "depthwise_conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d")


@pytest.mark.parametrize("layer", WINDOWED)
def test_lookalikes__differ_in_options_only(layer):
    case = BY_NAME[layer].case(BY_NAME[layer].cases.battery[0])
    ((one, other),) = lookalikes(case, Interface(), "forward")
    assert one.shapes == other.shapes
    assert one.output_shape == other.output_shape
    assert one.params["stride"] != other.params["stride"]
    assert one.flaw is other.flaw is None


def test_options_kept_by_the_shapes_before_and_after__is_a_fault(judged, failed):
    kept = {}

    def forward(x, w, b=None, **options):
        right = naive.conv2d_forward(x, w, b, **options)
        first = kept.setdefault((x.shape, w.shape, right[0].shape), options)
        return naive.conv2d_forward(x, w, b, **first)

    assert failed(judged("conv2d", forward)["forward"]) == ["fresh"]
