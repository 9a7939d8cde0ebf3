"""Dropout with a mask, with a generator and in evaluation; the global random state is nobody's business."""

import numpy as np
import pytest

SHAPE = (64, 64)


def generator():
    return np.random.default_rng(7)


def test_dropout_generator__draws_the_mask_that_the_contract_says(package):
    x = np.ones(SHAPE)
    out, cache = package.dropout_forward(x, keep_prob=0.25, rng=generator())
    np.testing.assert_array_equal(out, (generator().random(SHAPE) < 0.25) * 4.0)
    np.testing.assert_array_equal(package.dropout_backward(x, cache), out)


def test_draw_of_the_probability_itself__drops(package):
    draws = generator().random(SHAPE)
    out, _ = package.dropout_forward(np.ones(SHAPE), keep_prob=np.median(draws[0, :9]), rng=generator())
    np.testing.assert_array_equal(out > 0, draws < np.median(draws[0, :9]))


def test_global_random_state__is_neither_read_nor_moved(package):
    before = np.random.get_state()[1].copy()
    package.dropout_forward(np.ones(SHAPE), rng=generator())
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(
    "options", [{"training": False}, {"mask": np.ones(SHAPE)}], ids=["evaluation", "mask"]
)
def test_unneeded_generator__is_left_alone(package, options):
    rng = generator()
    package.dropout_forward(np.ones(SHAPE), rng=rng, **options)
    assert rng.random() == generator().random()


def test_evaluation_copies(package):
    x = np.ones(SHAPE)
    out, cache = package.dropout_forward(x, training=False)
    dx = package.dropout_backward(x, cache)
    for result in (out, dx):
        np.testing.assert_array_equal(result, x)
        assert not np.shares_memory(result, x)


@pytest.mark.parametrize("dtype", ["bool", "int64", "float64"])
def test_dropout_mask__may_be_of_booleans_integers_or_reals(package, dtype):
    mask = np.array([True, False]).astype(dtype)
    out, cache = package.dropout_forward(np.array([3.0, 5.0]), mask=mask)
    np.testing.assert_array_equal(out, [6.0, 0.0])
    np.testing.assert_array_equal(package.dropout_backward(np.array([1.0, 1.0]), cache), [2.0, 0.0])


def test_keep_probability_of_one__keeps_everything(package):
    x = np.arange(6.0)
    np.testing.assert_array_equal(package.dropout_forward(x, keep_prob=1, rng=generator())[0], x)


@pytest.mark.parametrize("dtype", ["bool", "int64", "float64"])
def test_dropout_mask__does_not_change_the_dtype(package, dtype):
    x = np.ones(2, np.float32)
    out, cache = package.dropout_forward(x, mask=np.array([1, 0]).astype(dtype))
    assert out.dtype == package.dropout_backward(x, cache).dtype == np.float32
