"""The rows of a layer, and the cases that a verification chooses from them."""

import pytest

from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.cases import cases_for
from gradcheck.layers.rows import generated, stored, written
from gradcheck.layers.space import Pairs, classes_of


def subject(layer):
    return subject_of(layer.name, layer.ours.fast)


def classes(cases):
    return frozenset().union(*map(classes_of, cases))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["relu", "softmax_loss", "conv2d"])
@pytest.mark.sample(name=("relu",))
def test_stored_rows__are_those_that_are_chosen_anew(name):
    layer = BY_NAME[name]
    assert written(list(stored(layer))) == written(generated(layer)), (
        f"run python benchmarks/choose_rows.py {name}"
    )


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_stored_rows__are_legal_and_each_kind_of_numbers_is_there(layer):
    rows = list(stored(layer))
    assert len(rows) == 160
    assert all(case.flaw is None for case in rows)
    assert {case.fill for case in rows} == {"plain", *layer.numbers.values}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_default_cases__have_every_class_of_the_rows(layer):
    assert classes(cases_for(subject(layer), None, 0)) >= classes(stored(layer))


@pytest.mark.parametrize("name", ["conv2d", "batch_norm"])
def test_another_seed__is_another_set(name):
    layer = BY_NAME[name]
    one, other = ({case.geometry for case in cases_for(subject(layer), None, seed)} for seed in (1, 2))
    fixed = {layer.case(each).geometry for each in layer.cases.battery}
    assert len((one & other) - fixed) < 0.2 * len(one)


def test_thorough_cases__have_more_pairs():
    layer = BY_NAME["svm_loss"]
    default, thorough = (cases_for(subject(layer), None, 1, thorough=each) for each in (False, True))
    pairs = Pairs(map(classes_of, thorough))
    assert pairs.share_of(map(classes_of, default)) < 0.9
    assert pairs.share_of(map(classes_of, thorough)) == 1


def test_number_of_cases__is_the_number_next_to_the_battery():
    layer = BY_NAME["affine"]
    assert len(cases_for(subject(layer), 30, 3)) == len(layer.cases.battery) + 30


def test_wide_extent__counts_only_where_other_extents_are_not_one():
    layer = BY_NAME["softmax_loss"]
    assert "n=64" in classes_of(layer.case("n64c3"))
    assert "n=64" not in classes_of(layer.case("n64c1"))


def test_dilation_of_one_tap_and_stride_of_one_window__count_as_one():
    layer = BY_NAME["conv2d"]
    found = classes_of(layer.case("n2c2h1w9_f2kh1kw3_s3x2_p0x0_d2x2_g1"))
    assert {"dilation down=1", "dilation across=2", "stride down=1", "stride across=2"} <= found
