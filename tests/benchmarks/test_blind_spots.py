"""The blind-spot table: the wrapper is wrong where its predicate holds and nowhere else, and the rate stays."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import blind_spots
from blind.predicate import HALVES, Predicate
from blind.predicates import predicates
from blind.spots import CAUGHT, UNASKED, Spot, Verification, judged, outcomes
from blind.witness import possible
from blind.wrapping import SHARE, Wrapped, spoiled
from gradcheck.layers import BY_NAME, LAYERS

AFFINE = BY_NAME["affine"]
THREE = Predicate("size", "n == 3", lambda asked: asked.sizes["n"] == 3)
NEGATIVE = Predicate("dout", "dout < 0", lambda asked: bool((asked.dout < 0).all()), "dout")


def affine(n, dout=1.0):
    rng = np.random.default_rng(n)
    return [rng.normal(size=shape) for shape in ((n, 4), (4, 2), (2,))], np.full((n, 2), dout)


def differing(layer, part, predicate, n, dout=1.0):
    """Return how many entries of each result differ from those of the right pair."""
    pair, right = Wrapped(layer, part, [predicate]).pair, layer.ours.fast
    tensors, dout = affine(n, dout)
    (out, cache), (expected, other) = pair.forward(*tensors), right.forward(*tensors)
    assert type(cache) is type(other)
    pairs = [(out, expected), *zip(pair.backward(dout, cache), right.backward(dout, other), strict=True)]
    return [int((got != truth).sum()) for got, truth in pairs]


def test_wrapped__is_wrong_where_the_predicate_holds_in_one_part_only():
    assert differing(AFFINE, "forward", THREE, 3) == [1, 0, 0, 0]
    out, *gradients = differing(AFFINE, "backward", THREE, 3)
    assert out == 0
    assert sorted(gradients) == [0, 0, 1]
    for part in ("forward", "backward"):
        assert differing(AFFINE, part, THREE, 2) == [0, 0, 0, 0]


def test_wrapped__asks_for_dout_in_backward():
    assert sum(differing(AFFINE, "backward", NEGATIVE, 2, -1.0)) == 1
    assert sum(differing(AFFINE, "backward", NEGATIVE, 2, 1.0)) == 0


@pytest.mark.parametrize("values", [[1.0, -8.0, 2.0], [0.0, 0.0], [np.nan, 4.0], [1e300], [np.inf]])
def test_spoiled__changes_one_entry_by_a_quarter_of_the_largest(values):
    values = np.array(values)
    wrong = spoiled(values, 7)
    changed = ~((wrong == values) | np.isnan(wrong) & np.isnan(values))
    assert np.count_nonzero(changed) == 1
    finite = np.abs(values[np.isfinite(values)])
    if finite.size:
        off = SHARE * finite.max() if finite.any() else 1.0
        assert abs(wrong - values)[changed] == pytest.approx(off)


def test_spoiled__has_nothing_to_spoil_in_an_empty_result():
    assert spoiled(np.zeros((0, 2)), 3) is None


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_predicates__are_many_differ_and_come_in_two_halves(layer):
    found = predicates(layer)
    assert len({each.name for each in found}) == len(found) >= 150
    held_out = sum(each.half(layer.name) == HALVES[1] for each in found)
    assert 0.4 * len(found) < held_out < 0.6 * len(found)


NAMES = """
from blind.predicates import predicates
from gradcheck.layers import LAYERS
print([(each.name, each.half(layer.name)) for layer in LAYERS for each in predicates(layer)])
"""


@pytest.mark.slow
def test_predicates__are_the_same_in_every_process():
    found = {
        subprocess.run(
            [sys.executable, "-c", NAMES],
            cwd=Path(blind_spots.__file__).parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.slow
def test_possible__leaves_out_what_no_call_satisfies():
    layer = BY_NAME["group_norm"]
    names = [
        "n == 3",
        "several groups and c == 1",
        "gamma holds a negative number",
        "dout holds NaN",
        "call 3",
    ]
    known = {each.name: each for each in predicates(layer)}
    assert possible(layer, [known[name] for name in names], calls=300) == {0, 2, 3, 4}


@pytest.mark.slow
def test_predicate_that_is_never_asked__would_not_be_caught():
    how = Verification(cases=4)
    never = [each for each in outcomes(AFFINE, predicates(AFFINE)[::20], how) if each.outcome == UNASKED]
    assert len(never) > 5
    assert {judged(Wrapped(AFFINE, each.part, [each.predicate]), how) for each in never} == {None}


LOWEST = {"affine": (5, 0.88), "conv2d": (13, 0.95), "batch_norm": (9, 0.88), "softmax_loss": (5, 0.97)}
"""The step through the predicates, and the least share of that sample that is caught.

A few hundredths below what was measured (0.90, 0.97, 0.90, 1.00), because wider questions may cost one or another.
Raise a floor when the questions have become wider: a share below it means that they have become narrower. The sample's
impossible predicates count as missed here: finding them takes longer than all else.
"""


@pytest.mark.parametrize("name", LOWEST)
@pytest.mark.sample(name=("softmax_loss",))
def test_default_set__catches_no_less_than_it_did(name):
    layer, (step, least) = BY_NAME[name], LOWEST[name]
    found = outcomes(layer, predicates(layer)[::step], Verification())
    assert sum(each.caught for each in found) >= least * len(found)


def test_page__counts_and_names_what_was_missed_in_the_development_half_only():
    half = {each: [p for p in predicates(AFFINE) if p.half("affine") == each][:2] for each in HALVES}
    found = [
        Spot("affine", part, predicate, CAUGHT if predicate is each[0] else UNASKED, "output")
        for each in half.values()
        for predicate in each
        for part in ("forward", "backward")
    ]
    text = blind_spots.page(found, Verification(cases=16), 1.0)
    assert "4 of 8 caught (50.0 %)" in text
    assert "| affine | 4 | 8 | 4 | 50.0 % | 50.0 % | 50.0 % |" in text
    listed = text.partition("## Missed")[2]
    assert half[HALVES[0]][1].name in listed
    assert half[HALVES[1]][1].name not in listed.replace(half[HALVES[0]][1].name, "")
