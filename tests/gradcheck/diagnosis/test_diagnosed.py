"""Diagnosis tells more, never something else: whatever a subject returns, the verdict stays, and nothing raises."""

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import Pair
from gradcheck.diagnosis import diagnosed
from gradcheck.judging.matrix import subject_of
from gradcheck.judging.part import judge_subject
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for

FAKES = {
    "zeros": np.zeros_like,
    "nan": lambda right: np.full_like(right, np.nan),
    "text": lambda right: "right",
    "shape": lambda right: np.zeros((*right.shape, 2)),
    "complex": lambda right: right + 1j,
    "none": lambda right: None,
}


def diagnosed_parts(layer, pair):
    subject = subject_of(layer, pair)
    with quiet(0):
        reports = judge_subject(subject, cases_for(subject, 2, 0), CHECKS)
        return [(report, diagnosed(subject, report, 0)) for report in reports]


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("layer", ["affine", "softmax_loss"])
@pytest.mark.parametrize("part", ["forward", "backward"])
@pytest.mark.sample(every=5)
def test_diagnosis__never_changes_the_verdict(layer, part, fake):
    right = BY_NAME[layer].ours.fast

    def forward(*args, **kwargs):
        out, cache = right.forward(*args, **kwargs)
        return (FAKES[fake](np.asarray(out)) if part == "forward" else out), cache

    def backward(dout, cache):
        returned = right.backward(dout, cache)
        values = returned if isinstance(returned, tuple) else (returned,)
        if part == "forward":
            return returned
        spoiled = tuple(None if value is None else FAKES[fake](np.asarray(value)) for value in values)
        return spoiled if isinstance(returned, tuple) else spoiled[0]

    for before, after in diagnosed_parts(layer, Pair(forward, backward)):
        assert (after.verdict, after.checks) == (before.verdict, before.checks)
        assert [(f.check, f.verdict, f.severity, f.tensor) for f in after.findings] == [
            (f.check, f.verdict, f.severity, f.tensor) for f in before.findings
        ]


def test_diagnosis__copes_with_a_forward_that_sometimes_raises():
    def forward(x, w, b=None):
        if x.shape[0] != w.shape[1]:
            raise ValueError("as many samples as units, please")
        return fast.affine_forward(x, w, b)

    def backward(dout, cache):
        dx, dw, db = fast.affine_backward(dout, cache)
        return dx, dw, None if db is None else 2 * db

    (forward_report, _), (_, after) = diagnosed_parts("affine", Pair(forward, backward))
    assert forward_report.verdict == "error"
    assert after.verdict == "fail"


def test_known_mistake__is_named_on_a_small_case():
    def backward(dout, cache):
        dx, dw, db = fast.affine_backward(dout, cache)
        return dx, dw, None if db is None else db / dout.shape[0]

    (_, _), (_, after) = diagnosed_parts("affine", Pair(fast.affine_forward, backward))
    (finding,) = [finding for finding in after.findings if finding.check == "gradient"]
    assert finding.mutant == "db-mean-over-batch"
    assert finding.where == "every entry is 1/2 of what it should be (N = 2)"
    assert finding.case == "affine n2d3_m2 float64 seed=0"


def test_unknown_mistake__is_not_named():
    def backward(dout, cache):
        return 1.0625 * fast.relu_backward(dout, cache)

    (_, _), (_, after) = diagnosed_parts("relu", Pair(fast.relu_forward, backward))
    findings = [finding for finding in after.findings if finding.verdict.is_wrong]
    assert findings
    assert {(finding.mutant, finding.candidates) for finding in findings} == {(None, ())}


def test_two_mistakes_in_two_tensors__get_two_names():
    def backward(dout, cache):
        dx, dw, db = fast.affine_backward(dout, cache)
        return dx, dw / dout.shape[0], None if db is None else db / dout.shape[0]

    (_, _), (_, after) = diagnosed_parts("affine", Pair(fast.affine_forward, backward))
    names = {finding.tensor: finding.mutant for finding in after.findings if finding.check == "gradient"}
    assert names == {"dw": "dw-mean-over-batch", "db": "db-mean-over-batch"}
