"""One complex step along all tensors together stands for their slopes one by one."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Plan, parse_case, verify
from gradcheck.contract import Pair
from gradcheck.evidence import fill, numeric
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.smooth import smooth_differences
from gradcheck.evidence.trial import Trial
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.subjects.dialects.pair import PAIR

SMOOTH = [layer for layer in LAYERS if not layer.arithmetic.exact]
NORM = BY_NAME["layer_norm"]


def first(layer):
    return layer.case(layer.cases.battery[0])


def reference(layer, forward=None):
    pair = Pair(forward or layer.ours.fast.forward, layer.ours.fast.backward)
    return Reference(layer, pair, first(layer).params, fill.tensors(first(layer)))


def directions(case):
    rng = np.random.default_rng(0)
    return {name: rng.uniform(0.5, 1, size=case.shapes[name]) for name in case.wanted}


def evidence(layer, backward):
    names = {f"{layer.name}_forward": layer.ours.naive.forward, f"{layer.name}_backward": backward}
    (subject,) = PAIR.subjects(names)
    return smooth_differences(Trial(subject, first(layer)))


@pytest.mark.parametrize("layer", SMOOTH, ids=lambda layer: layer.name)
def test_slope__along_all_tensors_is_the_sum_of_their_slopes(layer, monkeypatch):
    case, dout = first(layer), np.asarray(fill.upstream(first(layer)), dtype=np.float64)
    moves = directions(case)
    together = reference(layer).slope(moves, dout)
    apart = [reference(layer).slope({name: move}, dout) for name, move in moves.items()]
    assert together.value == pytest.approx(sum(each.value for each in apart), rel=1e-12)
    by_difference = replace(layer, arithmetic=replace(layer.arithmetic, vouched=False))
    monkeypatch.setattr(numeric, "accepts_complex", lambda f, x: False)
    other = reference(by_difference).slope(moves, dout)
    assert abs(together.value - other.value) <= together.bound + other.bound


@pytest.mark.parametrize("loses", ["raises", "returns the real part"])
def test_slope__of_a_reference_without_complex_numbers_is_that_of_differences(loses):
    def forward(x, *args, **kwargs):
        if np.iscomplexobj(x) and loses == "raises":
            raise TypeError("no complex numbers")
        out, cache = NORM.ours.fast.forward(x, *args, **kwargs)
        return out.real, cache

    case = first(NORM)
    dout = np.asarray(fill.upstream(case), dtype=np.float64)
    right, found = (reference(NORM, each).slope(directions(case), dout) for each in (None, forward))
    assert 0 < abs(right.value - found.value) <= right.bound + found.bound


def test_errors_of_two_tensors__do_not_cancel():
    def swapped(dout, cache):
        dx, dgamma, dbeta = NORM.ours.naive.backward(dout, cache)
        return dx, dbeta, dgamma

    def opposite(dout, cache):
        dx, dgamma, dbeta = NORM.ours.naive.backward(dout, cache)
        return dx, dgamma + 1, dbeta - 1

    for backward in (swapped, opposite):
        assert set(evidence(NORM, backward)) == {"gamma", "beta"}


def test_error_of_one_tensor__is_blamed_on_that_tensor():
    def doubled(dout, cache):
        dx, dgamma, dbeta = NORM.ours.naive.backward(dout, cache)
        return dx, 2 * dgamma, dbeta

    found = evidence(NORM, doubled)
    assert list(found) == ["gamma"]
    assert found["gamma"].difference is not None


@pytest.mark.parametrize(
    "line",
    ["rnn_step n3d1h2 float64 fill=large seed=17", "gru_step n1d1h8 float64 fill=large seed=105"],
)
def test_large_input_times_a_weight_of_zero__is_differentiated_in_a_small_step(line):
    layer = parse_case(line, LAYERS).layer
    report = verify(["fast"], Plan(only=parse_case(line, LAYERS), layers=(layer.name,)))
    assert {part.verdict for part in report.parts()} == {"pass"}
