"""Pooling along a line, a softmax's logarithm and a learned table of positions."""

import pytest

from gradcheck.layers.derived.variants import DERIVED

FILE = "objects/derived.py"
FEW = {"cases": 0, "checks": ("output", "gradient", "implemented")}


def test_derived__pass_in_every_part(judged, unpassed):
    target = judged(FILE, **FEW)
    assert {part.layer for part in target.parts} == set(DERIVED)
    assert len(target.parts) == 22
    assert unpassed(target) == {}


EDITS = [
    ("(n, c, i * stride + best), dout", "(n, c, i + best), dout", "max_pool1d_backward"),
    ("windows.max(axis=3), (padded", "windows.mean(axis=3), (padded", "max_pool1d_forward"),
    ("+= dout[:, :, i : i + 1] / k", "+= dout[:, :, i : i + 1]", "avg_pool1d_backward"),
    ("dlogs - np.exp(logs) * dlogs.sum(axis=-1", "dlogs - np.exp(logs) * dlogs.mean(axis=-1", "log_softmax_backward"),
    ("return logs, logs", "return np.exp(logs), logs", "log_softmax_forward"),
    ("dx[n, c, at] += dout[n, c, i]", "dx[n, c, at] = dout[n, c, i]", "MaxPool1d.backward"),
    ("axis=1) / self.pool_size", "axis=1)", "AvgPool1D.backward"),
    ("grad_output - np.exp(self.logs) *", "grad_output - self.logs *", "LogSoftmax.backward"),
    (".dP[: self.T] = dout.sum(axis=0)", ".dP[: self.T] = dout.mean(axis=0)", "LearnedPositionalEmbedding.backward"),
    ("x + self.P[: self.T]", "x + self.P[-self.T :]", "LearnedPositionalEmbedding.forward"),
    ("self.grad_weight = np.zeros_like(self.weight)", "self.grad_weight[:] = 1", "PositionEmbedding.backward"),
    ("self.best[..., None], dout[..., None]", "self.best[..., None], 1", "MaxPooling1D.backward"),
    ("-(t * logs).sum() / n,", "-(t * logs).mean(),", "softmax_loss"),
    ("(np.exp(logs) - t) / n", "np.exp(logs) - t", "softmax_loss"),
    ("self.smoothing * logs.mean(axis=1)", "self.smoothing * logs.sum(axis=1)", "LabelSmoothingCrossEntropy.forward"),
    ("self.p - self.smoothing / self.p.shape[1]", "self.p - self.smoothing", "LabelSmoothingCrossEntropy.backward"),
]  # fmt: skip


LAYERS = {
    **dict.fromkeys(("maxpool1d", "maxpooling1d", "max_pool1d"), "max_pool1d"),
    **dict.fromkeys(("avgpool1d", "avg_pool1d"), "avg_pool1d"),
    **dict.fromkeys(("logsoftmax", "log_softmax"), "log_softmax"),
    **dict.fromkeys(("learned", "position"), "learned_encoding"),
    **dict.fromkeys(("softmax_loss", "label"), "smoothed_softmax_loss"),
}


@pytest.mark.parametrize(("was", "now", "function"), EDITS)
@pytest.mark.sample(every=3)
def test_wrong_derived__fails_alone(judged, edited, unpassed, undiagnosed, was, now, function):
    of = next(layer for start, layer in LAYERS.items() if function.lower().startswith(start))
    target = judged(edited(FILE, was, now), layers=(of,), **FEW)
    assert unpassed(target) == {function: "fail"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("was", "now", "name"),
    [
        ("x + self.P[: self.T]", "2 * x + self.P[: self.T]", "LearnedPositionalEmbedding"),
        ("x + self.weight[None, : x.shape[1]]", "x - self.weight[None, : x.shape[1]]", "PositionEmbedding"),
        ("top = x.max(axis=1", "top = x.max(axis=0", "LogSoftmax"),
        ("-(t * logs).sum() / n,", "(t * (np.log(t) - logs)).sum() / n,", "softmax_loss"),  # less an entropy
        (
            "def softmax_loss(x, y, smoothing=0.1):",
            "def softmax_loss(x, y, k=0.1):\n    smoothing = k",
            "softmax_loss",
        ),
    ],
)
def test_look_alikes_of_derived__are_not_judged(judged, edited, unpassed, was, now, name):
    source = edited(FILE, was, now)
    if name == "LogSoftmax":  # over the first axis
        text = source.read_text()
        start = text.index("class LogSoftmax")
        end = text.index("class Learned")
        source.write_text(text[:start] + text[start:end].replace("axis=1", "axis=0") + text[end:])
    target = judged(source, layers=(*DERIVED, "softmax_loss"), **FEW)
    assert not [
        part.function for part in target.parts if part.function.startswith(name) and part.verdict != "skip"
    ]
    assert {part.verdict for part in target.parts} <= {"pass", "skip"}


WIDTHS, SDPA = "objects/widths.py", "scaled_dot_product_attention"


@pytest.mark.slow
def test_cells_of_one_width_and_attention_without_weights__pass(judged, unpassed):
    target = judged(WIDTHS, cases=0, layers=("lstm_step", "gru_step", SDPA))
    assert len(target.parts) == 6
    assert unpassed(target) == {}


@pytest.mark.parametrize(
    ("layer", "was", "now", "function"),
    [
        ("lstm_step", "return da @ self.Wx.T, da", "return da @ self.Wh.T, da", "LSTMCell.backward"),
        ("lstm_step", "return o * np.tanh(next_c), next_c", "return o * next_c, next_c", "LSTMCell.forward"),
        ("gru_step", "dr = drh * h * r * (1 - r)", "dr = drh * h * r", "GRUCell.backward"),
        (SDPA, "keepdims=True)) * self.scale", "keepdims=True))", "DotProductAttention.backward"),
    ],
)
def test_wrong_cell_or_attention__fails(judged, edited, undiagnosed, layer, was, now, function):
    target = judged(edited(WIDTHS, was, now), cases=0, layers=(layer,), checks=("output", "gradient"))
    assert {part.function for part in target.parts if part.verdict == "fail"} == {function}


def test_attention_that_is_not_scaled__is_not_judged(judged, edited):
    plain = edited(WIDTHS, "1 / np.sqrt(q.shape[-1])", "1.0")
    target = judged(plain, cases=0, layers=(SDPA,))
    assert {part.verdict for part in target.parts} == {"skip"}
