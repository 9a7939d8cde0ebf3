import itertools

import numpy as np
import pytest

from gradcheck import LAYERS
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Winner
from gradcheck.layers.drawn import random_cases

EXACT = [layer for layer in LAYERS if layer.arithmetic.exact]


def some(layer, count=20):
    return itertools.islice(random_cases(layer, 7), count)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_tensors_have_the_declared_shapes_and_the_case_s_dtype(layer):
    for case in some(layer):
        made = fill.tensors(case.but(dtype="float32"))
        assert {name: values.shape for name, values in made.items()} == layer.shapes.inputs(case.params)
        assert {values.dtype.name for values in made.values() if values.dtype.kind == "f"} == {"float32"}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_fill__depends_on_the_case_and_its_seed_alone(layer):
    case = layer.case(layer.cases.battery[0], seed=3)
    once, again, other = (fill.tensors(c)[layer.shapes.main] for c in (case, case, case.but(seed=4)))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.parametrize("layer", EXACT, ids=lambda layer: layer.name)
def test_exact_layers_give_multiples_of_their_unit_far_below_the_limit(layer):
    for case in (each for each in some(layer) if each.exact):
        out = np.asarray(layer.ours.naive.forward(**fill.tensors(case), **layer.ours.options(case.params))[0])
        scaled = out * layer.arithmetic.unit(case.params)
        assert np.array_equal(scaled, np.round(scaled))
        limit = 2**46 if case.fill in ("big", "graded", "offset") else 2**30
        assert np.abs(scaled[np.isfinite(scaled)]).max(initial=0) < limit  # an empty window's maximum is -inf


@pytest.mark.parametrize("layer", EXACT, ids=lambda layer: layer.name)
def test_large_integers_do_not_fit_into_single_precision_and_do_into_double(layer):
    case = layer.case(layer.cases.battery[0], fill="large")
    x = fill.tensors(case)[layer.shapes.main]
    assert np.array_equal(x, np.round(x))
    out = np.asarray(layer.ours.naive.forward(**fill.tensors(case), **layer.ours.options(case.params))[0])
    assert (out.astype(np.float32) != out).any()
    assert np.abs(out * layer.arithmetic.unit(case.params)).max() < 2**53


@pytest.mark.parametrize(
    "layer", [x for x in LAYERS if isinstance(x.arithmetic, Winner)], ids=lambda x: x.name
)
def test_winners_are_distinct_and_away_from_zero(layer):
    for case in (each for each in some(layer) if each.fill in ("plain", "big", "sorted")):
        x = fill.tensors(case)["x"]
        assert np.unique(x).size == x.size
        assert (x != 0).all()


def test_distinct_fill__is_all_negative_in_one_case_of_three():
    rng = np.random.default_rng(0)
    negative = [bool((fill.distinct(rng, (3, 4)) < 0).all()) for _ in range(300)]
    assert 60 < sum(negative) < 140


def test_dout_is_never_constant_and_a_multiple_of_the_unit():
    for layer in LAYERS:
        case = layer.case(layer.cases.battery[0])
        dout = fill.upstream(case)
        assert dout.shape == layer.shapes.output(case.params)
        assert layer.shapes.is_loss or np.unique(dout).size > 1
        if layer.arithmetic.exact:
            assert (dout % layer.arithmetic.unit(case.params) == 0).all()


def test_wide_numbers_use_every_bit_they_are_given():
    values = fill.wide(np.random.default_rng(0), (4000,), 12)
    assert values.min() < -2000
    assert values.max() > 2000
    assert -2048 <= values.min() <= values.max() <= 2047


@pytest.mark.parametrize(("name", "is_special"), [("nan", np.isnan), ("inf", np.isposinf)])
def test_special_fill__has_one_special_entry(name, is_special):
    layer = LAYERS[0]
    case = layer.case(layer.cases.battery[0], fill=name)
    assert is_special(fill.tensors(case)["x"]).sum() == 1


def test_generator__draws_what_numpy_draws_for_the_same_seed():
    case = EXACT[0].case(EXACT[0].cases.battery[0], seed=3)
    numpy_s = np.random.default_rng((fill.SALT, 3, fill.PURPOSES.index("dout"), 5))
    first, second = (fill.generator(case, "dout", 5) for _ in range(2))
    first.random(9)  # two generators of one stream are independent of each other
    assert np.array_equal(second.random(9), numpy_s.random(9))


def test_signs__are_numpy_s_choice():
    once, again = (np.random.default_rng(3) for _ in range(2))
    assert np.array_equal(fill.signs(once, (5, 20)), again.choice((-1.0, 1.0), size=(5, 20)))
    assert once.random() == again.random()


def test_tiny_numbers__have_the_running_statistics_of_such_numbers():
    (layer,) = (each for each in LAYERS if each.name == "batch_norm")
    case = layer.case("n4d3_eval_e1e-05_m0.1_biased", fill="tiny")
    found = fill.tensors(case)
    assert np.abs(found["x"]).max() < 0.01
    assert 0 < found["running_var"].max() < 1e-6
