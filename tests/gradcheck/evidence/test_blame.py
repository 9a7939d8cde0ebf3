"""A wrong forward must not fail a right backward, nor the reverse."""

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.judging.part import judge_subject
from gradcheck.layers import LAYERS
from gradcheck.layers.cases import cases_for
from gradcheck.subjects.dialects.pair import PAIR


def verdicts(layer, forward, backward):
    (subject,) = PAIR.subjects({f"{layer.name}_forward": forward, f"{layer.name}_backward": backward})
    with quiet(0):
        return {part.part: part.verdict for part in judge_subject(subject, cases_for(subject, 2, 0), CHECKS)}


def doubled(layer):
    def forward(*args, **kwargs):
        out, cache = layer.ours.naive.forward(*args, **kwargs)
        return 2 * out + 1, cache

    return forward


def doubled_gradients(layer):
    def backward(dout, cache):
        return layer.ours.naive.backward(2 * dout, cache)

    return backward


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_wrong_output__does_not_fail_a_right_backward(layer):
    found = verdicts(layer, doubled(layer), layer.ours.naive.backward)
    assert found["forward"] == "fail"
    assert not found["backward"].is_wrong


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_wrong_backward__does_not_fail_a_right_forward(layer):
    assert verdicts(layer, layer.ours.naive.forward, doubled_gradients(layer)) == {
        "forward": "pass",
        "backward": "fail",
    }


@pytest.mark.parametrize("name", ["affine", "conv2d", "conv_transpose2d", "relu", "mse_loss", "svm_loss"])
def test_wrong_parts__are_both_found_where_forward_only_stores_its_inputs(name):
    layer = next(layer for layer in LAYERS if layer.name == name)
    assert verdicts(layer, doubled(layer), doubled_gradients(layer)) == {
        "forward": "fail",
        "backward": "fail",
    }


def test_cache_of_a_wrong_forward__is_no_proof_against_backward():
    def forward(x):
        out = np.tanh(2 * x)
        return out, out

    def backward(dout, out):
        return dout * (1 - out**2)

    layer = next(layer for layer in LAYERS if layer.name == "tanh")
    assert verdicts(layer, forward, backward) == {"forward": "fail", "backward": "inconclusive"}


def test_raising_forward__leaves_backward_without_a_verdict():
    def forward(*args, **kwargs):
        raise KeyError("oops")

    layer = next(layer for layer in LAYERS if layer.name == "conv2d")
    found = verdicts(layer, forward, fast.conv2d_backward)
    assert found["forward"].is_wrong
    assert found["backward"] == "inconclusive"
