"""Softmaxes, GELU, recurrent cells and embeddings on a file's own tensors: needle's and minitorch's manner."""

import pytest

from gradcheck.subjects.dialects.tensors.curves import kind_of

OPS, WRONG_OPS = "tensors/sequence_ops.py", "tensors/wrong_sequence_ops.py"
CONTEXTS, WRONG_CONTEXTS = "tensors/soft_contexts.py", "tensors/wrong_soft_contexts.py"
LOG_SUM = "np.log(np.exp(Z - top).sum(axis=self.axes))"
OVER_D = "out = Tensor(e / e.sum(axis=d, keepdims=True))"


def wrong(target):
    return {(part.function, part.layer) for part in target.parts if part.verdict.is_wrong}


def layers(target, word):
    return {part.layer for part in target.parts if part.function.startswith(word)}


@pytest.mark.slow
@pytest.mark.parametrize("path", [OPS, CONTEXTS])
def test_right_file__passes_in_every_part(judged, path):
    target = judged(path, cases=0)
    assert {part.function: part.findings for part in target.parts if part.verdict != "pass"} == {}


@pytest.mark.slow
def test_layers__are_the_ones_that_say_most(judged):
    target = judged(OPS, cases=0, checks=("implemented",))
    assert layers(target, "LogSoftmax") == {"softmax"}
    assert layers(target, "LogSumExp") == {"softplus", "softmax_loss"}
    assert layers(target, "RNNCell") == {"rnn_step"}
    assert layers(target, "LSTMCell") == {"lstm_step"}
    assert (layers(target, "RNN."), layers(target, "LSTM.")) == ({"rnn"}, {"lstm"})
    assert layers(target, "Embedding") == {"word_embedding"}


@pytest.mark.slow
def test_wrong_ops__fail_where_they_are_wrong(judged, undiagnosed):
    target = judged(WRONG_OPS, cases=0, checks=("output", "gradient"), hint="place")
    assert wrong(target) == {
        ("LogSoftmax.gradient", "softmax"),
        ("LogSumExp.gradient", "softplus"),
        ("LogSumExp.gradient", "softmax_loss"),
        ("RNNCell.forward", "rnn_step"),
        ("LSTMCell.forward", "lstm_step"),
        ("Embedding.forward", "word_embedding"),
        ("MultiHeadAttention.forward", "scaled_dot_product_attention"),
    }


def test_wrong_contexts__fail_where_they_are_wrong(judged, undiagnosed):
    target = judged(WRONG_CONTEXTS, cases=0, checks=("output", "gradient"), hint="place")
    assert {name for name, _ in wrong(target)} == {"Softmax.backward", "LogSoftmax.backward", "GELU.backward"}


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("path", "was", "now", "function"),
    [
        (OPS, LOG_SUM, LOG_SUM.replace(".sum(", ".mean("), "LogSumExp.compute"),
        (OPS, "return Z - top - np.log(", "return Z - np.log(", "LogSoftmax.compute"),
        (
            OPS,
            "return self.sigmoid(o) * tanh(c), c",
            "return self.sigmoid(o) * c, c",
            "LSTMCell.forward LSTM.forward",
        ),
        (OPS, "return self.sigmoid(o) * tanh(c), c", "return self.sigmoid(o) * tanh(c)", "LSTMCell.forward"),
        (
            OPS,
            " + self.bias_hh.reshape(shape)",
            " + self.bias_ih.reshape(shape)",
            "RNNCell.forward RNN.forward",
        ),
        (
            OPS,
            "h = self.rnn_cells[0](step_of(X, t), h)",
            *("h = self.rnn_cells[0](step_of(X, t), step_of(h0, 0))", "RNN.forward"),
        ),
        (OPS, "k=t - s + 1)", "k=t - s)", "MultiHeadAttention.forward"),
        (OPS, "        if self.causal:", "        if False:", "MultiHeadAttention.forward"),
        (CONTEXTS, "* (x._tensor == out)", "* (x._tensor >= 0)", "Max.backward"),
        (CONTEXTS, "x[:, :, k:])\n", "x[:, :, k:]) * 2\n", "Conv1dFun.backward"),
        (CONTEXTS, OVER_D, OVER_D.replace("axis=d", "axis=0"), "Softmax.forward"),
        (CONTEXTS, "0.5 * v * (1 + np.tanh(", "0.5 * v * (1 - np.tanh(", "GELU.forward"),
    ],
)
@pytest.mark.sample(1)
def test_single_mistake__is_found_where_it_is(judged, edited, path, was, now, function):
    target = judged(edited(path, was, now), cases=0, checks=("shapes", "output", "gradient"), hint="place")
    assert {name for name, _ in wrong(target)} == set(function.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        (
            "input_size, hidden_size, bias=True, nonlin",
            "input_size, hidden_size, k, bias=True, nonlin",
            "k is",
        ),
        (
            "self.W_hh = Parameter(np.random.uniform(-k, k, (hidden_size, hidden_size)))",
            "self.W_hh = Parameter(np.ones((hidden_size, hidden_size)))\n        self.alpha = Parameter(np.ones(1))",
            "alpha",
        ),
        (
            "self.W_ih = Parameter(np.random.uniform(-k, k, (input_size, hidden_size)))",
            "self.W_ih = Parameter(np.ones((input_size, 1, hidden_size)))",
            "other shapes",
        ),
    ],
)
def test_cell_in_another_interface__is_not_judged(judged, edited, was, now, reason):
    target = judged(edited(OPS, was, now), cases=0, checks=("output",))
    reasons = {each.reason for each in target.unjudged if each.name == "RNNCell.forward"}
    assert any(reason in each for each in reasons)
    assert not any(part.function == "RNNCell.forward" for part in target.parts)


@pytest.mark.slow
def test_attention__of_one_width_is_asked_no_other(judged, edited):
    path = edited(OPS, "assert v.shape[2] == t and k.shape[3] == d", "assert v.shape == k.shape")
    target = judged(path, cases=0, checks=("output", "gradient"))
    parts = [part for part in target.parts if part.function == "MultiHeadAttention.forward"]
    assert [part.verdict for part in parts] == ["pass", "pass"]
    assert "values of another width than the keys: not accepted" in parts[0].unasked


def test_softmax_of_columns__is_not_judged(judged, edited):
    source = "def forward(ctx, x, dim):\n        d = int(dim._tensor.item())"
    target = judged(
        edited(CONTEXTS, source, "def forward(ctx, x):\n        d = 0"), cases=0, checks=("output",)
    )
    assert not any(part.function.startswith("Softmax") for part in target.parts)


@pytest.mark.slow
def test_module_that_returns_a_tuple__does_not_end_the_run(judged, edited):
    path = edited(OPS, "return (exp(-x) + 1) ** (-1)", "return (exp(-x) + 1) ** (-1), x")
    assert judged(path, cases=0, checks=("output",)).error is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("LogSoftmaxOp", "logsoftmax"), ("Softmax", "softmax"), ("LogSumExp", "logsumexp"), ("GELU", "gelu")],
)
def test_kind__is_that_of_the_name(name, kind):
    assert kind_of(name) == kind
    assert kind_of(f"{name}Loss") is None
