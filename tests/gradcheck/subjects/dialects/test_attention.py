"""Attention as plain functions: masks of each kind, widths and heads that a file does not accept, autograd."""

import pytest

from gradcheck.isolation.levels import Limits

EXTRA = 'needs PyTorch: pip install -e ".[peers]"'

PLAIN, WRONG, TENSORS = "attention/plain.py", "attention/wrong.py", "attention/eecs498.py"
HIDE = "np.where(mask == 0, -1e9, scores)"


def verdicts(target):
    return {part.function: part.verdict for part in target.parts}


def forward_of(target):
    (part,) = [each for each in target.parts if each.part == "forward"]
    return part


def test_right_file__passes_in_both_parts(judged):
    target = judged(PLAIN, cases=4)
    assert set(verdicts(target).values()) == {"pass"}
    assert "attention: scaled_dot_product_attention(Q, K, V, mask=None)" in forward_of(target).understood


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (HIDE, "True where a key is seen"),
        ("np.where(mask, -np.inf, scores)", "True where a key is hidden"),
        ("scores + mask", "added to the scores"),
    ],
)
def test_mask__is_passed_as_the_file_takes_it(judged, edited, now, kind):
    target = judged(edited(PLAIN, HIDE, now), cases=0)
    assert set(verdicts(target).values()) == {"pass"}
    assert kind in forward_of(target).understood


def test_mask_that_makes_no_difference__is_a_fault(judged, edited, undiagnosed):
    target = judged(edited(PLAIN, HIDE, "scores"), cases=0)
    assert forward_of(target).verdict == "fail"


def test_wrong_softmax__is_named(judged):
    target = judged(WRONG, cases=0, checks=("output", "gradient"))
    assert verdicts(target) == {"attention_forward": "pass", "attention_backward": "fail"}
    found = [f for part in target.parts for f in part.findings if f.check == "gradient"]
    assert {f.mutant for f in found} == {"softmax-sum-missing"}


NARROW = "    out = np.zeros_like(query)\n    out[:] = np.einsum('nst,nte->nse', p, value)\n"


def test_values_of_one_width_alone__are_no_fault(judged, edited, undiagnosed):
    path = edited(WRONG, "    out = np.einsum('nst,nte->nse', p, value)\n", NARROW)
    assert forward_of(judged(path, cases=4)).verdict == "pass"


def test_forwards_on_tensors__are_judged_by_autograd(judged):
    pytest.importorskip("torch", reason=EXTRA)
    target = judged(TENSORS, cases=0, limits=Limits(packages=("torch",)))
    assert len(target.parts) == 4
    assert {part.verdict for part in target.parts} == {"pass"}
