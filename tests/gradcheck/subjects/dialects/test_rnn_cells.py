"""Recurrent cells with samples as columns: the dict of weights, the dict of gradients, and the predictions."""

import numpy as np
import pytest

from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.rnn_cells.layouts import CELLS, back, turned

RIGHT, WRONG, OTHER = "rnn_cells/cells.py", "rnn_cells/wrong.py", "rnn_cells/update_gates.py"
PREDICTED = "yt_pred = softmax(np.dot(Wya, a_next) + by)"
CELL_GRADIENTS = '"dba": dz.sum(axis=1, keepdims=True),\n    }\n    return gradients'
BY_CELL = {cell.pair.layer: cell for cell in CELLS}


def parts_of(target):
    return {(part.function, part.layer): part for part in target.parts}


def faults(part):
    return {finding.tensor for finding in part.findings if finding.severity == "fault"}


@pytest.mark.parametrize("path", [RIGHT, OTHER])
@pytest.mark.sample(1)
def test_right_file__passes_in_every_part(judged, path):
    target = judged(path, cases=4)
    assert target.dialect == "rnn-cells"
    assert {part.function: part.findings for part in target.parts if part.verdict != "pass"} == {}


def test_predictions__are_judged_as_a_softmax(judged):
    target = judged(RIGHT, cases=0, checks=("implemented",), layers=("softmax",))
    stems = ("rnn_cell", "rnn", "lstm_cell", "lstm")
    assert [part.function for part in target.parts] == [f"{stem}_forward" for stem in stems]


@pytest.mark.usefixtures("undiagnosed")
def test_wrong_file__is_wrong_exactly_where_its_mistakes_are(judged):
    target = judged(WRONG, cases=0, checks=("output", "gradient"), hint="place")
    wrong = {name: faults(part) for name, part in parts_of(target).items() if part.verdict != "pass"}
    assert wrong == {
        ("rnn_cell_backward", "rnn_step"): {"dWh"},
        ("rnn_backward", "rnn"): {"dWx", "dWh"},
        ("lstm_cell_backward", "lstm_step"): {"dprev_c"},
        ("lstm_backward", "lstm"): {"dx", "dh0", "dWx", "dWh", "db"},
        ("lstm_cell_forward", "softmax"): {"out"},
        ("lstm_forward", "softmax"): {"out"},
    }


@pytest.mark.slow
@pytest.mark.diagnosed
def test_mistake__has_its_name(judged, edited):
    was = "lstm_cell_backward(da[:, :, t] + da_prevt, dc_prevt, caches[t])"
    path = edited(RIGHT, was, was.replace(" + da_prevt", ""))
    target = judged(path, cases=0, layers=("lstm",), checks=("output", "gradient"))
    part = parts_of(target)["lstm_backward", "lstm"]
    assert "next-step-not-added" in {finding.mutant for finding in part.findings}


@pytest.mark.slow
@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now", "function", "tensor"),
    [
        (
            "    Waa = parameters",
            "    parameters['Waa'] *= 2\n    Waa = parameters",
            "rnn_cell_forward",
            "Wh",
        ),
        ("dba += gradients", "dba -= gradients", "rnn_backward", "db"),
        ('"da0": da_prevt, "', '"da0": da[:, :, 0], "', "rnn_backward", "dh0"),
        ('"da_prev": parameters["Waa"].T', '"da_prev": parameters["Waa"]', "rnn_cell_backward", "dprev_h"),
        ('"dWi": dit @ concat.T', '"dWi": dft @ concat.T', "lstm_cell_backward", "dWx"),
        ('"dxt": back[n_a:, :]', '"dxt": back[:-n_a, :]', "lstm_cell_backward", "dx"),
        ("    Wf, bf = ", "    parameters['Wf'] *= 2\n    Wf, bf = ", "lstm_cell_forward", "Wh"),
    ],
)
@pytest.mark.sample(every=4)
def test_single_mistake__is_at_its_function(judged, edited, was, now, function, tensor):
    layer = "lstm_step" if "lstm" in function else "rnn" if function == "rnn_backward" else "rnn_step"
    target = judged(edited(RIGHT, was, now), cases=0, layers=(layer,), hint="place")
    parts = {part.function: part for part in target.parts}
    assert [name for name, part in parts.items() if part.verdict.is_wrong] == [function]
    assert tensor in faults(parts[function])


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("e.sum(axis=0)", "e.sum()"),
        ("e.sum(axis=0)", "e.sum(axis=1, keepdims=True)"),
        (PREDICTED, PREDICTED.replace("a_next", "a_prev")),
        (PREDICTED, PREDICTED.replace(" + by", "")),
        (PREDICTED, "yt_pred = np.log(softmax(np.dot(Wya, a_next) + by))"),
    ],
)
def test_wrong_prediction__is_a_fault_of_forward(judged, edited, was, now):
    target = judged(edited(RIGHT, was, now), cases=0, layers=("softmax",), checks=("output",), hint="place")
    assert parts_of(target)["rnn_cell_forward", "softmax"].verdict == "fail"


@pytest.mark.slow
@pytest.mark.parametrize("made", ["{}", "1 / (1 + np.exp(-({})))"])
def test_prediction_that_is_no_softmax_by_intent__is_not_judged(judged, edited, made):
    now = f"yt_pred = {made.format('np.dot(Wya, a_next) + by')}"
    target = judged(edited(RIGHT, PREDICTED, now), cases=0, checks=("output",))
    parts = parts_of(target)
    assert parts["rnn_cell_forward", "softmax"].verdict == "skip"
    assert parts["rnn_cell_forward", "rnn_step"].verdict == "pass"


@pytest.mark.slow
def test_forward_without_a_prediction__is_judged(judged, edited):
    target = judged(edited(RIGHT, "return a_next, yt_pred, cache", "return a_next, cache"), cases=0)
    parts = parts_of(target)
    assert parts["rnn_cell_forward", "rnn_step"].verdict == "pass"
    assert ("rnn_cell_forward", "softmax") not in parts


def test_states_in_the_place_of_a_prediction__are_no_prediction(judged, edited):
    path = edited(RIGHT, "return a, y, c, (caches, x)", "return a, c, (caches, x)")
    parts = parts_of(judged(path, cases=0, checks=("output",)))
    assert parts["lstm_forward", "lstm"].verdict == "pass"
    assert ("lstm_forward", "softmax") not in parts


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        (
            "    return gradients",
            "    return tuple(gradients.values())",
            "rnn_cell_backward returns a tuple without dxt",
        ),
        ('    ba = parameters["ba"]', '    ba = parameters["bh"]', "a key that the course's dict has not"),
        (
            "def rnn_cell_backward(da_next, cache)",
            "def rnn_cell_backward(da_next, cache, rate)",
            "does not accept",
        ),
    ],
)
def test_other_interface__is_not_judged(judged, edited, was, now, reason):
    target = judged(edited(RIGHT, was, now), cases=0, layers=("rnn_step",))
    (part,) = (each for each in target.parts if each.function == "rnn_cell_backward")
    assert part.verdict == "skip"
    assert reason in part.reason
    assert not any(part.verdict.is_wrong for part in target.parts)


@pytest.mark.usefixtures("undiagnosed")
def test_gradient_that_is_missing_in_the_dict__is_a_fault(judged, edited):
    path = edited(RIGHT, CELL_GRADIENTS, "}\n    return gradients")
    part = parts_of(judged(path, cases=0, layers=("rnn_step",)))["rnn_cell_backward", "rnn_step"]
    assert part.verdict == "fail"
    assert any("dba is not among the results" in finding.message for finding in part.findings)


@pytest.mark.usefixtures("undiagnosed")
def test_number_of_results__is_said_in_the_courses_words(judged, edited):
    path = edited(RIGHT, "return a_next, yt_pred, cache", "return a_next")
    part = parts_of(judged(path, cases=0, layers=("rnn_step",)))["rnn_cell_forward", "rnn_step"]
    assert any("expected 3: a_next, yt_pred, cache" in finding.message for finding in part.findings)


def test_text_model_of_the_course__is_not_judged(judged, tmp_path):
    path = tmp_path / "model.py"
    path.write_text(
        "def rnn_forward(X, Y, a0, parameters, vocab_size=27): return 0.0, ({}, {})\n"
        "def rnn_backward(X, Y, parameters, cache): return {}, {}\n"
    )
    assert {part.verdict for part in judged(path, cases=0).parts} == {"skip"}


def test_stub__is_missing(judged, tmp_path):
    path = tmp_path / "stubs.py"
    path.write_text(
        "def rnn_cell_forward(xt, a_prev, parameters):\n    a_next = None\n    return a_next, None, ()\n"
        "def rnn_cell_backward(da_next, cache):\n    return None\n"
    )
    target = judged(path, cases=0)
    assert {part.verdict for part in target.parts} == {"missing"}


def test_courses_own_functions_of_the_other_course__stay_there(judged):
    target = judged("cs231n/recurrent.py", cases=0, checks=("implemented",))
    assert target.dialect == "cs231n"


@pytest.mark.parametrize("layer", list(BY_CELL))
def test_views__show_the_numbers_that_were_passed(layer):
    case = BY_NAME[layer].case(BY_NAME[layer].cases.battery[0])
    rng = np.random.default_rng(1)
    tensors = {name: rng.normal(size=shape) for name, shape in case.shapes.items()}
    given = BY_CELL[layer].given(tensors)
    assert given.views.keys() == tensors.keys()
    assert all(np.array_equal(given.views[name], tensors[name]) for name in tensors)
    for values in (*given.arguments[:-1], *given.arguments[-1].values()):
        assert values.flags.c_contiguous
        values += 1
    assert all(np.array_equal(given.views[name], tensors[name] + 1) for name in tensors)


def test_layouts_survive_the_turn():
    for shape in ((3, 4), (2, 3, 4)):
        values = np.arange(np.prod(shape)).reshape(shape)
        assert np.array_equal(back(turned(values)), values)
        values.flags.writeable = False
        assert not turned(values).flags.writeable
