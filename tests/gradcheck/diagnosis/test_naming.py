"""A name belongs to one tensor in one mode, and holds wherever that tensor is wrong; what else fails says nothing."""

import time

import numpy as np
import pytest

from gradcheck import Plan, fast, naive, verify_functions
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import Pair
from gradcheck.diagnosis import diagnosed
from gradcheck.judging.matrix import subject_of
from gradcheck.judging.part import judge_subject
from gradcheck.layers.cases import cases_for


def findings_of(layer, forward, backward, part):
    subject = subject_of(layer, Pair(forward, backward))
    with quiet(0):
        reports = judge_subject(subject, cases_for(subject, 4, 0), CHECKS)
        (report,) = [report for report in reports if report.part == part]
        return [found for found in diagnosed(subject, report, 0).findings if found.verdict.is_wrong]


def named(layer, part, forward=None, backward=None):
    """Return the names given to each tensor."""
    ours = getattr(fast, f"{layer}_forward"), getattr(fast, f"{layer}_backward")
    found = findings_of(layer, forward or ours[0], backward or ours[1], part)
    return {(finding.tensor, finding.mutant, finding.candidates) for finding in found if finding.tensor}


def normalised(dout, cache):
    """Return dx, dgamma and dbeta of a batch norm whose backward lacks the path through the mean, in training only."""
    if not cache.training:
        raise IndexError("there is no such branch")
    dx, dgamma, dbeta = naive.batch_norm_backward(dout, cache)
    return dx + (cache.gamma * dout).mean(axis=0) / cache.std, dgamma, dbeta


def test_missing_evaluation__does_not_cost_training_its_name():
    names = named("batch_norm", "backward", naive.batch_norm_forward, normalised)
    assert ("dx", "mean-term-missing", ()) in names


def test_mistake_in_evaluation_only__is_named():
    def forward(x, gamma, beta, running_mean=None, running_var=None, **options):
        out, cache = fast.batch_norm_forward(x, gamma, beta, running_mean, running_var, **options)
        if not options["training"]:
            out = gamma * (x - running_mean) / (np.sqrt(running_var) + options["eps"]) + beta
        return out, cache

    assert named("batch_norm", "forward", forward) == {("out", "eps-outside-root", ())}


def test_plain_dropout__is_one_mistake():
    def forward(x, *, keep_prob, training=True, **options):
        out, cache = fast.dropout_forward(x, keep_prob=keep_prob, training=training, **options)
        return out * keep_prob, cache

    assert named("dropout", "forward", forward) == {("out", "not-inverted", ())}


def test_logarithm_of_a_vanishing_probability__is_not_taken_for_a_missing_shift():
    def forward(x, y):
        p = np.exp(x - x.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return np.asarray(-np.log(p[range(len(y)), y]).mean()), fast.softmax_loss_forward(x, y)[1]

    assert named("softmax_loss", "forward", forward) == {("out", "log-of-zero", ())}


def test_code_that_raises__is_not_named_by_its_exceptions_alone():
    def forward(x, *, kernel, **options):
        if kernel[0] != kernel[1]:
            raise ValueError("only square windows")
        return fast.max_pool2d_forward(x, kernel=kernel, **options)

    found = findings_of("max_pool2d", forward, fast.max_pool2d_backward, "forward")
    assert found
    assert {(finding.mutant, finding.candidates) for finding in found} == {(None, ())}


def test_name__does_not_depend_on_the_time_it_takes(monkeypatch):
    start = time.perf_counter()
    monkeypatch.setattr(time, "perf_counter", lambda: start + 1000 * (time.monotonic() - start))
    monkeypatch.setattr(time, "process_time", lambda: 1000 * time.monotonic())
    assert ("dx", "mean-term-missing", ()) in named(
        "batch_norm", "backward", naive.batch_norm_forward, normalised
    )


@pytest.mark.parametrize("part", ["forward", "backward"])
def test_subject_that_always_raises__gets_no_name(part):
    def raising(*args, **options):
        raise ZeroDivisionError

    found = findings_of("relu", raising, raising, part)
    assert {(finding.mutant, finding.explanation) for finding in found} <= {(None, None)}


def test_wrong_size__is_not_named_after_the_checks_that_it_fails():
    def forward(x, *, kernel, **options):
        out, cache = fast.max_pool2d_forward(x, kernel=kernel, **options)
        return out[:, :, :1], cache

    found = findings_of("max_pool2d", forward, fast.max_pool2d_backward, "forward")
    assert found
    assert {finding.mutant for finding in found} == {None}


def test_mistake_that_whole_numbers_do_not_show__gets_no_name():
    """On whole numbers, relu cut off at 1 is a step: the name of the step would be wrong."""
    parts = (
        verify_functions(
            {"relu_forward": lambda x: (np.clip(x, 0, 1), x), "relu_backward": fast.relu_backward},
            Plan(hint="mistake", processes=1),
        )
        .targets[0]
        .parts
    )
    (names,) = {
        (finding.mutant, finding.candidates, finding.explanation)
        for finding in parts[0].findings
        if finding.verdict.is_wrong
    }
    assert names == (None, (), None)
