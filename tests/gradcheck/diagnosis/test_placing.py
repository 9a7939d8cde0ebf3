import numpy as np
import pytest

from gradcheck import LAYERS, parse_case
from gradcheck.diagnosis.placing import where

CONV = "conv2d n3c4h7w5_f4kh3kw2_s2x2_p0x0_d1x1_g2"
BROAD = "conv2d n3c4h6w9_f4kh3kw2_s2x2_p0x0_d1x1_g2"
POOL = "max_pool2d n3c4h7w8_k3x3_s2x2_p0x0_d1x1"


def told(line, name, spoil):
    case = parse_case(line, LAYERS)
    shape = {**case.shapes, "out": case.output_shape}[name]
    right = np.random.default_rng(0).permutation(np.prod(shape)).reshape(shape) + 1.0
    got = right.copy()
    spoil(got, np.random.default_rng(1).integers(1000, 9999, shape))
    return where(case, name, got, right, 0.0)


def at(*index):
    def spoil(got, noise):
        got[index] = noise[index]

    return spoil


EVERY = slice(None)


@pytest.mark.parametrize(
    ("line", "name", "spoil", "sentence"),
    [
        (CONV, "x", at(slice(1, None)), "only sample 0 is right"),
        (CONV, "x", at(0), "only sample 0 is wrong"),
        (CONV, "x", at(EVERY, slice(2, None)), "only group 1 is wrong"),
        (CONV, "w", at(slice(2, None)), "only group 1"),
        (CONV, "x", at(EVERY, EVERY, EVERY, slice(4, None)), "only where no window reaches"),
        (CONV, "x", at(EVERY, EVERY, slice(0, None, 2)), "only every 2nd row from 0 is wrong"),
        (CONV, "out", at(EVERY, EVERY, slice(2, None)), "only the last row is wrong"),
        (POOL, "x", at(EVERY, EVERY, slice(2, 5, 2), slice(0, 7)), "only where windows overlap"),
        (POOL, "x", at(EVERY, slice(0, 3)), "only the last channel is right"),
        (CONV, "x", at(1, 2, 3, 3), "only this one entry is wrong"),
        (BROAD, "x", at(EVERY, EVERY, EVERY, 8), "only the last column is wrong: the remainder of the stride"),
    ],
)  # fmt: skip
def test_placing__points_at_the_cause(line, name, spoil, sentence):
    assert sentence in told(line, name, spoil)


def test_placing__finds_no_place_in_right_results():
    assert told(CONV, "x", lambda got, noise: None) is None
