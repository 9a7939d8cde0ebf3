"""A case in the author's own words: the call of forward, as a report prints it."""

import numpy as np
import pytest

from gradcheck import LAYERS, parse_case
from gradcheck.evidence.trial import Trial
from gradcheck.subjects.dialects import found_in


def stub(x, *rest):
    return x, None


def said(names, line):
    (claim,) = found_in(dict.fromkeys(names, stub), "cs231n")
    case = parse_case(line, LAYERS)
    return claim.subject.interface.spoken(case.params, Trial(claim.subject, case).tensors)


@pytest.mark.parametrize(
    ("stem", "line", "call"),
    [
        (
            "conv_{}_naive",
            "conv2d n1c1h1w4_f1kh1kw2_s2x2_p0x0_d1x1_g1",
            "conv_forward_naive(x 1x1x1x4, w 1x1x1x2, b 1, conv_param={'stride': 2, 'pad': 0})",
        ),
        (
            "batchnorm_{}",
            "batch_norm n3d2_eval_e0.001_m0.1_biased",
            "batchnorm_forward(x 3x2, gamma 2, beta 2, bn_param={'mode': 'test', 'eps': 0.001, 'momentum': 0.9, "
            "'running_mean': array of 2, 'running_var': array of 2})",
        ),
        ("relu_{}", "relu n2d2", "relu_forward(x 2x2)"),
    ],
)
def test_call__is_in_the_words_of_the_course(stem, line, call):
    assert said([stem.format("forward"), stem.format("backward")], line) == call


def test_call__shows_nothing_of_a_value_that_is_not_plain():
    from gradcheck.subjects.dialects.adapter import spoken

    arguments = {"x": "x", "how": lambda params, tensors: object(), "size": lambda params, tensors: (2, 0.5)}
    assert spoken("f", arguments, {}, {"x": np.ones((2, 3))}) == "f(x 2x3, how=..., size=(2, 0.5))"
