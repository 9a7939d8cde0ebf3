from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import Limits
from gradcheck.layers import BY_NAME

EXTRA = 'needs PyTorch: pip install -e ".[peers]"'

ROOT = Path(__file__).parents[4]
DATA = ROOT / "tests" / "data" / "cs231n"
EXAMPLE = ROOT / "examples" / "cs231n_layers.py"
RIGHT = [
    "softmax.py",
    "loops.py",
    "vectorised.py",
    "signals.py",
    "tied.py",
    "package/cs231n",
    "package/cs231n/fast_layers.py",
]
SIX = {
    ("conv_backward_naive", "backward"): "dx",
    ("max_pool_backward_naive", "backward"): "dx",
    ("batchnorm_forward", "forward"): "running_mean",
    ("layernorm_backward", "backward"): "dx",
    ("spatial_groupnorm_backward", "backward"): "dx",
    ("svm_loss", "backward"): "dx",
}


def parts_of(path, **plan):
    return verify([str(path)], Plan(**{"hint": "mistake"} | plan)).parts()


def notes_of(path, **plan):
    return [(part.function, finding.message) for part in parts_of(path, **plan) for finding in part.findings]


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.sample(every=3)
def test_right_file__passes_in_every_part(name):
    parts = parts_of(DATA / name, cases=4, layers=tuple(BY_NAME))
    assert parts
    assert {(part.function, part.part): part.findings for part in parts if part.verdict != "pass"} == {}


def test_example__has_exactly_six_wrong_functions():
    parts = {(part.function, part.part): part for part in parts_of(EXAMPLE, cases=0)}
    assert {name for name, part in parts.items() if part.verdict != "pass"} == set(SIX)
    for name, tensor in SIX.items():
        faults = [finding for finding in parts[name].findings if finding.severity == "fault"]
        assert tensor in {finding.tensor for finding in faults}
        assert all(finding.case and finding.message for finding in faults)


@pytest.mark.slow
def test_stubs_are_missing_and_not_wrong():
    (target,) = verify([str(DATA / "stubs.py")], Plan(cases=2, hint="mistake")).targets
    assert target.error == "there are only stubs in it"
    assert {part.verdict for part in target.parts} == {"missing"}


def test_functions_of_the_assignment__are_all_known():
    functions = {part.function for part in parts_of(DATA / "loops.py", cases=0, checks=("implemented",))}
    assert len(functions) == 21
    assert {"batchnorm_backward_alt", "spatial_groupnorm_forward", "svm_loss", "softmax_loss"} <= functions


def test_fast_layers__are_judged_too():
    plan = {"layers": ("conv2d", "max_pool2d"), "checks": ("implemented",), "cases": 0}
    functions = {part.function for part in parts_of(DATA / "package/cs231n", **plan)}
    assert {
        "conv_forward_strides",
        "conv_backward_fast",
        "max_pool_backward_reshape",
        "conv_forward_naive",
    } <= functions


@pytest.mark.slow
def test_conventions_are_notes():
    notes = notes_of(DATA / "tied.py", cases=4, layers=("max_pool2d", "conv2d", "dropout"))
    assert any(
        name == "max_pool_backward_naive" and "each of several tied inputs gets the whole gradient" in text
        for name, text in notes
    )
    assert any(
        name == "conv_forward_naive" and "refuses a stride that leaves a remainder" in text
        for name, text in notes
    )
    assert any(name == "dropout_forward" and "p is the probability to drop" in text for name, text in notes)
    assert any(
        "has shape" in text and "; expected (" in text
        for _, text in notes_of(DATA / "vectorised.py", cases=0)
    )


@pytest.mark.slow
def test_columns_are_judged_inside_a_convolution_whatever_their_order():
    for name in ("package/cs231n/im2col.py", "asserting.py"):
        parts = {(part.function, part.part): part.verdict for part in parts_of(DATA / name, cases=8)}
        assert parts["im2col_indices", "forward"] == parts["col2im_indices", "backward"] == "pass"


def test_assertions_of_the_handed_out_file__are_a_note():
    parts = parts_of(DATA / "asserting.py", cases=8)
    assert {part.verdict for part in parts} == {"pass"}
    for name in ("im2col_indices", "conv_forward_im2col"):
        (part,) = [part for part in parts if part.function == name]
        assert part.cases > 8
        assert any("judged on squares" in finding.message for finding in part.findings)


@pytest.mark.slow
def test_wrong_fast_layers__fail_exactly_where_they_are_wrong():
    parts = {(part.function, part.part): part for part in parts_of(DATA / "wrong_columns.py", cases=8)}
    assert {name: part.verdict for (name, _), part in parts.items()} == {
        "im2col_indices": "pass",
        "col2im_indices": "fail",
        "conv_forward_fast": "fail",
        "max_pool_forward_reshape": "fail",
    }
    (finding,) = [f for f in parts["col2im_indices", "backward"].findings if f.check == "gradient"]
    assert finding.tensor == "dx"


def test_wrong_losses_of_classifiers__fail_in_the_part_that_is_wrong():
    parts = {(part.function, part.part): part for part in parts_of(DATA / "wrong_softmax.py", cases=0)}
    assert {name for name, part in parts.items() if part.verdict == "fail"} == {
        ("softmax_loss_naive", "backward"),
        ("softmax_loss_vectorized", "forward"),
        ("svm_loss_naive", "backward"),
        ("svm_loss_vectorized", "backward"),
    }
    assert {finding.tensor for part in parts.values() for finding in part.findings} == {"dw", "out", None}


def test_half_of_the_regularisation__is_a_note_where_loss_and_gradient_agree(tmp_path):
    notes = notes_of(DATA / "softmax.py", cases=0, checks=("gradient",))
    assert [name for name, text in notes if "0.5 * reg * sum(W^2)" in text] == ["svm_loss_naive"]
    path = tmp_path / "softmax.py"
    path.write_text((DATA / "softmax.py").read_text().replace("num_train + 0.5 * reg", "num_train + reg"))
    verdicts = {part.function: part.verdict for part in parts_of(path, cases=0) if part.part == "backward"}
    assert [name for name, verdict in verdicts.items() if verdict != "pass"] == ["svm_loss_naive"]


def test_losses_as_handed_out__are_missing(tmp_path):
    path = tmp_path / "softmax.py"
    stub = "def {}(W, X, y, reg):\n    loss = 0.0\n    dW = np.zeros_like(W)\n    return loss, dW\n\n\n"
    names = ("softmax_loss_vectorized", "svm_loss_naive")
    path.write_text("import numpy as np\n\n\n" + "".join(map(stub.format, names)))
    (target,) = verify([str(path)], Plan(cases=0, hint="mistake")).targets
    assert {part.verdict for part in target.parts} == {"missing"}


@pytest.mark.parametrize(
    ("name", "wrong"), [("optim.py", set()), ("wrong_optim.py", {"sgd_momentum", "rmsprop", "adam"})]
)
@pytest.mark.diagnosed
def test_update_rules__are_judged_by_their_definitions(name, wrong):
    parts = {part.function: part for part in parts_of(DATA / name)}
    assert set(parts) == {"sgd", "sgd_momentum", "rmsprop", "adam"}
    assert {part.layer for part in parts.values()} == {"optimizer"}
    assert {name for name, part in parts.items() if part.verdict != "pass"} == wrong
    faults = [finding for part in parts.values() for finding in part.findings if finding.severity == "fault"]
    assert all(finding.explanation and finding.call for finding in faults)


@pytest.mark.slow
@pytest.mark.diagnosed
def test_layers_of_sequences__are_right_and_wrong_where_they_are():
    right, wrong = (
        {(part.function, part.part): part for part in parts_of(DATA / f"{name}.py", cases=8)}
        for name in ("sequences", "wrong_sequences")
    )
    assert len(right) == 6
    assert {part.verdict for part in right.values()} == {"pass"}
    assert {name for name, part in wrong.items() if part.verdict != "pass"} == {
        ("word_embedding_backward", "backward"),
        ("temporal_affine_backward", "backward"),
        ("temporal_softmax_loss", "backward"),
    }
    (lost,) = [f for f in wrong["word_embedding_backward", "backward"].findings if f.check == "gradient"]
    assert (lost.tensor, lost.mutant) == ("dW", "repeats-overwritten")


def test_loss_as_the_course_hands_it_out__has_its_large_scores_noted():
    parts = parts_of(DATA / "wrong_sequences.py", cases=8, layers=("temporal_softmax_loss",))
    (forward,) = [part for part in parts if part.part == "forward"]
    assert {(f.check, str(f.severity)) for f in forward.findings} == {("large", "note")}


@pytest.mark.slow
def test_layers_of_sequences_on_tensors__are_judged_by_autograd():
    pytest.importorskip("torch", reason=EXTRA)
    plan = Plan(cases=0, limits=Limits(packages=("torch",)))
    found = verify([str(DATA / "sequence_forwards.py")], plan).parts()
    verdicts = {(part.function, part.part): part.verdict for part in found}
    assert set(verdicts.values()) == {"pass"}
    assert ("temporal_softmax_loss", "backward") in verdicts
    assert len(verdicts) == 4
