"""A slope along one direction stands for the whole gradient, also where winners must not change."""

import itertools

import numpy as np
import pytest

from gradcheck.evidence import exact, fill
from gradcheck.evidence.arithmetic import Point, Winner
from gradcheck.evidence.probing import MISS_TARGET, exact_suspects, is_right_on_quarters
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.drawn import random_cases
from gradcheck.layers.outside.declaring import declare_layer
from gradcheck.subjects.dialects.pair import PAIR

WINNERS = [layer for layer in LAYERS if isinstance(layer.arithmetic, Winner)]
SIZES = (0.5, 1.0)
"""Of a corner of the box in which no winner may change, inside it and on its edge."""


def some(layer, count=30):
    battery = [layer.case(geometry) for geometry in (*layer.cases.battery, layer.cases.tiny)]
    drawn = (case for case in random_cases(layer, 5) if case.exact and case.fill == "plain")
    return [*battery, *itertools.islice(drawn, count)]


def point(case):
    reference = Reference(case.layer, case.layer.ours.fast, case.params, fill.tensors(case))
    return Point(reference, "x", fill.upstream(case, bits=20))


def subject_of(layer, backward):
    names = {f"{layer.name}_forward": layer.ours.naive.forward, f"{layer.name}_backward": backward}
    (subject,) = PAIR.subjects(names)
    return subject


@pytest.mark.parametrize("fills", ["plain", "quarters"])
@pytest.mark.parametrize("layer", WINNERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=3)
def test_winners__do_not_change_where_all_inputs_move_by_a_quarter(layer, fills):
    assert layer.arithmetic.apart
    for case in some(layer):
        at = point(case.but(fill=fills))
        truth, corner = layer.arithmetic.whole_gradient(at), fill.signs(np.random.default_rng(0), at.x.shape)
        for size in SIZES:
            v, unit = size * Winner.REACH * corner * 8, layer.arithmetic.unit(case.params)
            assert exact.probe(at.f, truth, at.x, v, at.dout, unit=unit, parts=8), case


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layer", WINNERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=3)
def test_slope__of_a_right_gradient_is_right_and_the_chance_of_a_miss_is_small(layer, dtype):
    subject = subject_of(layer, layer.ours.naive.backward)
    for case in some(layer):
        trial = Trial(subject, case.but(dtype=dtype))
        assert exact_suspects(trial) == {}
        assert 0 < trial.miss_bound <= MISS_TARGET


@pytest.mark.parametrize("layer", WINNERS, ids=lambda layer: layer.name)
def test_slope__refutes_a_gradient_with_one_wrong_entry(layer):
    def one_off(dout, cache):
        dx = np.array(layer.ours.naive.backward(dout, cache))
        dx.flat[dx.size // 2] += np.abs(dout).max() * 2.0**-30
        return dx

    subject = subject_of(layer, one_off)
    assert all(list(exact_suspects(Trial(subject, case))) == ["x"] for case in some(layer))


def test_whole_gradient__is_compared_where_moves_of_all_inputs_together_may_change_winners():
    layer = declare_layer(lambda x: np.maximum(x.sum(axis=1), 0), "x: n d -> n", "winner", name="bent_sum")
    at = point(layer.case(layer.cases.battery[0]))
    bits = layer.arithmetic.bits(40, at.reference)
    assert bits.along is None
    truth = layer.arithmetic.whole_gradient(at)
    assert layer.arithmetic.probe(at, truth, np.zeros(at.x.shape), bits)
    assert not layer.arithmetic.probe(at, truth + 1, np.zeros(at.x.shape), bits)


def test_gradient_that_only_a_later_probe_refutes__is_explained_with_that_probe():
    layer = next(each for each in WINNERS if each.name == "relu")
    case = layer.case("n2d3").but(dtype="float32")
    douts = []

    def late(dout, cache):
        douts.append(dout)
        dx = np.array(layer.ours.naive.backward(dout, cache))
        return dx if len(douts) < 2 else dx + 1

    trial = Trial(subject_of(layer, late), case)
    suspects = exact_suspects(trial)
    assert list(suspects) == ["x"]
    assert np.array_equal(suspects["x"].dout, douts[1])


EXACT = [layer for layer in LAYERS if layer.arithmetic.exact]


@pytest.mark.parametrize("layer", EXACT, ids=lambda layer: layer.name)
@pytest.mark.sample(every=3)
def test_slope_on_quarters__of_a_right_gradient_is_right_without_a_whole_gradient(layer):
    subject = subject_of(layer, layer.ours.naive.backward)
    for case in some(layer):
        trial = Trial(subject, case.but(fill="quarters"))
        assert [name for name in trial.wanted if not is_right_on_quarters(trial, name)] == [], case


@pytest.mark.parametrize("layer", EXACT, ids=lambda layer: layer.name)
@pytest.mark.sample(every=3)
def test_slope_on_quarters__refutes_a_gradient_with_one_wrong_entry(layer):
    def one_off(dout, cache):
        returned = layer.ours.naive.backward(dout, cache)
        gradients = [np.array(each) for each in (returned if isinstance(returned, tuple) else (returned,))]
        gradients[0].flat[-1] += 0.25
        return tuple(gradients) if isinstance(returned, tuple) else gradients[0]

    subject = subject_of(layer, one_off)
    for case in some(layer):
        trial = Trial(subject, case.but(fill="quarters"))
        assert not is_right_on_quarters(trial, trial.wanted[0]), case


@pytest.mark.parametrize("filled", ["plain", "big", "nan", "inf", "thirds", "large"])
def test_first_backward__is_that_of_a_probe_on_ordinary_numbers_only(filled):
    layer = BY_NAME["affine"]
    subject = subject_of(layer, layer.ours.naive.backward)
    trial = Trial(subject, layer.case(layer.cases.battery[0], fill=filled))
    trial.shares_forward = True
    assert (trial.run.given is trial.dout) == (filled not in ("plain", "big"))
    assert trial.grads["x"].shape == trial.tensors["x"].shape
