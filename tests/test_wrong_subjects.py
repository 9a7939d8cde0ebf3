"""The tester tested: wrong subjects must fail, in the right part, by the check that is meant for it.

Each row edits one line of a naive layer. Nothing else may be accused: the other part must not fail.
"""

import importlib
import inspect
import types

import pytest

from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.judging import judge_subject
from gradcheck.layers.cases import cases_for
from gradcheck.subjects.dialects.pair import PAIR

ACCUMULATE = "dx_padded[window] += dout[n, f, oh, ow] * w[f]"

# layer, file, part, check, line, wrong line
EDITS = [
    ("affine", "affine", "forward", "output", "out[n, m] += b[m]", "pass"),
    ("affine", "affine", "backward", "gradient", "db[m] += dout[n, m]", "db[m] = dout[n, m]"),
    ("affine", "affine", "backward", "shapes", "return dx.reshape(x.shape), dw,", "return dx, dw,"),
    (
        "affine",
        "affine",
        "backward",
        "gradient",
        "dw[:, m] += dout[n, m] * rows[n]",
        "dw[:, m] += dout[n, m] * rows[0]",
    ),
    (
        "affine",
        "affine",
        "backward",
        "fractions",
        "dw[:, m] += dout[n, m] * rows[n]",
        "dw[:, m] += dout[n, m] * np.round(rows[n])",
    ),
    (
        "conv2d",
        "conv",
        "backward",
        "fractions",
        ACCUMULATE,
        "dx_padded[window] += dout[n, f, oh, ow] * w[f].astype(np.int64)",
    ),
    ("relu", "activations", "forward", "output", "out[x < 0] = 0", "out[x < -1] = 0"),
    ("relu", "activations", "backward", "gradient", "dx[x <= 0] = 0", "dx[dout <= 0] = 0"),
    ("relu", "activations", "backward", "linear", "dx[x <= 0] = 0", "dx[dout <= 0] = 0"),
    (
        "relu",
        "activations",
        "forward",
        "unchanged",
        "out = x.copy()\n    out[x < 0] = 0",
        "x[x < 0] = 0\n    out = x.copy()",
    ),
    ("relu", "activations", "forward", "special", "out[x < 0] = 0", "out[~(x > 0)] = 0"),
    (
        "relu",
        "activations",
        "forward",
        "layout",
        'x = ordered("relu", "x", x)\n    out = x.copy()',
        "out = np.frombuffer(x.tobytes('A')).reshape(x.shape).copy()",
    ),
    ("leaky_relu", "activations", "backward", "gradient", "dx[~(x > 0)] *= slope", "dx[x > 0] *= slope"),
    (
        "sigmoid",
        "activations",
        "backward",
        "gradient",
        "dx = dout * out * (1 - out)",
        "dx = dout * out * (1 - out * out)",
    ),
    ("sigmoid", "activations", "forward", "large", "if x[index] < 0:", "if True:"),
    ("tanh", "activations", "backward", "gradient", "dx = dout * (1 - out * out)", "dx = dout * (1 - out)"),
    ("identity", "activations", "forward", "alias", "out = x.copy()", "out = x"),
    (
        "flatten",
        "activations",
        "backward",
        "gradient",
        "dout.reshape(cache.shape)",
        "dout[::-1].reshape(cache.shape)",
    ),
    ("conv2d", "conv", "backward", "gradient", ACCUMULATE, "dx_padded[window] = dout[n, f, oh, ow] * w[f]"),
    (
        "conv2d",
        "conv",
        "backward",
        "gradient",
        ACCUMULATE,
        "dx_padded[window] += dout[n, f, oh, ow] * w[f][:, ::-1, ::-1]",
    ),
    ("conv2d", "conv", "backward", "gradient", "c0 = f // F_group * C_group", "c0 = 0"),
    (
        "conv2d",
        "conv",
        "backward",
        "gradient",
        "db[f, oh, ow] += dout[n, f, oh, ow]",
        "db[f, oh, ow] = dout[n, f, oh, ow]",
    ),
    ("conv2d", "conv", "backward", "gradient", "top = oh * stride_h", "top = oh * stride_w"),
    ("conv2d", "conv", "forward", "output", "top = oh * stride_h", "top = oh"),
    ("conv2d", "conv", "forward", "large", "np.sum(window * w[f])", "np.float32(np.sum(window * w[f]))"),
    ("conv2d", "conv", "forward", "dtype", "OH, OW), x.dtype)", "OH, OW))"),
    (
        "conv2d",
        "conv",
        "forward",
        "shapes",
        "- dilation_h * (kh - 1) - 1) // stride_h + 1",
        "- dilation_h * (kh - 1)) // stride_h + 1",
    ),
    (
        "conv2d",
        "conv",
        "forward",
        "refusal",
        '    check_kernel("conv2d", (kh, kw), (dilation_h, dilation_w), (H, W), pads)\n',
        "",
    ),
    (
        "conv2d",
        "conv",
        "backward",
        "repeatable",
        "dw = np.zeros(w.shape, w.dtype)",
        "w += 1\n    dw = np.zeros(w.shape, w.dtype)",
    ),
    (
        "conv2d",
        "conv",
        "backward",
        "unchanged",
        "dw = np.zeros(w.shape, w.dtype)",
        "w += 1\n    dw = np.zeros(w.shape, w.dtype)",
    ),
    (
        "conv2d",
        "conv",
        "backward",
        "gradient",
        "for n, f, oh, ow in np.ndindex(N, F, OH, OW):",
        "for n, f, oh, ow in np.ndindex(min(N, 1), F, OH, OW):",
    ),
    (
        "conv_transpose2d",
        "conv_transpose",
        "backward",
        "gradient",
        "dx[n, c, ih, iw] = np.sum(window * w[c])",
        "dx[n, c, ih, iw] = np.sum(window * w[0])",
    ),
    ("conv_transpose2d", "conv_transpose", "forward", "output", "out[n, f] += b[f]", "out[n, f] += b[0]"),
    (
        "max_pool2d",
        "pool",
        "backward",
        "gradient",
        "left + j * dilation_w] += dout",
        "left + j * dilation_w] = dout",
    ),
    ("max_pool2d", "pool", "backward", "ties", "for i, j in winners[:1]:", "for i, j in winners:"),
    ("max_pool2d", "pool", "forward", "output", "constant_values=-np.inf", "constant_values=0"),
    (
        "max_pool2d",
        "pool",
        "forward",
        "special",
        "np.max(x_padded[n, c, rows, columns])",
        "np.nanmax(x_padded[n, c, rows, columns])",
    ),
    (
        "avg_pool2d",
        "pool",
        "backward",
        "gradient",
        "+= dout[n, c, oh, ow] / count",
        "+= dout[n, c, oh, ow] / (kh * kh)",
    ),
    (
        "batch_norm",
        "norm",
        "backward",
        "gradient",
        "(dxhat - through_mean - through_var) / std[d]",
        "(dxhat - through_var) / std[d]",
    ),
    (
        "batch_norm",
        "norm",
        "forward",
        "output",
        "(1 - momentum) * _widened(new_mean) + momentum * mean",
        "momentum * _widened(new_mean) + (1 - momentum) * mean",
    ),
    (
        "batch_norm",
        "norm",
        "forward",
        "output",
        "std[d] = np.sqrt(var[d] + eps)",
        "std[d] = np.sqrt(var[d]) + eps",
    ),
    (
        "batch_norm",
        "norm",
        "forward",
        "large",
        "np.mean((values[:, d] - mean[d]) ** 2)",
        "np.mean(values[:, d] ** 2) - mean[d] ** 2",
    ),
    (
        "spatial_batch_norm",
        "norm",
        "backward",
        "gradient",
        "dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)",
        "dout.reshape(N * H * W, C)",
    ),
    ("layer_norm", "norm", "backward", "gradient", "dgamma += dout[n] * xhat[n]", "dgamma += dout[n]"),
    ("layer_norm", "norm", "forward", "independent", "mean = np.mean(values[n])", "mean = np.mean(values)"),
    (
        "group_norm",
        "norm",
        "backward",
        "gradient",
        "through_mean = np.mean(dxhat[n, block])",
        "through_mean = np.mean(dxhat[n])",
    ),
    ("dropout", "dropout", "forward", "output", "x * kept / keep_prob", "x * kept"),
    ("dropout", "dropout", "backward", "gradient", "dout * kept / keep_prob", "dout * kept"),
    (
        "softmax_loss",
        "loss",
        "backward",
        "gradient",
        "dx[n, y[n]] -= 1\n    gradient: Array = dx * dout / N",
        "dx[n, y[n]] -= 1\n    gradient: Array = dx * dout",
    ),
    ("softmax_loss", "loss", "forward", "large", "shifted = x[n] - np.max(x[n])", "shifted = x[n]"),
    ("softmax_loss", "loss", "backward", "cache", "dx = probabilities.copy()", "dx = probabilities"),
    ("svm_loss", "loss", "backward", "gradient", "    dx[n, y[n]] -= 1\n", "    dx[n, y[n]] -= 2\n"),
    ("mse_loss", "loss", "backward", "gradient", "2 * (x - y) * dout", "(x - y) * dout"),
]


def edited(layer: str, file: str, part: str, line: str, wrong: str) -> dict[str, object]:
    """Return the members of a naive module in which one line of one function reads otherwise."""
    module = importlib.import_module(f"naive.{file}")
    source = inspect.getsource(module)
    start = source.index(f"def {layer}_{part}(")
    end = source.find("\ndef ", start + 1)
    body = source[start : end if end > 0 else None]
    assert line in body, f"{layer}_{part} has no line {line!r}"
    changed = types.ModuleType("wrong")
    before, after = body.rsplit(line, 1)
    text = source[:start] + before + wrong + after + source[start + len(body) :]
    exec(compile(text, "wrong.py", "exec"), vars(changed))
    return {name: vars(changed)[name] for name in (f"{layer}_forward", f"{layer}_backward")}


def judged(members: dict[str, object]) -> dict[str, object]:
    (subject,) = PAIR.subjects(members)
    with quiet(0):
        return {report.part: report for report in judge_subject(subject, cases_for(subject, 6, 0), CHECKS)}


@pytest.mark.parametrize(("layer", "file", "part", "check", "line", "wrong"), EDITS)
def test_a_wrong_line_fails_its_part_and_no_other(layer, file, part, check, line, wrong):
    reports = judged(edited(layer, file, part, line, wrong))
    assert reports[part].verdict == "fail", reports[part].findings
    failed = {found.check for found in reports[part].checks if found.verdict in ("fail", "error")}
    assert check in failed
    other = reports["backward" if part == "forward" else "forward"]
    assert not other.verdict.is_wrong, other.findings
