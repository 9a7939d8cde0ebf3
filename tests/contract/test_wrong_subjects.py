"""The tester tested: wrong subjects must fail, in the right part, by the check that is meant for it.

Each is a naive layer with a mistake of the catalogue, or of `wrong_edits.py` where the catalogue does not have it.
Nothing else may be accused: the other part must not fail.
"""

import runpy
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.checks.check import Check
from gradcheck.contract import Subject
from gradcheck.judging import matrix
from gradcheck.judging.part import judge_subject
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant, apply_all
from gradcheck.subjects.dialects import BY_NAME

HERE = Path(__file__).parent
BY_HAND = runpy.run_path(str(HERE / "wrong_edits.py"))["EDITS"]
CATALOGUE = {str(mutant): (mutant,) for mutant in MUTANTS}
DRAWN = "dropout.forward.mask-of-one-sample"
RAISING = ("affine.forward.bias-required", "conv2d.backward.empty-batch-fails")
"""What only raises, and computes nothing wrong."""

# Mistake, check, and the check's place among those that catch the mistake, in the order of CHECKS: it is the "only"
# one, the "first" of several, or "also" there.
ROWS = (
    ("affine.forward.bias-missing", "output", "first"),
    ("affine.forward.bias-required", "implemented", "only"),
    ("affine.backward.db-of-the-last-sample", "gradient", "only"),
    ("affine.backward.dx-not-reshaped", "shapes", "first"),
    ("affine.backward.dw-of-the-first-sample", "gradient", "only"),
    ("affine.backward.dw-of-rounded-x", "fractions", "first"),
    ("affine.backward.dx-in-half-for-single", "precision", "only"),
    ("relu.forward.threshold-below-zero", "output", "first"),
    ("relu.forward.zeros-written-into-x", "unchanged", "first"),
    ("relu.forward.nan-swallowed", "special", "only"),
    ("relu.forward.small-values-dropped", "scaling", "only"),
    ("relu.forward.memory-read-as-float64", "layout", "also"),
    ("relu.backward.mask-from-dout", "gradient", "first"),
    ("relu.backward.mask-from-dout", "linear", "also"),
    ("relu.backward.nan-hidden", "special", "only"),
    ("relu.backward.cache-shared", "reentrant", "only"),
    ("relu.backward.copy-turned-into-mask", "cache", "only"),
    ("leaky_relu.forward.mask-kept-by-shape", "independent", "only"),
    ("leaky_relu.backward.slope-on-wrong-side", "gradient", "first"),
    ("sigmoid.forward.exp-overflows", "large", "also"),
    ("sigmoid.backward.output-squared", "gradient", "first"),
    ("tanh.backward.square-missing", "gradient", "first"),
    ("tanh.backward.gradient-clipped", "linear", "first"),
    ("leaky_relu.backward.slope-kept-by-shape", "fresh", "only"),
    ("leaky_relu.backward.small-gradients-dropped", "linear", "only"),
    ("identity.forward.argument-returned", "alias", "only"),
    ("flatten.forward.layout-assumed", "layout", "only"),
    ("flatten.backward.samples-reversed", "gradient", "first"),
    ("conv2d.forward.stride-missing-along-height", "output", "first"),
    ("conv2d.forward.accumulated-in-float32", "large", "also"),
    ("conv2d.forward.single-number-lost", "ones", "only"),
    ("conv2d.forward.dtype-lost", "dtype", "only"),
    ("conv2d.forward.minus-one-missing-in-the-size", "shapes", "also"),
    ("conv2d.forward.kernel-unchecked", "refusal", "only"),
    ("conv2d.backward.weights-truncated", "fractions", "first"),
    ("conv2d.backward.overlap-overwritten", "gradient", "only"),
    ("conv2d.backward.kernel-rotated", "gradient", "only"),
    ("conv2d.backward.group-offset-missing", "gradient", "only"),
    ("conv2d.backward.db-of-the-last-sample", "gradient", "only"),
    ("conv2d.backward.stride-of-width-for-height", "gradient", "also"),
    ("conv2d.backward.weights-counted-up", "repeatable", "also"),
    ("conv2d.backward.weights-counted-up", "unchanged", "also"),
    ("conv2d.backward.first-sample-only", "gradient", "first"),
    ("conv2d.backward.empty-batch-fails", "empty", "only"),
    ("conv_transpose2d.forward.bias-of-the-first-filter", "output", "first"),
    ("conv_transpose2d.backward.weights-of-the-first-channel", "gradient", "only"),
    ("max_pool2d.forward.padded-with-zeros", "output", "first"),
    ("max_pool2d.forward.nan-swallowed", "special", "only"),
    ("max_pool2d.backward.overlap-overwritten", "gradient", "first"),
    ("max_pool2d.backward.ties-credited-in-full", "ties", "only"),
    ("avg_pool2d.backward.divisor-of-a-square-kernel", "gradient", "only"),
    ("batch_norm.forward.momentum-swapped", "output", "first"),
    ("batch_norm.forward.eps-outside-root", "output", "first"),
    ("batch_norm.forward.one-pass-variance", "large", "first"),
    ("batch_norm.backward.mean-term-missing", "gradient", "first"),
    ("spatial_batch_norm.backward.reshape-for-transpose", "gradient", "first"),
    ("layer_norm.forward.mean-over-batch", "independent", "also"),
    ("layer_norm.backward.dgamma-without-xhat", "gradient", "first"),
    ("group_norm.forward.single-value-not-centred", "ones", "only"),
    ("group_norm.backward.mean-over-all-groups", "gradient", "first"),
    ("dropout.forward.scale-missing", "output", "first"),
    ("dropout.forward.mask-of-one-sample", "mask", "only"),
    ("dropout.backward.scale-missing", "gradient", "first"),
    ("dropout.backward.mask-scaled-in-place", "repeatable", "first"),
    ("softmax_loss.forward.shift-missing", "large", "only"),
    ("softmax_loss.backward.mean-missing", "gradient", "first"),
    ("softmax_loss.backward.cache-changed", "cache", "also"),
    ("svm_loss.backward.label-subtracted-twice", "gradient", "only"),
    ("mse_loss.backward.factor-two-missing", "gradient", "first"),
)


def drawn() -> Subject:
    """Return a dropout that draws one mask and broadcasts it over the batch. The naive one is given its mask."""
    source = (HERE.parent / "data" / "cs231n" / "loops.py").read_text()
    right, wrong = "np.random.rand(*x.shape) < p", "np.random.rand(*x.shape[1:]) < p"
    assert source.count(right) == 1
    members: dict[str, object] = {}
    exec(source.replace(right, wrong), members)
    (subject,) = [each for each in BY_NAME["cs231n"].subjects(members) if each.layer.name == "dropout"]
    return subject


def subject_of(mistake: str) -> Subject:
    """Return the wrong subject that a row names."""
    if mistake == DRAWN:
        return drawn()
    edits = {**CATALOGUE, **BY_HAND}[mistake]
    return matrix.subject_of(edits[0].layer, apply_all(*edits))


@cache
def judged(mistake: str) -> dict[str, object]:
    """Return the reports of a wrong subject's two parts."""
    subject = subject_of(mistake)
    with quiet(0):
        return {report.part: report for report in judge_subject(subject, cases_for(subject, 6, 0), CHECKS)}


def place_of(check: str, failed: list[str]) -> str:
    """Say where a check stands among those that failed, which are in the order of CHECKS."""
    if check not in failed:
        return "not among them"
    return "only" if failed == [check] else "first" if failed[0] == check else "also"


@pytest.mark.parametrize(("mistake", "check", "expected"), ROWS)
@pytest.mark.sample("check")
def test_wrong_subject__fails_its_part_by_its_check_and_no_other_part(mistake, check, expected):
    part = mistake.split(".")[1]
    report = judged(mistake)[part]
    failed = [found.check for found in report.checks if found.verdict in ("fail", "error")]
    assert place_of(check, failed) == expected, f"{mistake} is caught by {failed}"
    assert report.verdict == ("error" if mistake in RAISING else "fail"), report.findings
    other = judged(mistake)["backward" if part == "forward" else "forward"]
    assert not other.verdict.is_wrong, other.findings


def unneeded(checks: Sequence[Check], rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return what to write for each check without which every mistake here would be caught as well."""
    needed = {check for _, check, place in rows if place in ("only", "first")}
    return [
        f"{check.name} is nowhere the only check to catch a mistake, nor the first: add to ROWS, in "
        f'tests/contract/test_wrong_subjects.py, (a mistake of the catalogue, "{check.name}", "only" or "first"), or '
        "write the mistake in tests/contract/wrong_edits.py"
        for check in checks
        if check.name not in needed
    ]


def test_checks__are_each_the_only_or_the_first_to_catch_some_mistake():
    assert unneeded(CHECKS, ROWS) == []


def test_redundant_check__is_named_with_what_to_write():
    rows = [row for row in ROWS if row[1] != "ties"] + [("a mistake", "ties", "also")]
    (complaint,) = unneeded(CHECKS, rows)
    assert complaint.startswith(
        "ties is nowhere the only check to catch a mistake, nor the first: add to ROWS"
    )


def contents(edits: tuple[Mutant, ...]) -> tuple[tuple[str, ...], ...]:
    """Return what edits replace, whatever they are called."""
    return tuple((one.layer, one.edited, one.was, one.now) for one in edits)


def test_rows__are_unique_and_edits_by_hand_all_used_and_not_in_the_catalogue():
    assert len({(mistake, check) for mistake, check, _ in ROWS}) == len(ROWS)
    assert set(BY_HAND) <= {mistake for mistake, _, _ in ROWS}
    assert not {contents(each) for each in BY_HAND.values()} & {contents(each) for each in CATALOGUE.values()}
    assert not set(BY_HAND) & set(CATALOGUE)
