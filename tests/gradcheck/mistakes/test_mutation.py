"""The catalogue: every mutant applies, is caught, differs from every other, and says what to do."""

import dataclasses

import numpy as np
import pytest

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.judging.matrix import first_fault, kill, layers_of, subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.counted import COUNTED, how_often
from gradcheck.mistakes.mutant import StaleMutant, apply, apply_afresh, apply_all, edited

ROW = MUTANTS[0]
LAYERS_WITH_MUTANTS = layers_of(MUTANTS)
OF_RESULTS = checks.CHECKS[: checks.CHECKS.index(checks.GRADIENT) + 1]
"""Those that look at no more than the results: five of the 24, which find nine mistakes of ten."""


def fault(mutant):
    """Return a fault of a mutant: of its results on the battery, or else the first of any check on any case."""
    subject = subject_of(mutant.layer, apply_afresh(mutant))
    with quiet(0):
        found, _ = first_fault(subject, mutant.part, cases_for(subject, 0, 0), OF_RESULTS)
    return found or kill(mutant).finding


@pytest.mark.parametrize("layer", LAYERS_WITH_MUTANTS)
@pytest.mark.sample(every=9)
def test_mutants__are_all_killed_in_their_own_part(layer):
    ours = [mutant for mutant in MUTANTS if mutant.layer == layer]
    alive = [str(mutant) for mutant in ours if fault(mutant) is None]
    assert alive == [], "no case tells these from the truth: drop them, or add cases that do"


@pytest.mark.exhaustive  # repeats the one above, with all checks on each case
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutant__is_killed_in_its_own_part(mutant):
    found = kill(mutant)
    assert found.finding is not None, (
        f"no case tells {mutant} from the truth: drop it, or add a case that does"
    )
    assert found.finding.verdict.is_wrong


def test_catalogue__has_no_mistake_twice():
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(m.layer, m.edited, m.was, m.now) for m in MUTANTS}) == len(MUTANTS)


def explains_itself(mutant):
    return (
        mutant.layer in BY_NAME
        and mutant.part in ("forward", "backward")
        and len(mutant.why) > 60
        and mutant.why.endswith(".")
        and mutant.stands_for.startswith(("courses: ", "frameworks: "))
    )


def test_mutants__all_explain_themselves():
    assert [str(mutant) for mutant in MUTANTS if not explains_itself(mutant)] == []


def test_counted_mistakes__are_all_in_the_catalogue():
    assert set(COUNTED) <= {str(mutant) for mutant in MUTANTS}
    assert how_often(next(each for each in MUTANTS if each.name == "window-assigned")).startswith(
        "Counted in 11 of"
    )
    assert [how_often(each) for each in MUTANTS].count("") == len(MUTANTS) - len(COUNTED)


def test_mutant_of_missing_code__is_stale():
    with pytest.raises(StaleMutant, match="occurs 0 times"):
        apply(dataclasses.replace(ROW, was="no such line"))
    with pytest.raises(StaleMutant, match="there is no function nowhere"):
        apply(dataclasses.replace(ROW, function="nowhere"))


def test_mutant_of_repeated_code__is_stale():
    with pytest.raises(StaleMutant, match=r"occurs [0-9]+ times"):
        apply(dataclasses.replace(ROW, was="x"))


def test_docstring__is_not_edited():
    source = 'def relu_forward(x):\n    """Return x + 1."""\n    return x + 1\n'
    mutant = dataclasses.replace(ROW, layer="relu", part="forward", was="x + 1", now="x + 2", function="")
    assert edited(source, mutant) == source.replace("return x + 1", "return x + 2")


def test_original_function__is_left_alone():
    layer = BY_NAME["max_pool2d"]
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    before = layer.ours.naive.forward(x, kernel=2)[0]
    apply(ROW)
    assert np.array_equal(layer.ours.naive.forward(x, kernel=2)[0], before)


def test_edits_of_the_same_line__exclude_each_other():
    with pytest.raises(StaleMutant):
        apply_all(ROW, dataclasses.replace(ROW, name="other", now="pass"))
