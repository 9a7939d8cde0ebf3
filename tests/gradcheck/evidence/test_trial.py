"""Trials of one subject on several cases."""

from dataclasses import replace

import pytest

from gradcheck.checks import BY_NAME as CHECKS
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME


@pytest.fixture
def counted():
    """Return a subject, the affine layer's, and the list of the geometries that its forward was called with."""
    subject, calls = subject_of("affine", BY_NAME["affine"].ours.fast), []

    def forward(params, tensors):
        calls.append(params)
        return subject.forward(params, tensors)

    return replace(subject, forward=forward), calls


def test_trial_on_another_case__is_the_one_that_is_there_already(counted):
    subject, _ = counted
    case, others = BY_NAME["affine"].case("n2d3_m4"), {}
    trial = Trial(subject, case.but(fill="nan"), others)
    assert trial.on(case) is trial.on(case) is others[str(case)]


def test_special_values__are_judged_by_the_plain_calls_that_other_checks_made(counted):
    subject, calls = counted
    case, others = BY_NAME["affine"].case("n2d3_m4"), {}
    needed = []
    for fill in ("nan", "inf"):
        assert list(CHECKS["special"].judge(Trial(subject, case.but(fill=fill), others), "backward")) == []
        needed.append(len(calls) - sum(needed))
    assert needed[1] < needed[0]


def test_precision__calls_forward_on_single_precision_once_for_both_parts(counted):
    subject, calls = counted
    trial = Trial(subject, BY_NAME["affine"].case("n2d3_m4").but(dtype="float32", fill="thirds"))
    trial.shares_forward = True
    for part in ("forward", "backward"):
        assert list(CHECKS["precision"].judge(trial, part)) == []
    assert len(calls) == 3
