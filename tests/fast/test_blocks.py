"""Convolutions block by block: equal to naive whatever the blocks."""

import numpy as np
import pytest
from gradcheck.fast.engine.blocks import Block, blocks, cut, group_parts, parted
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.contract import parse_case
from gradcheck.evidence import fill
from gradcheck.layers import LAYERS
from gradcheck.layers.strategies import cases

CONVOLUTIONS = ["conv2d", "conv_transpose2d"]
SIZES = st.fixed_dictionaries(
    {
        "TARGET": st.integers(1, 3000),
        "ENOUGH": st.integers(0, 9),
        "LIMIT": st.sampled_from([1, 1000, 2**24]),
        "WORTH_THREADS": st.sampled_from([0, 2**40]),
        "ROWS": st.sampled_from([1, 128]),
    }
)


def results(pair, case, tensors):
    out, cache = pair.forward(**tensors, **case.options)
    return dict(
        zip(("out", "dx", "dw", "db"), (out, *pair.backward(fill.upstream(case), cache)), strict=True)
    )


def tainted(tensors, chosen):
    """Return copies, with infinities at a few places of x, w, both or neither."""
    copies = {name: values.copy() for name, values in tensors.items()}
    for place, name in enumerate(name for name in chosen if copies[name].size):
        flat = copies[name].reshape(-1)
        flat[[place % flat.size, flat.size // 2]] = np.inf, -np.inf
    return copies


@pytest.mark.slow
@pytest.mark.parametrize("name", CONVOLUTIONS)
@given(data=st.data())
def test_blocks_of_any_size_in_any_number_of_threads_give_what_naive_does(name, in_small_pieces, data):
    case = parse_case(
        data.draw(cases(name, dtype=data.draw(st.sampled_from(["float64", "float32"]))).map(str)), LAYERS
    )
    tensors = tainted(fill.tensors(case), data.draw(st.sampled_from(["", "x", "w", "xw"])))
    with np.errstate(invalid="ignore"):
        expected = results(case.layer.ours.naive, case, tensors)
    with in_small_pieces(data.draw(st.integers(1, 3)), **data.draw(SIZES)):
        found = results(case.layer.ours.fast, case, tensors)
    for part, values in expected.items():
        np.testing.assert_array_equal(found[part], values, err_msg=part, strict=values is not None)


@given(st.integers(0, 50), st.integers(0, 60))
def test_pieces_are_even_and_no_larger_than_asked(length, most):
    pieces = cut(length, most)
    assert [index for piece in pieces for index in range(length)[piece]] == list(range(length))
    extents = [piece.stop - piece.start for piece in pieces]
    assert max(extents) <= max(1, most)
    assert max(extents) - min(extents) <= 1


def test_parts_may_be_empty():
    assert parted(1, 2) == [slice(0, 0), slice(0, 1)]


EXTENTS = [st.integers(1, 9), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)]


@given(st.tuples(*EXTENTS), st.integers(1, 400), st.integers(1, 4))
def test_blocks__hold_every_row_of_every_sample_once_and_stay_small(
    in_small_pieces, extents, position, pieces
):
    samples, groups, rows, columns = extents
    seen = np.zeros((samples, 2 * groups, rows), int)
    with in_small_pieces(threads=1):
        parts = group_parts(groups, 2, (rows, columns), position)
        found = blocks(samples, parts, (rows, columns), position, pieces)
    for block in found:
        seen[block] += 1
        n, c, r = block.shape
        assert seen[block].shape == (n, c, r)
        assert n == 1 or r == rows
        assert n <= -(-samples // pieces)
        assert n * r == 1 or n * r * columns * position <= 200
    assert (seen == 1).all()


@pytest.mark.parametrize(("samples", "share"), [(8, 4), (7, 4), (1, 1)])
def test_blocks__divide_the_samples_even_if_they_fit_one_block(samples, share):
    found = blocks(samples, [slice(0, 1)], (2, 2), 8, 2)
    assert max(block.shape[0] for block in found) == share


def test_block__describes_its_own_position():
    assert Block(slice(1, 3), slice(0, 8), slice(4, 5)).shape == (2, 8, 1)
