"""Cutting: how many pieces there are, of so much work and so much memory."""

import itertools

import pytest
from gradcheck.fast.engine import blocks
from gradcheck.fast.engine.blocks import Block, cut, group_parts
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 20), st.integers(0, 25))
def test_cutting__makes_as_few_pieces_as_possible(length, most):
    assert len(cut(length, most)) == -(-length // max(1, most))


@pytest.fixture
def target(monkeypatch):
    """Let a block take 600 bytes, and up to 1200 to have 10 positions."""
    monkeypatch.setattr(blocks, "TARGET", 600)
    monkeypatch.setattr(blocks, "LIMIT", 1200)
    monkeypatch.setattr(blocks, "ENOUGH", 10)


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    ("position_bytes", "together"), [(50, 2), (51, 1), (33, 3), (34, 2), (1, 6), (999, 1)]
)
def test_groups_are_together_where_they_fit(position_bytes, together):
    ends = range(0, 31, 5 * together)
    assert group_parts(6, 5, (2, 3), position_bytes) == [slice(*pair) for pair in itertools.pairwise(ends)]


# fmt: off
BLOCKS = {
    # samples, size, bytes of a position, pieces: samples and rows of each block
    "all at once": (3, (4, 5), 10, 1, [(3, 4)]),
    "no more at once": (4, (4, 5), 10, 1, [(2, 4), (2, 4)]),
    "one for each thread": (3, (2, 2), 10, 2, [(1, 2), (2, 2)]),
    "one for each thread, evenly": (4, (2, 2), 10, 2, [(2, 2), (2, 2)]),
    "a sample": (2, (6, 10), 10, 1, [(1, 6), (1, 6)]),
    "rows": (2, (6, 10), 11, 1, [(1, 3), (1, 3)] * 2),
    "enough of them": (1, (4, 5), 100, 1, [(1, 2), (1, 2)]),
    "no more than the limit": (1, (4, 2), 200, 1, [(1, 2), (1, 2)]),
    "a row at the least": (1, (2, 9), 1000, 1, [(1, 1), (1, 1)]),
    "a row of more than the limit": (1, (2, 9), 5000, 1, [(1, 1), (1, 1)]),
}
# fmt: on


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize("row", BLOCKS.values(), ids=BLOCKS)
def test_blocks(row):
    samples, size, position_bytes, pieces, expected = row
    channels = [slice(0, 2), slice(2, 5)]
    found = blocks.blocks(samples, channels, size, position_bytes, pieces)
    assert [block.shape for block in found] == [(n, c, r) for c in (2, 3) for n, r in expected]


@pytest.mark.usefixtures("target")
def test_blocks_of_another_size():
    found = blocks.blocks(4, [slice(0, 1)], (4, 5), 10, target=800)
    assert [block.shape for block in found] == [(4, 1, 4)]
    found = blocks.blocks(4, [slice(0, 1)], (4, 5), 10, target=200)
    assert [block.shape for block in found] == [(1, 1, 4)] * 4


def test_cutting__divides_the_samples_for_threads_only_on_request():
    (block,) = blocks.blocks(3, [slice(0, 1)], (2, 2), 8)
    assert block == Block(slice(0, 3), slice(0, 1), slice(0, 2))
