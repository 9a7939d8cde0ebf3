"""The recurrent layers in the course's interface: right and wrong files, several outputs, calls of other courses."""

import pytest

from gradcheck.commands import main
from gradcheck.isolation.levels import Limits
from tests.gradcheck.subjects.dialects.conftest import DATA

RIGHT, WRONG = "cs231n/recurrent.py", "cs231n/wrong_recurrent.py"
STEP = "return next_h, next_c, cache"
ROUND = "    return dx, dprev_h, dprev_c, dWx, dWh, db\n"


def faults(part):
    return [finding for finding in part.findings if finding.severity == "fault"]


def test_right_file__passes_in_every_part(judged):
    target = judged(RIGHT, cases=4)
    assert {part.function: part.verdict for part in target.parts if part.layer != "sigmoid"} == {
        f"{layer}_{part}": "pass"
        for layer in ("rnn_step", "rnn", "lstm_step", "lstm")
        for part in ("forward", "backward")
    }
    assert not any(part.findings for part in target.parts)


@pytest.mark.slow
def test_wrong_file__is_told_which_gradients_are_wrong(judged, undiagnosed):
    target = judged(WRONG, cases=0, checks=("gradient",), hint="place")
    wrong = {part.function: {f.tensor for f in faults(part)} for part in target.parts}
    assert {name: tensors for name, tensors in wrong.items() if tensors} == {
        "rnn_step_backward": {"dx", "dprev_h", "dWx", "dWh", "db"},
        "rnn_backward": {"dx", "dh0", "dWx", "dWh", "db"},
        "lstm_step_backward": {"dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"},
        "lstm_backward": {"dWx", "dWh", "db"},
    }


@pytest.mark.parametrize(
    ("was", "now", "function", "message"),
    [
        ("next_h = o * np.tanh(next_c)", "next_h = o * next_c", "lstm_step_forward", "next_h["),
        (STEP, "return next_h, next_c * 2, cache", "lstm_step_forward", "next_c["),
        (STEP, "return next_h, cache", "lstm_step_forward", "expected 3 results: next_h, next_c, cache"),
        (STEP, "return next_h, None, cache", "lstm_step_forward", "next_c is a NoneType; expected an array"),
        (
            STEP,
            "return next_h, next_c.T, cache",
            "lstm_step_forward",
            "next_c has shape (2, 3); expected (3, 2)",
        ),
        (
            ROUND,
            ROUND.replace("dprev_c, ", ""),
            "lstm_step_backward",
            "expected 6: dx, dprev_h, dprev_c, dWx",
        ),
    ],
)
def test_output__is_called_by_its_name_where_there_are_several(
    judged, edited, undiagnosed, was, now, function, message
):
    target = judged(edited(RIGHT, was, now), layers=("lstm_step",), cases=0, hint="place")
    (part,) = (each for each in target.parts if each.function == function)
    found = faults(part)
    assert part.verdict == "fail"
    assert any(message in finding.message for finding in found), found
    assert all(finding.tensor != "out" for finding in found)
    assert all(
        len(finding.index) == 2
        for finding in found
        if finding.tensor in ("next_h", "next_c") and finding.index
    )


@pytest.mark.slow
def test_case_of_several_outputs__is_drawn_with_their_names(judged, edited, capsys):
    path = edited(RIGHT, "dc = dnext_c + dnext_h", "dc = dnext_h")
    with pytest.raises(SystemExit):
        main(["explain", str(path), "lstm_step n2d2h2 float64 seed=0"])
    text = capsys.readouterr().out
    assert "dnext_h  2x2" in text
    assert "dnext_c  2x2" in text
    assert "dout" not in text


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        (
            (("def rnn_forward(x, h0, Wx, Wh, b):", "def rnn_forward(x, h0, A, B, b):\n    Wx, Wh = A, B"),),
            "A is not Wx",
        ),
        (
            (
                (
                    "def rnn_forward(x, h0, Wx, Wh, b):",
                    "def rnn_forward(x, h0, parameters):\n    Wx, Wh, b = parameters",
                ),
            ),
            "too many",
        ),
        (
            (
                (
                    "def rnn_forward(x, h0, Wx, Wh, b):",
                    "def rnn_forward(x, h0, Wx, Wh, b):\n    x = x.swapaxes(0, 1)",
                ),
                (
                    "    return h, cache\n\n\ndef rnn_backward",
                    "    return h.swapaxes(0, 1), cache\n\n\ndef rnn_backward",
                ),
            ),
            "(T, N, D)",
        ),
    ],
)
def test_sequence_in_another_interface__is_not_judged(judged, tmp_path, edits, reason):
    source = (DATA / RIGHT).read_text()
    for was, now in edits:
        assert source.count(was) == 1
        source = source.replace(was, now)
    path = tmp_path / "layers.py"
    path.write_text(source)
    target = judged(path, cases=0, checks=("output",))
    (part,) = (each for each in target.parts if each.function == "rnn_forward")
    assert part.verdict == "skip"
    assert reason in part.reason


def test_forward_without_a_cache__is_judged_alone(judged, tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(
        "import numpy as np\n\n\ndef rnn_step_forward(x, prev_h, Wx, Wh, b):\n"
        "    return np.tanh(x @ Wx + prev_h @ Wh + b)\n"
    )
    assert [(part.part, part.verdict) for part in judged(path, cases=0).parts] == [("forward", "pass")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["recurrent_tensors", "recurrent_forwards"])
def test_layers_on_tensors__pass_with_a_backward_of_their_own_or_autograds(judged, name):
    pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')
    target = judged(f"cs231n/{name}.py", cases=0, limits=Limits(packages=("torch",)))
    assert {part.verdict for part in target.parts} == {"pass"}
    assert len(target.parts) == (4 if name == "recurrent_tensors" else 6)
    assert all("on PyTorch's tensors" in each.understood for each in target.parts if each.part == "forward")


@pytest.mark.slow
@pytest.mark.parametrize(("divided", "verdict"), [("N", "pass"), ("(N * T)", "fail")])
def test_loss_that_ignores_a_label__is_judged_without_the_words_that_are_not_counted(
    judged, tmp_path, divided, verdict
):
    pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')
    path = tmp_path / "captioning.py"
    path.write_text(
        "import torch.nn.functional as F\n\n\ndef temporal_softmax_loss(x, y, ignore_index=None):\n"
        "    N, T, V = x.shape\n"
        "    kw = {} if ignore_index is None else {'ignore_index': ignore_index}\n"
        f"    return F.cross_entropy(x.permute(0, 2, 1), y, reduction='sum', **kw) / {divided}\n"
    )
    forward, backward = judged(path, cases=4, limits=Limits(packages=("torch",))).parts
    assert forward.verdict == verdict
    assert backward.verdict == "pass" or verdict == "fail"


BEFORE, AFTER = "cs231n/gru_before.py", "cs231n/gru_after.py"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (BEFORE, "gates z, r, n, its reset gate acts on the state"),
        (AFTER, "its update gate is the share of the new state, weights (out, in)"),
    ],
)
def test_gru_with_one_bias__is_judged_as_its_author_defines_it(judged, path, said):
    target = judged(path, cases=0, checks=("output", "gradient"))
    assert {part.verdict for part in target.parts} == {"pass"}
    assert said in target.parts[0].understood


@pytest.mark.slow
@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("path", "was", "now", "function"),
    [
        (AFTER, "np.tanh(pn + r * qn)", "np.tanh(pn + qn)", "gru_cell_forward"),
        (AFTER, "[dr, dz, dn * r]", "[dr, dz, dn]", "gru_cell_backward"),
        (BEFORE, "dh[:, t] + dprev,", "dh[:, t],", "gru_backward"),
        (BEFORE, "        prev, cache = gru_step", "        _, cache = gru_step", "gru_forward"),
    ],
)
def test_mistake_in_a_gru_with_one_bias__is_found_where_it_is(judged, edited, path, was, now, function):
    target = judged(edited(path, was, now), cases=0, checks=("output", "gradient"), hint="place")
    assert {part.function for part in target.parts if part.verdict.is_wrong} == {function}
