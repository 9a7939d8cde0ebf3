"""A wrong forward must not fail a right backward, nor the reverse."""

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import Pair
from gradcheck.judging.part import judge_subject
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.cases import cases_for
from gradcheck.subjects.dialects.cs231n import CS231N
from gradcheck.subjects.dialects.pair import PAIR, members_of


def judged(layer, forward, backward):
    (subject,) = PAIR.subjects(members_of(layer, Pair(forward, backward)))
    with quiet(0):
        return judge_subject(subject, cases_for(subject, 2, 0), CHECKS)


def verdicts(layer, forward, backward):
    return {part.part: part.verdict for part in judged(layer, forward, backward)}


def doubled(layer):
    def forward(*args, **kwargs):
        out, cache = layer.ours.naive.forward(*args, **kwargs)
        return 2 * out + 1, cache

    return forward


def scaled_gradients(layer, factor):
    def backward(dout, cache):
        return layer.ours.naive.backward(factor * dout, cache)

    return backward


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=9)
def test_wrong_output__does_not_fail_a_right_backward(layer):
    found = verdicts(layer, doubled(layer), layer.ours.naive.backward)
    assert found["forward"] == "fail"
    assert found["backward"] == "pass"


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=13)
def test_wrong_backward__does_not_fail_a_right_forward(layer):
    assert verdicts(layer, layer.ours.naive.forward, scaled_gradients(layer, 2)) == {
        "forward": "pass",
        "backward": "fail",
    }


@pytest.mark.parametrize("name", ["affine", "conv2d", "conv_transpose2d", "relu", "mse_loss", "svm_loss"])
def test_wrong_parts__are_both_found_where_forward_only_stores_its_inputs(name):
    layer = next(layer for layer in LAYERS if layer.name == name)
    assert verdicts(layer, doubled(layer), scaled_gradients(layer, 3)) == {
        "forward": "fail",
        "backward": "fail",
    }


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=17)
def test_derivative_of_a_wrong_forward__passes_with_a_credit_of_its_own(layer):
    forward, backward = judged(layer, doubled(layer), scaled_gradients(layer, 2))
    assert (forward.verdict, forward.own_forward) == ("fail", False)
    assert (backward.verdict, backward.own_forward) == ("pass", True)
    (message,) = {finding.message for finding in backward.findings if finding.check == "gradient"}
    assert message == "right for its own forward (which is wrong: see forward)"


def test_right_backward__has_no_credit_for_its_own_forward():
    layer = BY_NAME["affine"]
    assert not any(part.own_forward for part in judged(layer, doubled(layer), layer.ours.naive.backward))


def halves_of_tanh(backward):
    def forward(x):
        out = np.tanh(2 * x)
        return out, out

    return verdicts(BY_NAME["tanh"], forward, backward)


def test_right_backward__passes_once_the_cache_is_right():
    assert halves_of_tanh(lambda dout, out: dout * (1 - out**2)) == {"forward": "fail", "backward": "pass"}


def test_backward_that_no_cache_makes_right__stays_inconclusive():
    assert halves_of_tanh(lambda dout, out: dout * (1 - out))["backward"] == "inconclusive"


def test_forward_output_in_the_cache__is_put_right_by_the_right_output_only():
    # With x in its place this backward would be right; but it gets forward's output, and applies tanh once more.
    assert halves_of_tanh(lambda dout, out: dout * (1 - np.tanh(out) ** 2))["backward"] == "inconclusive"


def test_stub_of_zeros__has_no_credit_for_a_forward_of_zeros():
    def forward(x):
        return np.zeros_like(x), (x.copy(),)

    assert verdicts(BY_NAME["relu"], forward, lambda dout, cache: np.zeros_like(dout))["backward"] == "fail"


def test_overwritten_input__does_not_fail_the_backward_that_reads_it():
    def forward(x):
        cache = (x,)
        out = np.maximum(x, 0)
        x += 100
        return out, cache

    found = verdicts(BY_NAME["relu"], forward, lambda dout, cache: dout * (cache[0] > 0))
    assert found == {"forward": "fail", "backward": "pass"}


def test_output_of_a_wrong_size__does_not_fail_its_derivative():
    def forward(x, w, b=None):
        out, cache = BY_NAME["affine"].ours.naive.forward(x, w, b)
        return np.concatenate([out, out], axis=1), cache

    def backward(dout, cache):
        half = dout.shape[1] // 2
        return BY_NAME["affine"].ours.naive.backward(dout[:, :half] + dout[:, half:], cache)

    _, part = judged(BY_NAME["affine"], forward, backward)
    assert (part.verdict, part.own_forward) == ("pass", True)


def test_backward_with_state__is_not_credited_for_its_own_forward():
    calls = []

    def backward(dout, cache):
        calls.append(1)
        return BY_NAME["sigmoid"].ours.naive.backward(2 * dout, cache) * (1 + (len(calls) % 2))

    assert verdicts(BY_NAME["sigmoid"], doubled(BY_NAME["sigmoid"]), backward)["backward"] != "pass"


def test_raising_forward__leaves_backward_without_a_verdict():
    def forward(*args, **kwargs):
        raise KeyError("oops")

    layer = next(layer for layer in LAYERS if layer.name == "conv2d")
    found = verdicts(layer, forward, fast.conv2d_backward)
    assert found["forward"].is_wrong
    assert found["backward"] == "inconclusive"


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=11)
def test_forward_that_answers_wrongly_and_only_where_an_input_is_not_finite__leaves_a_verdict(layer):
    """What is wrong then has no proof, and the search for one must not end the run."""

    def forward(*args, **kwargs):
        if all(np.isfinite(each).all() for each in (*args, *kwargs.values()) if isinstance(each, np.ndarray)):
            raise RuntimeError("finite")
        out, cache = layer.ours.naive.forward(*args, **kwargs)
        return np.zeros_like(out), cache

    found = verdicts(layer, forward, layer.ours.naive.backward)
    assert found["forward"].is_wrong
    assert found["backward"] == "inconclusive"


def test_derivative_of_a_wrong_forward__has_its_credit_on_cases_of_many_numbers_too():
    def forward(x, *, slope=0.01):
        slope = slope or 0.01
        return np.where(x > 0, x, x * slope), (x, slope)

    def backward(dout, cache):
        x, slope = cache
        return np.where(x > 0, dout, dout * slope)

    names = {"leaky_relu_forward": forward, "leaky_relu_backward": backward}
    (subject,) = PAIR.subjects(names)
    cases = [BY_NAME["leaky_relu"].case(line) for line in ("n3d4_a0", "n3d3x2x2x513_a0")]
    with quiet(0):
        _, found = judge_subject(subject, cases, CHECKS)
    assert (found.verdict, found.own_forward) == ("pass", True)


@pytest.mark.parametrize(("redraws", "verdict"), [(False, "pass"), (True, "inconclusive")])
def test_backward_by_the_mask_of_a_forward_without_its_scale__is_right_for_its_own_forward(redraws, verdict):
    def drawn(x, param):
        if "seed" in param:
            np.random.seed(param["seed"])
        return (np.random.rand(*x.shape) < param["p"]) if param["mode"] == "train" else np.ones_like(x)

    def forward(x, dropout_param):
        mask = drawn(x, dropout_param)
        return x * mask, (dropout_param, mask)

    def backward(dout, cache):
        param, mask = cache
        return dout * (drawn(dout, param) if redraws else mask)

    (subject,) = CS231N.subjects({"dropout_forward": forward, "dropout_backward": backward})
    with quiet(0):
        found = {part.part: part.verdict for part in judge_subject(subject, cases_for(subject, 2, 0), CHECKS)}
    assert found["forward"] == "fail"
    assert found["backward"] == verdict


def maxima(decode):
    """Return max_pool2d with kernel 2, stride 2 and pad 1, which keeps places; it pads with 0, and so may lose them."""

    def forward(x, *, kernel, stride=None, pad=0, dilation=1, ceil_mode=False):
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        n, c, h, w = padded.shape
        windows = padded.reshape(n, c, h // 2, 2, w // 2, 2).swapaxes(3, 4).reshape(n, c, h // 2, w // 2, 4)
        return windows.max(axis=-1), (x, windows.argmax(axis=-1))

    def backward(dout, cache):
        x, kept = cache
        n, c, h, w = (extent + 2 * (axis > 1) for axis, extent in enumerate(x.shape))
        spread = np.where(decode(kept)[..., None] == np.arange(4), dout[..., None], 0.0)
        whole = spread.reshape(n, c, h // 2, w // 2, 2, 2).swapaxes(3, 4).reshape(n, c, h, w)
        return whole[:, :, 1:-1, 1:-1].copy()

    return forward, backward


CASES = ("n1c2h2w2_k2x2_s2x2_p1x1_d1x1", "n2c2h4w6_k2x2_s2x2_p1x1_d1x1")


@pytest.mark.parametrize("decode", [lambda kept: kept, lambda kept: kept ^ 1], ids=["right", "wrong"])
def test_backward_with_places_that_forward_kept_wrongly__passes_if_it_is_right_with_right_ones(decode):
    forward, backward = maxima(decode)
    layer = BY_NAME["max_pool2d"]
    (subject,) = PAIR.subjects({"max_pool2d_forward": forward, "max_pool2d_backward": backward})
    with quiet(0):
        found = judge_subject(subject, [layer.case(line, seed=3) for line in CASES], CHECKS)
    verdicts = {part.part: part.verdict for part in found}
    assert verdicts["forward"] == "fail"
    assert (verdicts["backward"] == "pass") == (decode(0) == 0), [f.message for f in found[1].findings]
