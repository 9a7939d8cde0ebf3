"""Functions that call several layers in turn."""

import pytest

from gradcheck.layers.derived.compositions import COMPOSED

FILE = "cs231n/sandwiches.py"
FRONT, BACK = "forward", "backward"
FEW = {"cases": 0, "layers": tuple(COMPOSED)}


@pytest.mark.slow
def test_sandwiches__pass_in_every_part(judged, unpassed):
    target = judged(FILE, **FEW)
    assert {part.layer for part in target.parts} == set(COMPOSED)
    assert unpassed(target) == {}


@pytest.mark.parametrize(
    ("layer", "was", "now", "part"),
    [
        (
            "affine_relu",
            "    return affine_backward(da, fc_cache)",
            "    return affine_backward(dout, fc_cache)",
            BACK,
        ),
        ("affine_relu", "return out, (fc_cache, relu_cache)", "return a, (fc_cache, relu_cache)", FRONT),
        ("affine_bn_relu", "batchnorm_backward(dhat, bn_cache)", "batchnorm_backward(dout, bn_cache)", BACK),
        ("conv_relu", "np.where(a > 0, dout, 0)", "np.where(a > 0, dout, 0.1 * dout)", BACK),
        ("conv_bn_relu", "backward(relu_backward(dout, relu_cache), bn", "backward(dout, bn", BACK),
        ("conv_relu_pool", "relu_backward(ds, relu_cache)", "ds", BACK),
    ],
)
@pytest.mark.sample(every=3)
def test_wrong_sandwich__fails_alone(judged, edited, unpassed, undiagnosed, layer, was, now, part):
    target = judged(edited(FILE, was, now), cases=0, layers=(layer,), checks=("output", "gradient"))
    assert unpassed(target) == {f"{layer}_{part}": "fail"}


def test_sandwich__is_not_judged_where_a_layer_in_it_is_wrong(judged, edited, unpassed, undiagnosed):
    wrong = edited(FILE, "return dout * (cache > 0)", "return dout * cache")
    target = judged(wrong, cases=0, layers=("affine_relu", "relu"))
    assert unpassed(target) == {"relu_backward": "fail", "affine_relu_backward": "skip"}
    (why,) = [part.reason for part in target.parts if part.verdict == "skip"]
    assert why == "not judged: relu_backward, which it calls, is wrong or missing"


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("out, relu_cache = relu_forward(a)", "out, relu_cache = leaky_forward(a)", "calls leaky_forward"),
        (
            "a, fc_cache = affine_forward",
            "a, fc_cache = fast_affine_forward",
            "which is not there",
        ),
    ],
)
def test_look_alikes_of_sandwiches__are_not_judged(judged, edited, unpassed, tmp_path, was, now, why):
    source = edited(FILE, "def affine_bn_relu_forward", "def other").read_text()
    (tmp_path / "layers.py").write_text(source.replace(was, now, 1))
    target = judged(tmp_path / "layers.py", cases=0, layers=("affine_relu",))
    assert set(unpassed(target).values()) == {"skip"}
    assert why in str([part.reason for part in target.parts])
