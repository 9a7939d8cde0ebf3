"""Where entries are wrong: no sentence contradicts the numbers that are printed beside it."""

import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import LAYERS, checks, parse_case
from gradcheck.calling.quiet import quiet
from gradcheck.diagnosis.lessons import place
from gradcheck.diagnosis.placing import where
from gradcheck.diagnosis.results import of_pair, truth
from gradcheck.diagnosis.seeing import failure_of
from gradcheck.diagnosis.showing import Showing
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import kill, subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import apply

contradiction = runpy.run_path(str(Path(__file__).parent / "sentences.py"))["contradiction"]


@cache
def cases_of(name):
    """Return the cases of a layer: to choose them takes too long for what every run of the tests imports."""
    return cases_for(subject_of(name, BY_NAME[name].ours.fast), 16, 0)


@settings(max_examples=150)
@given(mutant=st.sampled_from(MUTANTS), data=st.data())
def test_sentence__is_true_of_the_numbers_of_a_known_mistake(mutant, data):
    case = data.draw(st.sampled_from(cases_of(mutant.layer)))
    trial = Trial(subject_of(mutant.layer, BY_NAME[mutant.layer].ours.fast), case)
    with quiet(0):
        given_, right = of_pair(trial, mutant.part, apply(mutant)), truth(trial, mutant.part)
    for tensor in given_.arrays.keys() & right.arrays.keys():
        name = tensor if tensor == "out" else tensor.removeprefix("d")
        got, expected = (np.asarray(r.arrays[tensor], float) for r in (given_, right))
        if got.shape == expected.shape:
            sentence = where(case, name, got, expected, 1e-9)
            assert sentence is None or contradiction(sentence, case, name, got, expected, 1e-9) is None


@settings(max_examples=150)
@given(
    data=st.data(),
    layer=st.sampled_from([BY_NAME[n] for n in ("conv2d", "max_pool2d", "affine", "layer_norm")]),
)
def test_sentence__is_true_of_any_wrong_entries(data, layer):
    case = data.draw(st.sampled_from(cases_of(layer.name)))
    tensor = data.draw(st.sampled_from([*case.wanted, "out"]))
    shape = case.shapes.get(tensor, case.output_shape)
    right = np.random.default_rng(data.draw(st.integers(0, 9))).integers(-3, 4, shape).astype(float)
    got = right.copy()
    for _ in range(data.draw(st.integers(1, 3))):
        at = tuple(
            data.draw(
                st.one_of(
                    st.just(slice(None)), st.integers(0, n - 1), st.builds(slice, st.integers(0, n - 1))
                )
            )
            for n in shape
        )
        got[at] += data.draw(st.sampled_from([1.0, -2.0, 7.0]))
    sentence = where(case, tensor, got, right, 0.0)
    assert sentence is None or contradiction(sentence, case, tensor, got, right, 0.0) is None


@pytest.mark.parametrize("mutant", MUTANTS[::20], ids=str)
@pytest.mark.sample(every=18)
def test_shown_place__is_true_of_the_case_that_is_shown(mutant):
    subject = subject_of(mutant.layer, apply(mutant))
    finding = kill(mutant).finding
    with quiet(0):
        shown = Showing(subject, mutant.part, 0).of(finding)
        if shown.index is None or shown.check not in checks.BY_NAME:
            return
        case = parse_case(shown.case, LAYERS)
        seen = failure_of(subject, mutant.part, checks.BY_NAME[shown.check], shown.tensor)(case)
    if seen is None or seen.got is None:
        return
    name = shown.tensor if shown.tensor == "out" else shown.tensor.removeprefix("d")
    assert contradiction(shown.where, case, name, seen.got, seen.right, shown.bound or 1e-9) is None
    assert place(seen) == shown.where
    np.testing.assert_equal((seen.finding.got, seen.finding.expected), (shown.got, shown.expected))
