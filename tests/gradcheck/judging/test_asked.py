"""What a report says was asked, and what does not count."""

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.checks.gradient import GRADIENT
from gradcheck.contract import Pair
from gradcheck.judging.matrix import subject_of
from gradcheck.judging.part import judge_subject
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for


def judged(name, forward=None, backward=None, cases=None):
    ours = BY_NAME[name].ours.naive
    subject = subject_of(name, Pair(forward or ours.forward, backward or ours.backward))
    chosen = cases_for(subject, None, 0) if cases is None else [BY_NAME[name].case(each) for each in cases]
    with quiet(0):
        return judge_subject(subject, chosen, CHECKS)


def test_asked__has_the_ranges_of_the_cases_that_ran():
    forward, _ = judged("affine", cases=("n2d3_m4", "n5d2x2_m1_bnone"))
    assert forward.asked.ranges["n"] == "0 to 5"  # the check `empty` asks for no samples
    assert forward.asked.ranges["bias"] == "none, shared"
    assert set(forward.asked.dtypes) == {"float64", "float32"}
    assert forward.asked.left_out is None
    assert forward.asked.pairs is None


def test_asked__says_which_share_of_the_pairs_of_classes_occurred():
    _, backward = judged("relu")
    assert 0.2 < backward.asked.pairs < 1
    assert backward.asked.classes > 80


def test_case_whose_rounding_hides_the_answer__does_not_count_where_another_case_answers():
    coarse = "n2d1x1_e1e-12"
    _, backward = judged("layer_norm", cases=(coarse, "n3d5_e0.1"))
    assert backward.verdict == "pass"
    ran = {check.check: check.cases for check in backward.checks}
    assert backward.miss_cases < ran["gradient"]


def test_wrong_gradient_of_gamma__is_found_where_gamma_is_negative():
    def absolute(dout, cache):
        dx, dgamma, dbeta = naive.layer_norm_backward(dout, cache)
        return dx, np.where(cache.gamma < 0, -dgamma, dgamma), dbeta

    _, backward = judged("layer_norm", backward=absolute)
    assert backward.verdict == "fail"


@pytest.mark.slow
def test_backward__is_not_failed_by_small_cases_alone_where_forward_is_wrong_on_others():
    def clamped(x, gamma, beta, *, eps):
        out, cache = naive.layer_norm_forward(x, gamma, beta, eps=max(eps, 0.05))
        return out, cache

    forward, backward = judged("layer_norm", forward=clamped)
    assert forward.verdict == "fail"
    assert not backward.verdict.is_wrong


@pytest.mark.slow
@pytest.mark.parametrize("name", ["affine", "softmax"])
@pytest.mark.sample(1)
def test_cases_beyond_the_battery__take_fewer_probes_and_do_not_count_for_the_miss_bound(name):
    calls = []
    ours = BY_NAME[name].ours.naive

    def counted(dout, cache):
        calls.append(dout)
        return ours.backward(dout, cache)

    subject = subject_of(name, Pair(ours.forward, counted))
    questions = cases_for(subject, None, 0)
    battery = questions.fixed
    _, default = judge_subject(subject, questions, [GRADIENT])
    few = len(calls)
    questions.fixed = len(questions)
    _, whole = judge_subject(subject, questions, [GRADIENT])
    assert default.verdict == whole.verdict == "pass"
    assert default.miss_bound <= 1e-9
    assert default.miss_cases <= battery < whole.miss_cases
    assert few < 0.8 * (len(calls) - few)
