"""Options that few functions have: the axes that a layer norm normalises over."""

from pathlib import Path

import numpy as np
import pytest

from gradcheck.contract import Malformed
from gradcheck.subjects.dialects.inferred.layouts import NO_RANK, STACKED, stacked_shape

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


def test_layer_norm_that_is_wrong_for_rank_3__fails_with_the_shape_that_was_passed(judged, unpassed):
    target = judged("functions/last_axes_wrong.py", cases=4)
    assert unpassed(target) == {"layer_norm_backward": "fail"}
    (call,) = {each.call for each in target.parts[1].findings if each.tensor == "dx"}
    assert call.startswith("layer_norm(x 2x2x")
    assert "normalized_shape=(" in call


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
