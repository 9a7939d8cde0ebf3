"""The check `layout` on labels, and the geometries of pooling that nobody is asked."""

import numpy as np

from gradcheck import fast
from gradcheck.layers import BY_NAME


def test_index_in_the_type_of_the_labels__is_a_fault(judged, failed):
    def forward(x, y):
        loss, cache = fast.softmax_loss_forward(x, y)
        places = np.arange(len(y), dtype=y.dtype) * y.dtype.type(130) + y  # wraps in eight bits
        lost = (places.astype(int) != np.arange(len(y)) * 130 + y).any()
        return (loss + 1 if lost else loss), cache

    assert failed(judged("softmax_loss", forward)["forward"]) == ["layout"]


def test_labels_of_other_width__may_be_refused(judged, failed):
    def forward(x, y):
        if y.dtype != np.int64:
            raise TypeError("labels have 64 bits")
        return fast.softmax_loss_forward(x, y)

    assert failed(judged("softmax_loss", forward)["forward"]) == []


def test_dilated_window_on_both_sides_of_the_input__is_not_asked():
    case = BY_NAME["max_pool2d"].case("n1c1h1w1_k2x1_s1x1_p1x0_d2x1")
    assert case.flaw == "a dilated window has no entry of the input"
