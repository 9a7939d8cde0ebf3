"""The check `layout` on labels, and the geometries of pooling that nobody is asked."""

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.checks.layout import LAYOUTS
from gradcheck.layers import BY_NAME


def test_index_in_the_type_of_the_labels__is_a_fault(judged, failed):
    def forward(x, y):
        loss, cache = fast.softmax_loss_forward(x, y)
        places = np.arange(len(y), dtype=y.dtype) * y.dtype.type(130) + y  # wraps in eight bits
        lost = (places.astype(int) != np.arange(len(y)) * 130 + y).any()
        return (loss + 1 if lost else loss), cache

    assert failed(judged("softmax_loss", forward)["forward"]) == ["layout"]


def test_number_of_a_score_in_the_type_of_the_labels__is_a_fault(judged, failed):
    def forward(x, y):
        places = np.arange(len(y), dtype=y.dtype) * y.dtype.type(x.shape[1]) + y  # right up to 127 scores
        scores = x - x.max(axis=1, keepdims=True)
        loss = (np.log(np.exp(scores).sum(axis=1)) - scores.ravel()[places.astype(int)]).mean()
        return loss, fast.softmax_loss_forward(x, y)[1]

    with np.errstate(over="ignore"):
        assert failed(judged("softmax_loss", forward)["forward"]) == ["layout"]


def test_labels_of_other_width__may_be_refused(judged, failed):
    def forward(x, y):
        if y.dtype != np.int64:
            raise TypeError("labels have 64 bits")
        return fast.softmax_loss_forward(x, y)

    assert failed(judged("softmax_loss", forward)["forward"]) == []


@pytest.mark.parametrize("kind", LAYOUTS)
def test_layout__is_what_it_is_called_and_keeps_the_shape(kind):
    values = np.arange(24.0).reshape(2, 3, 4)
    placed, labels = LAYOUTS[kind](values), LAYOUTS[kind](np.array([3, 1, 2]))
    assert placed.shape == values.shape
    if kind.startswith("broadcast"):
        assert 0 in placed.strides
    else:
        assert np.array_equal(placed, values)
    assert labels.tolist() == [3, 1, 2]
    assert (labels.itemsize < 8) == kind.startswith("narrow")


def test_dilated_window_on_both_sides_of_the_input__is_not_asked():
    case = BY_NAME["max_pool2d"].case("n1c1h1w1_k2x1_s1x1_p1x0_d2x1")
    assert case.flaw == "a dilated window has no entry of the input"
