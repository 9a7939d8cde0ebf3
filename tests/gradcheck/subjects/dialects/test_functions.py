from pathlib import Path

import pytest

from gradcheck.subjects.dialects.inferred.words import direction_of, layer_of, words_of

DATA = Path(__file__).parents[3] / "data" / "functions"
PARTS = {
    "plain": 16,
    "apart": 4,
    "one_image": 6,
    "channels_last": 4,
    "columns": 4,
    "other_words": 8,
    "further": 14,
    "kept": 8,
    "pairs": 12,
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.sample(every=8)
def test_right_functions__pass_in_every_part(judged, unpassed, name):
    target = judged(f"functions/{name}.py", cases=4)
    assert {part.understood.partition(":")[0] for part in target.parts} <= {"functions", "framework", "pair"}
    assert len(target.parts) == PARTS[name]
    assert (unpassed(target), target.unjudged) == ({}, ())


EDITS = [
    ("plain", "dxp[at] += np", "dxp[at] = np", "conv2d_backward"),
    ("plain", "dw += np.tensordot(grad_out", "dw += 2 * np.tensordot(grad_out", "conv2d_backward"),
    ("plain", ":, padding : padding + height", ":, : height", "conv2d_backward"),
    (
        "plain",
        "i * stride : i * stride + kh, j * stride : j * stride + kw]\n            out",
        "i : i + kh, j : j + kw]\n            out",
        "conv2d",
    ),
    ("plain", "grad @ weight, grad.T @ x", "grad @ weight, (grad.T @ x)[:, ::-1]", "linear_backward"),
    ("plain", "] += upstream", "] = upstream", "max_pool_backward"),
    ("plain", "dz * np.where(z > 0, 1, alpha)", "np.where(z > 0, 1, alpha)", "leaky_relu_grad"),
    ("plain", "return a * (1 - a)", "return a * (1 + a)", "sigmoid_derivative"),
    ("plain", "g - g.mean(-1, keepdims=True) -", "g -", "layer_norm_backward"),
    ("plain", "grad / len(labels)", "grad", "softmax_cross_entropy"),
    ("plain", "(pred - target) / pred.size", "2 * (pred - target) / pred.size", "mse_loss_backward"),
    (
        "apart",
        "k : k + sh * oh : sh, l : l + sw * ow : sw][:, :, :oh, :ow]\n            dw",
        "k : k + oh, l : l + ow][:, :, :oh, :ow]\n            dw",
        "conv2d_gradx, conv2d_gradw",
    ),
    (
        "apart",
        "grad_output.sum(0)",
        "grad_output.mean(0)",
        "dense_grad_input, dense_grad_weight, dense_grad_bias",
    ),
    ("one_image", "d_image[at] += kernels", "d_image[at] = kernels", "conv_backward"),
    ("one_image", "/ size**2", "/ size", "avg_pool_backward"),
    ("one_image", "np.outer(d_out, vector)", "np.outer(d_out, -vector)", "fully_connected_backward"),
    (
        "channels_last",
        "dy @ filters[k, l].T",
        "dy @ filters[l, k].T if kh == kw else dy @ filters[k, l].T",
        "conv2d_grad",
    ),
    ("channels_last", "dy - d_shift / count - hat", "dy - hat", "batch_norm_2d_backward"),
    ("other_words", "+= dout[n, c, i, j]", "= dout[n, c, i, j]", "max_pool_bwd"),
    ("other_words", "else dy * mask", "else dy * (mask > 0)", "dropout_backward"),
    ("other_words", "m = hat.size // hat.shape[-1]", "m = len(hat)", "bn_backward"),
    ("other_words", "ker[:, :, ::-1, ::-1]", "ker", "grad_img, grad_ker"),
    ("further", "pad : pad + x.shape[2]]", ": x.shape[2]]", "conv1d_backward"),
    ("further", "dhat - hat * (dhat * hat).mean(axis=-1, keepdims=True)", "dhat", "rms_norm_backward"),
    ("pairs", "(1 - t**2)", "(1 - t)", "gelu_backward"),
    ("pairs", "0.5 * x * (1 + t), (", "0.5 * x * (1 - t), (", "gelu"),
    ("pairs", "probs * (dy -", "probs * (1 - probs) * (dy -", "softmax_bwd"),
    ("pairs", "+= w[:, i, j, None, None] * dout", "+= w[:, j, i, None, None] * dout", "depthwise_backward"),
    ("pairs", "(1 - t) * np.log", "(1 + t) * np.log", "bce_loss"),
    ("pairs", "1e-300)) - log_q", "1e-300)) + log_q", "kl_div"),
    ("columns", "dZ @ A_prev.T / m", "dZ @ A_prev.T", "linear_backward"),
    ("columns", "1 - np.tanh(Z) ** 2", "1 - Z**2", "tanh_backward"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "function"), EDITS)
@pytest.mark.sample(every=17)
def test_edited_function__is_the_one_that_fails(judged, unpassed, tmp_path, name, right, wrong, function):
    text = (DATA / f"{name}.py").read_text()
    assert text.count(right) == 1
    path = tmp_path / f"{name}.py"
    path.write_text(text.replace(right, wrong))
    assert unpassed(judged(str(path), cases=4)) == {function: "fail"}


@pytest.mark.slow
def test_small_number_within_logarithms__is_not_judged(judged, tmp_path):
    source = (
        (DATA / "kept.py")
        .read_text()
        .replace("np.log(p)", "np.log(p + 1e-9)")
        .replace("1 - p)", "1 - p + 1e-9)")
    )
    found, target = verdicts(judged, tmp_path, source)
    assert found["bce_loss_forward"] == found["bce_loss_backward"] == "skip"
    assert any("within its logarithms" in (part.reason or "") for part in target.parts)


@pytest.mark.parametrize(
    ("was", "now", "function", "reason"),
    [
        ("(dy, probs)", "(probs, labels)", "softmax_bwd", "may be that of a loss"),
        ("np.tanh(SLOPE * (x + 0.044715 * x**3))", "np.tanh(0.851 * x)", "gelu", "sigmoid(1.702 x)"),
        (
            "np.sum(p * (np.log(np.maximum(p, 1e-300)) - log_q))",
            "-np.sum(p * log_q)",
            "kl_div",
            "not this loss",
        ),
        ("(x, axis=-1):", "(x):\n    axis = 0", "softmax_fwd", "over the first axis"),
    ],
)
def test_function_that_may_be_another__is_not_judged(judged, edited, was, now, function, reason):
    target = judged(edited("functions/pairs.py", was, now), cases=0, checks=("implemented",))
    assert any(reason in each.reason for each in target.unjudged if each.name == function)


@pytest.mark.slow
@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now", "function"),
    [
        (
            "dxp[at] += d[:, :, None, None] * w",
            "dxp[at] = d[:, :, None, None] * w",
            "depthwise_conv2d_backward",
        ),
        ("return -dloss * p", "return dloss * p", "kl_div_loss_backward"),
        ("np.clip(r, -delta, delta)", "np.clip(r, -1, 1)", "huber_loss_backward"),
        ("delta * (a - 0.5 * delta)", "delta * a", "huber_loss_forward"),
    ],
)
@pytest.mark.sample(1)
def test_mistake_behind_a_cache__is_found(judged, edited, was, now, function):
    path, checks = edited("functions/kept.py", was, now), ("output", "gradient")
    target = judged(path, cases=0, checks=checks, hint="place")
    assert {part.function for part in target.parts if part.verdict.is_wrong} == {function}


def verdicts(judged, tmp_path, source):
    path = tmp_path / "code.py"
    path.write_text(source)
    target = judged(str(path), cases=2)
    return {part.function: str(part.verdict) for part in target.parts}, target


def test_argument_that_no_dialect_knows__is_reported_as_never_passed(judged, tmp_path):
    source = "def relu(x, inplace=False):\n    return x * (x > 0)\n"
    found, target = verdicts(judged, tmp_path, source)
    assert found == {"relu": "pass"}
    assert "argument inplace: never passed" in target.parts[0].unasked


@pytest.mark.slow
def test_argument_that_must_be_passed_and_is_not_known__leaves_the_function_unjudged(judged, tmp_path):
    source = "def conv2d(x, w, activation):\n    return activation(x @ w)\n"
    _, target = verdicts(judged, tmp_path, source)
    (part,) = target.parts
    assert part.verdict == "skip"
    assert part.reason == (
        "not judged: conv2d(x, w, activation) does not accept (input, weight, bias): activation is not bias"
    )
    assert target.error.startswith("nothing in it was judged: conv2d(x, w, activation) does not accept")


def test_function_whose_values_an_unknown_option_may_explain__is_not_accused(judged, tmp_path):
    source = (
        "import numpy as np\ndef linear(x, w, b, nonlinearity='relu'):\n    return np.maximum(x @ w + b, 0)\n"
    )
    _, target = verdicts(judged, tmp_path, source)
    assert target.parts == ()
    assert "nonlinearity may be the reason" in target.unjudged[0].reason


OF_SCORES = """
import numpy as np
def kl_div(logits, target_probs):
    s = logits - logits.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    t = target_probs
    return (t * np.log(t) - t * logp).sum() / len(t), (np.exp(logp) * t.sum(1, keepdims=True) - t) / len(t)
"""


def test_divergence_of_scores__is_not_judged_as_one_of_logarithms(judged, tmp_path):
    _, target = verdicts(judged, tmp_path, OF_SCORES)
    assert target.parts == ()
    assert "makes a softmax of them" in target.unjudged[0].reason


FILLING = """
import numpy as np
def silu_forward(x):
    return x / (1 + np.exp(-x))
def silu_backward(dx, x, dout):
    dx += dout
"""


@pytest.mark.slow
def test_backward_that_fills_what_it_is_given__is_not_judged(judged, tmp_path):
    found, _ = verdicts(judged, tmp_path, FILLING)
    assert found == {"silu_forward": "pass", "silu_backward": "skip"}


def test_forward_that_is_called_as_the_layer__is_not_missing(judged, tmp_path):
    source = (
        "import numpy as np\ndef tanh(x):\n    return np.tanh(x), np.tanh(x)\n"
        "def tanh_backward(dout, cache):\n    return dout * (1 - cache**2)\n"
    )
    found, _ = verdicts(judged, tmp_path, source)
    assert found == {"tanh": "pass", "tanh_backward": "pass"}


@pytest.mark.slow
def test_square_windows__are_asked_alone_where_others_fail(judged, tmp_path):
    source = (DATA / "one_image.py").read_text()
    source += "\n\ndef max_pool(x, k):\n    n, c, h, w = x.shape\n    assert h == w\n"
    source += "    t = x[:, :, : h // k * k, : h // k * k].reshape(n, c, h // k, k, h // k, k)\n"
    source += "    return t.max((3, 5))\n"
    _, target = verdicts(judged, tmp_path, source)
    pool = next(part for part in target.parts if part.function == "max_pool")
    assert pool.verdict == "pass"
    assert pool.understood.endswith("square windows and planes only")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("conv2d_backward", ("conv2d", "backward", None)),
        ("grad_conv2d_w", ("conv2d", "backward", "w")),
        ("conv2d_gradx", ("conv2d", "backward", "x")),
        ("reluDerivative", ("relu", "backward", None)),
        ("linear_forward", ("linear", "forward", None)),
        ("linear_activation_forward", ("linear_activation", "forward", None)),
    ],
)
def test_direction__is_read_from_a_name(name, found):
    assert direction_of(name) == found


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("Conv2D", "conv2d"),
        ("conv2d_naive", "conv2d"),
        ("MaxPool2d", "max_pool2d"),
        ("fully_connected", "affine"),
        ("my_batch_norm", "batch_norm"),
        ("relu_activation", "relu"),
        ("linear_activation", None),
        ("conv_relu", None),
        ("softmax", None),
    ],
)
def test_layer__is_read_from_a_name(name, layer):
    assert layer_of(name) == layer


def test_words__are_separated_in_either_style():
    assert words_of("Conv2D_backwardNaive") == ("conv2d", "backward", "naive")


OVER_THE_LAST = """
import numpy as np
def {name}_forward(x, gamma, {beta}*, eps=1e-5):
    away = {away}
    spread = np.sqrt(np.square(away).mean(axis=-1, keepdims=True) + x.dtype.type(eps))
    return gamma * away / spread{shift}, None
"""


def test_rms_norm_over_the_last_axis__is_not_accused_where_gamma_may_have_several(judged, tmp_path):
    source = OVER_THE_LAST.format(name="rms_norm", beta="", away="x", shift="")
    found, target = verdicts(judged, tmp_path, source)
    assert found["rms_norm_forward"] == "pass"
    assert "gamma with several axes: not accepted" in target.parts[0].unasked


def test_layer_norm_of_whole_samples__is_not_accused_of_refusing_axes_in_front_of_gammas(judged, tmp_path):
    away = "x - x.mean(axis=-1, keepdims=True)"
    source = OVER_THE_LAST.format(name="layer_norm", beta="beta, ", away=away, shift=" + beta")
    flat = source.replace(
        "    away",
        "    shape, x, gamma, beta = x.shape, x.reshape(len(x), -1), gamma.ravel(), beta.ravel()\n    away",
    )
    flat = flat.replace(
        "return gamma * away / spread + beta", "return (gamma * away / spread + beta).reshape(shape)"
    )
    found, target = verdicts(judged, tmp_path, flat)
    assert found["layer_norm_forward"] == "pass"
    assert "axes between the batch and those of gamma: not accepted" in target.parts[0].unasked
