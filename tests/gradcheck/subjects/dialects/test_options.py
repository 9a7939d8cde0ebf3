"""Options that few functions have: the axes that a layer norm normalises over, the label that a loss ignores."""

from pathlib import Path

import numpy as np
import pytest

from gradcheck.contract import Malformed, parse_case
from gradcheck.evidence import fill
from gradcheck.layers import BY_NAME
from gradcheck.layers.loss import count_kept, kept_rows
from gradcheck.subjects.dialects.inferred.layouts import NO_RANK, STACKED, stacked_shape
from gradcheck.subjects.dialects.inferred.ways import NOT_IGNORING

DATA = Path(__file__).parents[3] / "data"
LAST_AXES, LAST_AXIS = "functions/last_axes.py", "objects/last_axis.py"
RANK = "x also of rank 3 (B, T, D)"


def edited(tmp_path, name, *edits):
    text = (DATA / name).read_text()
    for right, wrong in edits:
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    path = tmp_path / "code.py"
    path.write_text(text)
    return str(path)


# A layer norm, with further axes in front.


@pytest.mark.parametrize("name", [LAST_AXES, LAST_AXIS])
def test_layer_norm_over_the_last_axis__is_asked_of_rank_3(judged, unpassed, name):
    target = judged(name, cases=4)
    assert RANK in target.parts[0].understood
    assert unpassed(target) == {}


@pytest.mark.slow
@pytest.mark.diagnosed
def test_layer_norm_that_is_wrong_for_rank_3__fails_with_the_shape_that_was_passed(judged, unpassed):
    target = judged("functions/last_axes_wrong.py", cases=4)
    assert unpassed(target) == {"layer_norm_backward": "fail"}
    (call,) = {each.call for each in target.parts[1].findings if each.tensor == "dx"}
    assert call.startswith("layer_norm(x 2x2x")
    assert "normalized_shape=(" in call


@pytest.mark.slow
@pytest.mark.diagnosed
def test_class_that_is_wrong_for_rank_3__fails_with_the_shape_that_was_passed(judged, unpassed, tmp_path):
    path = edited(
        tmp_path,
        LAST_AXIS,
        ("g.mean(axis=-1, keepdims=True) - along", "g.sum(-1, keepdims=True) / dout.shape[1] - along"),
    )
    target = judged(path, cases=4)
    assert unpassed(target) == {"LayerNorm.backward": "fail"}
    assert any("forward(x 2x2x" in (each.call or "") for each in target.parts[1].findings)


@pytest.mark.parametrize(
    ("name", "edits"),
    [
        (
            LAST_AXES,
            [
                (
                    "    rows = x.reshape(-1, math",
                    "    assert x.ndim == 1 + len(normalized_shape)\n    rows = x.reshape(-1, math",
                )
            ],
        ),
        (LAST_AXIS, [("leading = tuple(range(dout.ndim - 1))", "n, d = dout.shape\n        leading = 0")]),
        (LAST_AXIS, [("leading = tuple(range(dout.ndim - 1))", "leading = 0")]),
    ],
)
def test_layer_norm_that_refuses_rank_3__is_not_asked_of_it(judged, unpassed, tmp_path, name, edits):
    target = judged(edited(tmp_path, name, *edits), cases=4)
    assert unpassed(target) == {}
    assert RANK not in target.parts[0].understood
    assert NO_RANK in target.parts[0].unasked


@pytest.mark.parametrize(
    ("shape", "stacked"),
    [
        ((4, 5), (2, 2, 5)),
        ((15, 2), (3, 5, 2)),
        ((9, 2, 3), (3, 3, 2, 3)),
        ((7, 5), (7, 5)),
        ((1, 5), (1, 5)),
        ((0, 5), (0, 5)),
    ],
)
def test_stacked_shape__splits_a_composite_number_of_samples(shape, stacked):
    assert stacked_shape(shape) == stacked
    values = np.arange(float(np.prod(shape))).reshape(shape)
    given = STACKED.theirs(values)
    assert given.shape == stacked
    assert np.array_equal(STACKED.folded(STACKED.ours(given), shape), values)


def test_stacked_result__of_another_shape_is_malformed():
    with pytest.raises(Malformed, match=r"shape \(4, 5\); expected \(2, 2, 5\)"):
        STACKED.folded(np.zeros((4, 5)), (4, 5))


# A softmax loss, with a label to ignore.

FUSED = """
import numpy as np

def softmax_loss(x, y, ignore_index={default}):
    kept = y != ignore_index
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[kept, y[kept]]).sum() / {count}
    p[kept, y[kept]] -= 1
    p[~kept] = 0
    return loss, p / {slope}
"""
OWN = """
import numpy as np

def softmax_loss_forward(x, y, *, ignore_index=None):
    kept = np.ones(len(y), bool) if ignore_index is None else y != ignore_index
    z = x[kept] - x[kept].max(axis=1, keepdims=True)
    total = np.exp(z).sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - z[np.arange(len(z)), y[kept]]).sum() / len(z)
    return np.asarray(loss, x.dtype), (np.exp(z) / total, y[kept], kept, x.dtype)

def softmax_loss_backward(dout, cache):
    p, y, kept, dtype = cache
    dx = np.zeros((len(kept), p.shape[1]), dtype)
    rows = p.copy()
    rows[np.arange(len(y)), y] -= 1
    dx[kept] = rows * dout / len(y)
    return dx
"""


def written(tmp_path, source):
    path = tmp_path / "code.py"
    path.write_text(source)
    return str(path)


def labels_asked(target):
    return target.parts[0].asked.ranges.get("label")


@pytest.mark.parametrize(
    ("name", "label"), [("functions/ignoring.py", "-100"), ("objects/ignoring.py", "-1")]
)
def test_loss_with_a_label_to_ignore__is_asked_with_its_default(judged, unpassed, name, label):
    target = judged(name)
    assert unpassed(target) == {}
    assert (target.parts[0].asked.ranges["ignored"], labels_asked(target)) == ("most, none, one", label)
    assert not any("ignore" in each for part in target.parts for each in part.unasked)


@pytest.mark.diagnosed
def test_gradient_in_ignored_rows__fails_and_is_named(judged, unpassed):
    target = judged("functions/ignoring_wrong.py", cases=4)
    assert unpassed(target) == {"cross_entropy_backward": "fail"}
    finding = next(each for each in target.parts[1].findings if each.check == "gradient")
    assert finding.mutant == "ignored-rows-not-zeroed"
    assert "ignore_index=-100" in finding.call


def test_gradient_of_a_class_in_ignored_rows__fails(judged, unpassed, tmp_path):
    path = edited(tmp_path, "objects/ignoring.py", ("dx * self.kept[:, None] /", "dx /"))
    target = judged(path, cases=4)
    assert unpassed(target) == {"CrossEntropyLoss.backward": "fail"}


@pytest.mark.parametrize("default", ["-100", "-1", "0", "2", "255", "None"])
@pytest.mark.parametrize(
    ("count", "slope", "failed"),
    [
        ("kept.sum()", "kept.sum()", set()),
        ("len(y)", "kept.sum()", {"forward"}),
        ("kept.sum()", "len(y)", {"backward"}),
    ],
)
@pytest.mark.sample(every=5)
def test_named_family_with_a_label_to_ignore__is_asked(judged, tmp_path, default, count, slope, failed):
    source = FUSED.format(default=default, count=count, slope=slope)
    if default == "None":
        source = source.replace("kept = ", "kept = np.ones(len(y), bool) if ignore_index is None else ")
    target = judged(written(tmp_path, source), cases=4)
    assert {part.part for part in target.parts if part.verdict == "fail"} == failed
    assert labels_asked(target) in (default, "-1, -100, 0, 255", "-1, -100, 0") or default == "None"


@pytest.mark.slow
def test_loss_in_the_suites_own_naming__is_asked_with_every_label(judged, unpassed, tmp_path):
    target = judged(written(tmp_path, OWN))
    assert (unpassed(target), target.dialect) == ({}, "pair")
    assert labels_asked(target) == "-1, -100, 0, 255"
    wrong = OWN.replace(
        "dx = np.zeros((len(kept), p.shape[1]), dtype)", "dx = np.ones((len(kept), p.shape[1]), dtype)"
    )
    assert unpassed(judged(written(tmp_path, wrong), cases=4)) == {"softmax_loss_backward": "fail"}


def test_loss_in_the_suites_own_naming_that_refuses__is_not_asked(judged, unpassed, tmp_path):
    refusing = OWN.replace(
        "    kept = ", "    if ignore_index is not None: raise NotImplementedError\n    kept = "
    )
    target = judged(written(tmp_path, refusing), cases=4)
    assert (unpassed(target), target.dialect) == ({}, "pair")
    assert NOT_IGNORING in target.parts[0].unasked


def test_loss_without_the_argument__is_not_asked(judged, unpassed, tmp_path):
    own = (
        OWN.replace(", *, ignore_index=None", "")
        .replace("np.ones(len(y), bool) if ignore_index is None else ", "")
        .replace("y != ignore_index", "y == y")
    )
    target = judged(written(tmp_path, own), cases=4)
    assert (unpassed(target), target.dialect) == ({}, "pair")
    assert "ignored rows: only none" in target.parts[0].unasked


@pytest.mark.parametrize(
    ("right", "refusing"),
    [
        ("    kept = y != ignore_index\n", "    assert y.min() >= 0\n    kept = y != ignore_index\n"),
        ("    kept = y != ignore_index\n", "    kept = np.eye(x.shape[1])[y].any(axis=1)\n"),
    ],
)
def test_loss_that_refuses_ignored_labels__is_not_asked(judged, unpassed, tmp_path, right, refusing):
    source = FUSED.format(default=-100, count="kept.sum()", slope="kept.sum()")
    assert right in source
    target = judged(written(tmp_path, source.replace(right, refusing)), cases=4)
    assert unpassed(target) == {}
    assert NOT_IGNORING in target.parts[0].unasked


def test_sum_over_the_samples_that_count__is_a_sum(judged, unpassed, tmp_path):
    source = FUSED.format(default=-100, count="1", slope="1")
    target = judged(written(tmp_path, source), cases=4)
    assert unpassed(target) == {}
    assert "a sum over the batch" in target.parts[0].understood
    assert labels_asked(target) == "-100"


# The layer's own cases.


@pytest.mark.parametrize(
    "geometry", ["n8c4_imost", "n4c4_ione_l-1", "n5c3_ione_l0", "n4c3_imost_l255", "n6c3_l2"]
)
@pytest.mark.parametrize("numbers", ["plain", "last"])
def test_ignored_labels__are_as_many_as_the_case_says(geometry, numbers):
    case = BY_NAME["softmax_loss"].case(geometry, fill=numbers)
    y = fill.tensors(case)["y"]
    kept = kept_rows(case.params, y)
    assert kept.sum() == count_kept(case.params) >= 1
    assert set(y[~kept]) <= {int(case.params["label"])}
    assert set(y[kept]) <= set(range(case.params["c"])) - {int(case.params["label"])}
    assert parse_case(str(case), [case.layer]) == case


@pytest.mark.parametrize("geometry", ["n1c3_ione", "n1c3_imost_l0", "n3c1_l0"])
def test_case_without_a_sample_that_counts__is_impossible(geometry):
    assert BY_NAME["softmax_loss"].case(geometry).flaw is not None


def test_case_line_without_ignored_labels__is_as_it_was():
    case = BY_NAME["softmax_loss"].case("n3c4")
    assert (case.options, str(case)) == ({}, "softmax_loss n3c4 float64 seed=0")
