"""Recurrent cells and attention as classes that hold arrays: which array is what, and where a mistake is found."""

import numpy as np
import pytest

from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.holders.gates import gate_of
from gradcheck.subjects.dialects.holders.names import of_same_name
from gradcheck.subjects.dialects.holders.states import role_back, role_of

CELLS, OTHER_CELLS = "holders/cells.py", "holders/other_cells.py"
SEQUENCES, FUNCTIONS, FUSED = "holders/sequences.py", "holders/functions.py", "holders/fused.py"
HEADS, OTHER_HEADS = "holders/heads.py", "holders/other_heads.py"
JUDGING = {"cases": 0, "checks": ("shapes", "output", "gradient"), "hint": "place"}


def wrong(target):
    return {part.function for part in target.parts if part.verdict.is_wrong}


@pytest.mark.parametrize("path", [CELLS, OTHER_CELLS, SEQUENCES, FUNCTIONS, FUSED, HEADS, OTHER_HEADS])
@pytest.mark.sample(every=3)
def test_right_classes__pass_in_both_parts(judged, path):
    target = judged(path, **JUDGING)
    found = {part.function: part.verdict for part in target.parts}
    assert len(found) >= 4
    assert set(found.values()) == {"pass"}, found


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("path", "was", "now", "function"),
    [
        (CELLS, "c = f * c_prev + i * cc", "c = i * c_prev + f * cc", "LSTMCell.forward"),
        (CELLS, "dz = dz + self", "dz = self", "LSTMCell.backward"),
        (CELLS, "(r * h) @ self.Uh", "(z * h) @ self.Uh", "GRUCell.forward"),
        (CELLS, "drh * r + dz", "drh + dz", "GRUCell.backward"),
        (CELLS, "np.dot(self.Whh.T, draw)", "np.dot(self.Whh, draw)", "RNNCell.backward"),
        (OTHER_CELLS, "self.bias_hh.grad += d", "self.bias_hh.grad += 2 * d", "LSTMCell.backward"),
        (OTHER_CELLS, "[dr, dz, dn * r]", "[dr, dz, dn]", "GRUCell.backward"),
        (SEQUENCES, "self.Whh.T @ da", "self.Whh @ da", "CharRNN.backward"),
        (SEQUENCES, "h, c = o * np.tanh(new), new", "h, c = o * np.tanh(new), c", "LSTM.forward"),
        (SEQUENCES, "da.T @ h", "da.T @ (o * np.tanh(new))", "LSTM.backward"),
        (SEQUENCES, "drh * h * r * (1 - r)", "drh * h", "TimeGRU.backward"),
        (FUNCTIONS, "ds @ k, ds.swapaxes(2, 3) @ q", "ds @ k, ds @ q", "mha_backward"),
        (FUNCTIONS, "(dn @ Uh.T) * r\n", "(dn @ Uh.T)\n", "gru_backward"),
        (FUSED, "np.hstack([dz, dr, dn * r])", "np.hstack([dz, dr, dn])", "gru_seq_backward"),
        (FUSED, "db + da.sum(axis=0)", "db + ds.sum(axis=0)", "gru_seq_backward"),
        (FUSED, "dc * i * (1 - g**2)", "dc * i * g * (1 - g)", "LSTMCell.backward"),
        (FUSED, '("n", dn, dq)', '("n", dn, dn)', "GRUCell.backward"),
        (HEADS, "np.where(mask == 0, -1e9, s)", "s", "MultiHeadAttention.forward"),
        (HEADS, "d.sum((0, 1))\n            out", "d.sum(0)\n            out", "MultiHeadAttention.backward"),
        (HEADS, "return tuple(out)", "return out[1], out[0], out[2]", "MultiHeadAttention.backward"),
        (HEADS, "dS.transpose(0, 2, 1) @ self.Q", "dS @ self.Q", "SelfAttention.backward"),
        (OTHER_HEADS, "dv = att.swapaxes(-2, -1) @ dy", "dv = att @ dy", "CausalSelfAttention.backward"),
        (OTHER_HEADS, "+ dk @ self.Wk.T", "", "SelfAttentionHead.backward"),
        (OTHER_HEADS, '("Wk", dk)', '("Wk", dq)', "SelfAttentionHead.backward"),
        (OTHER_HEADS, "np.sqrt(q.shape[-1]), -1e9)", "q.shape[-1], -1e9)", "SelfAttentionHead.forward"),
    ],
)
@pytest.mark.sample(every=12)
def test_single_mistake__is_found_where_it_is(judged, edited, path, was, now, function):
    assert wrong(judged(edited(path, was, now), **JUDGING)) == {function}


@pytest.mark.parametrize(
    ("path", "was", "now", "part", "reason"),
    [
        (
            CELLS,
            "self.h = np.tanh(",
            "self.h = np.maximum(0, ",
            "RNNCell.forward",
            "its activation is another",
        ),
        (
            CELLS,
            "(self, input_size, hidden_size)",
            "(self, input_size, hidden_size, depth)",
            *("RNNCell.forward", "depth is for"),
        ),
        (CELLS, "hidden_size, 1))", "hidden_size, 2))", "RNNCell.forward", "its array bh is for"),
        (FUSED, "n = np.tanh(a", "n = np.maximum(0, a", "gru_seq_backward", "order its gates are"),
        (
            OTHER_HEADS,
            "pad_mask[:, None, :],",
            "pad_mask[:, None, :] | ~pad_mask[:, :, None],",
            *("SelfAttentionHead.forward", "how it takes a mask"),
        ),
        (SEQUENCES, "(self, dhs)", "(self, dhs, scale)", "TimeGRU.forward", "scale is for"),
        (SEQUENCES, "return hs\n", "return h\n", "TimeGRU.forward", "no states of all steps"),
        (
            SEQUENCES,
            "return [self.Why @ self.hs[t]",
            "return [abs(self.Why @ self.hs[t])",
            *("CharRNN.forward", "not its states times"),
        ),
        (
            SEQUENCES,
            "learning_rate * grad",
            "learning_rate * np.clip(grad, -5, 5)",
            *("CharRNN.backward", "are clipped"),
        ),
    ],
)
def test_class_that_is_not_understood__is_not_judged(judged, edited, path, was, now, part, reason):
    target = judged(edited(path, was, now), cases=0, checks=("implemented",))
    assert {each.verdict for each in target.parts if each.function == part} <= {"skip"}
    assert any(reason in each.reason for each in target.unjudged if each.name == part)


def test_forget_gate_with_1_added__is_another_kind_of_cell(judged, edited):
    path = edited(CELLS, 's(p["Wf"].dot(z) + p["bf"])', 's(p["Wf"].dot(z) + p["bf"] + 1)')
    target = judged(path, cases=0, checks=("implemented",))
    assert any("has 1 added" in each.reason for each in target.unjudged if each.name == "LSTMCell.forward")


def test_report__says_what_a_class_does_otherwise(judged):
    target = judged(CELLS, cases=0, checks=("implemented",))
    (part,) = [part for part in target.parts if part.function == "GRUCell.forward"]
    assert "its reset gate acts on the state" in part.understood
    assert any("bh: not there" in each for each in part.unasked)


@pytest.mark.parametrize(
    ("path", "kind", "gate"),
    [
        ("Wf", "lstm", 1),
        ("params/W_ii", "lstm", 0),
        ("W_if", "lstm", 1),
        ("forget_bias", "lstm", 1),
        ("Wc", "lstm", 3),
        ("W_hn", "gru", 2),
        ("U_u", "gru", 1),
        ("Whh", "gru", 2),
        ("weight", "gru", None),
    ],
)
def test_gate_of__reads_the_letter_of_a_gate(path, kind, gate):
    assert gate_of(path, kind, [path, "Wi"]) == gate


def test_update_gate__is_the_input_gate_of_an_lstm_without_one():
    assert gate_of("Wu", "lstm", ["Wf", "Wu", "Wc", "Wo"]) == 0
    assert gate_of("Wu", "lstm", ["Wf", "Wi", "Wu", "Wo"]) == 3


def test_names__say_which_gradient_is_whose_and_what_is_passed():
    paths = ["dWx", "grads/W_h", "weight_ih/grad"]
    assert [of_same_name(each, paths) for each in ("Wx", "params/W_h", "weight_ih/data", "b")] == [
        *paths,
        None,
    ]
    assert [role_of(each) for each in ("xt", "h_prev", "c", "prev_cell", "eps")] == [
        *("x", "prev_h", "prev_c", "prev_c"),
        None,
    ]
    assert [role_back(each) for each in ("dh_next", "dc", "grad_cell", "dout", "cache", "x")] == [
        *("dh", "dc", "dc", "dh"),
        *("cache", "x"),
    ]


@pytest.mark.parametrize(("name", "geometry"), [("gru_step", "n2d3h4_before"), ("gru", "n2t3d4h3_before")])
def test_gru_that_resets_before__is_the_same_in_both_implementations(name, geometry):
    case = BY_NAME[name].case(geometry)
    rng = np.random.default_rng(3)
    tensors = {each: rng.normal(size=shape) for each, shape in case.shapes.items()}
    dout, step = (
        rng.normal(size=case.output_shape),
        {each: rng.normal(size=v.shape) for each, v in tensors.items()},
    )
    ours = case.layer.ours
    results = []
    for pair in (ours.naive, ours.fast):
        out, cache = pair.forward(**tensors, **case.options)
        results.append((out, *pair.backward(dout, cache)))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    up, down = (
        ours.fast.forward(**{k: v + sign * 1e-6 * step[k] for k, v in tensors.items()}, **case.options)[0]
        for sign in (1, -1)
    )
    slope = sum((gradient * step[each]).sum() for each, gradient in zip(tensors, results[0][1:], strict=True))
    assert np.isclose(((up - down) * dout).sum() / 2e-6, slope, rtol=1e-7)
