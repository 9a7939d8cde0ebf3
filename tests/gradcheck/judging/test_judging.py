from dataclasses import replace

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import Interface, Pair
from gradcheck.judging import part
from gradcheck.judging.matrix import subject_of
from gradcheck.judging.part import WRONG_ALREADY, judge_subject
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.subjects.dialects.pair import PAIR


def judged(layer, forward=None, backward=None, cases=4):
    pair = BY_NAME[layer].ours.naive
    members = {f"{layer}_forward": forward or pair.forward, f"{layer}_backward": backward or pair.backward}
    (subject,) = PAIR.subjects(members)
    with quiet(0):
        return judge_subject(subject, cases_for(subject, cases, 0), CHECKS)


def test_checks__each_have_a_line_in_the_report():
    forward, backward = judged("max_pool2d")
    assert [c.check for c in forward.checks] == [check.name for check in CHECKS if "forward" in check.parts]
    assert [c.check for c in backward.checks] == [check.name for check in CHECKS if "backward" in check.parts]
    assert {c.reason is None for c in forward.checks if c.verdict == "pass"} == {True}
    assert {c.reason is None for c in forward.checks if c.verdict == "skip"} == {False}


def test_check_without_cases__is_inconclusive_and_so_is_the_part():
    def refuses(x, *, kernel, stride, pad, dilation, ceil_mode):
        raise ValueError("this subject refuses everything")

    forward, backward = judged("max_pool2d", forward=refuses)
    assert forward.verdict == "error"
    assert backward.verdict == "inconclusive"
    assert {c.verdict for c in backward.checks} == {"inconclusive", "skip"}


def test_refusing_a_remainder_is_a_note_and_the_rest_is_judged():
    def refuses(x, w, b=None, *, stride, pad, dilation, groups):
        h = x.shape[2] + sum(pad[0]) - dilation[0] * (w.shape[2] - 1) - 1
        v = x.shape[3] + sum(pad[1]) - dilation[1] * (w.shape[3] - 1) - 1
        if h < 0 or v < 0 or h % stride[0] or v % stride[1]:
            raise ValueError("the windows do not cover the input evenly")
        return naive.conv2d_forward(x, w, b, stride=stride, pad=pad, dilation=dilation, groups=groups)

    forward, backward = judged("conv2d", forward=refuses)
    assert (forward.verdict, backward.verdict) == ("pass", "pass")
    assert [f.severity for f in forward.findings if f.check == "implemented"] == ["note"]


def test_crashing_at_a_remainder_is_an_error():
    def crashes(x, w, b=None, *, stride, pad, dilation, groups):
        if (x.shape[2] + sum(pad[0]) - dilation[0] * (w.shape[2] - 1) - 1) % stride[0]:
            np.zeros(2) + np.zeros(3)
        return naive.conv2d_forward(x, w, b, stride=stride, pad=pad, dilation=dilation, groups=groups)

    assert judged("conv2d", forward=crashes, cases=8)[0].verdict == "error"


def test_refused_option__is_missing_and_the_rest_is_judged():
    def undilated(x, w, b=None, *, stride, pad, dilation, groups):
        if dilation != (1, 1):
            raise NotImplementedError("dilation")
        return naive.conv2d_forward(x, w, b, stride=stride, pad=pad, groups=groups)

    forward, _ = judged("conv2d", forward=undilated)
    assert forward.verdict == "missing"
    assert {c.verdict for c in forward.checks if c.check == "output"} == {"pass"}


def test_smallest_failing_case__is_the_one_reported():
    _, backward = judged("relu", backward=lambda dout, cache: 0 * dout, cases=8)
    (finding,) = [f for f in backward.findings if f.check == "gradient"]
    assert finding.case == "relu n2d3 float64 seed=0" or "n1" in finding.case


@pytest.mark.parametrize("layer", ["conv2d", "batch_norm", "svm_loss"])
def test_miss_bound__is_below_the_target(layer):
    _, backward = judged(layer)
    assert backward.miss_bound <= 1e-9


def test_lenient_check__needs_no_excuse_where_forward_is_wrong():
    def wrong(x, w, b=None):
        out, cache = naive.affine_forward(x, w, b)
        return out + 1, cache

    def widening(dout, cache):
        return tuple(
            None if each is None else np.float64(each) for each in naive.affine_backward(dout, cache)
        )

    members = {"affine_forward": wrong, "affine_backward": widening}
    (subject,) = PAIR.subjects(members)
    with quiet(0):
        forward, backward = judge_subject(
            replace(subject, interface=Interface(lenient=frozenset({"dtype"}))),
            cases_for(subject, 2, 0),
            CHECKS,
        )
    assert (forward.verdict, backward.verdict) == ("fail", "pass")
    assert [finding.severity for finding in backward.findings if finding.check == "dtype"] == ["note"] * 3


class Counting:
    """A layer whose forwards are counted; backward may spoil the cache."""

    def __init__(self, layer, spoils=lambda cache: None):
        self.pair, self.spoils, self.forwards = BY_NAME[layer].ours.naive, spoils, 0

    def forward(self, x, *args, **kwargs):
        self.forwards += 1
        return self.pair.forward(x, *args, **kwargs)

    def backward(self, dout, cache):
        gradients = self.pair.backward(dout, cache)
        self.spoils(cache)
        return gradients


def test_forwards__are_shared_by_backwards_once_these_leave_the_cache_as_it_is(monkeypatch):
    shared, apart = Counting("affine"), Counting("affine")
    found = judged("affine", shared.forward, shared.backward)
    monkeypatch.setattr(part, "STEADY", frozenset({"no such check"}))
    once_more = judged("affine", apart.forward, apart.backward)
    assert [(each.verdict, each.cases, each.miss_bound) for each in found] == [
        (each.verdict, each.cases, each.miss_bound) for each in once_more
    ]
    assert shared.forwards < 0.9 * apart.forwards


def test_cache_that_backward_spoils_on_later_cases_only__is_found_by_the_check_of_the_cache():
    layer = BY_NAME["affine"]
    fifth = cases_for(subject_of("affine", layer.ours.naive), None, 0)[4]

    def spoils(cache):
        if cache.x.shape == fifth.shapes["x"]:
            cache.w[...] = 0

    subject = Counting("affine", spoils)
    forward, backward = judged("affine", subject.forward, subject.backward)
    assert forward.verdict == "pass"
    assert {finding.check for finding in backward.findings} == {"cache", "repeatable", "unchanged"}
    assert {check.check: check.verdict for check in backward.checks}["cache"] == "fail"


@pytest.mark.parametrize("wrong", ["forward", "backward", "both"])
def test_part_that_is_wrong_already__is_asked_no_further_unless_that_may_be_the_fault_of_forward(wrong):
    fast = BY_NAME["affine"].ours.fast

    def forward(*tensors):
        out, cache = fast.forward(*tensors)
        return out + (wrong != "backward"), cache

    def backward(dout, cache):
        return tuple(each + (wrong != "forward") for each in fast.backward(dout, cache))

    subject = subject_of("affine", Pair(forward, backward))
    cases = cases_for(subject, None, 0)
    parts = {part.part: part for part in judge_subject(subject, cases, CHECKS)}
    asked = {name: part.asked.geometries for name, part in parts.items()}
    few = {"forward": wrong != "backward", "backward": wrong == "backward"}
    for name, is_few in few.items():
        assert (parts[name].asked.left_out == WRONG_ALREADY) == is_few
        assert (asked[name] < len(cases) // 2) == is_few


CRASH = "float32 array of 4 entries has too few bytes"


@pytest.mark.parametrize(
    ("problem", "verdict"), [(CRASH[8:], "error"), (f"Buffer {CRASH}", "pass"), ("", "pass")]
)
def test_crash_in_single_precision__is_an_error_unless_it_speaks_of_the_dtype(problem, verdict):
    def crashes(x):
        if x.dtype != "float64":
            raise (ValueError if problem else TypeError)(problem)
        return naive.relu_forward(x)

    members = {"relu_forward": crashes, "relu_backward": naive.relu_backward}
    (subject,) = PAIR.subjects(members)
    lenient = replace(
        subject, interface=replace(subject.interface, lenient=frozenset({"dtype", "precision"}))
    )
    with quiet(0):
        forward, _ = judge_subject(lenient, cases_for(lenient, 4, 0), CHECKS)
    assert forward.verdict == verdict


def test_backward_that_raises_next_to_a_wrong_forward__is_looked_at_on_few_cases(monkeypatch):
    """Its own forward is differentiated for that, which takes long."""
    looked_at = []
    monkeypatch.setattr(part, "acquittal", looked_at.append)

    def relu_forward(x):
        return 2 * np.maximum(x, 0), x

    def relu_backward(dout, cache):
        return dout[:, 7] * cache.missing

    forward, backward = judged("relu", relu_forward, relu_backward)
    assert 1 <= len(looked_at) <= 3
    assert (forward.verdict, backward.verdict) == ("fail", "error")
