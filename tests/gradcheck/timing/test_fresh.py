"""Timed calls: new numbers in each, and all results are compared, of long calls in parts."""

import numpy as np
import pytest

from gradcheck.kernels import dtypes
from gradcheck.kernels.dtypes import loaded, stored
from gradcheck.kernels.problems import of_line
from gradcheck.kernels.truth import truth
from gradcheck.timing.fresh import WHOLE, FreshWork, Wrong
from gradcheck.timing.machine import least_seconds

SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"
LONG = "conv2d n3c16h28w28_f24kh3kw3_s1x1_p1x1_d1x1_g2"
LONG_WITHOUT_BIAS = "conv2d n3c16h28w28_f24kh3kw3_s1x1_p1x1_d1x1_g1_bnone"
TRANSPOSED = "conv_transpose2d n2c4h5w6_f6kh3kw2_s2x1_p1x0_d1x1_o0x0_g2"
AFFINE = "affine n4d6_m5"


class Pretended:
    """A kernel that is right, but for what `spoil` does to its results."""

    def __init__(self, spoil=lambda found: None):
        self.spoil = spoil
        self.seen = []

    def timed(self, case, dtype, given, clock):
        results = []
        for tensors, dout in given:
            self.seen.append(tensors["x"].tobytes())
            values = {name: loaded(array, dtype) for name, array in tensors.items()}
            found = dict(truth(case, values, None if dout is None else loaded(dout, dtype)).values)
            found = {name: loaded(stored(array, dtype), dtype) for name, array in found.items()}
            self.spoil(found)
            results.append(found)
        return 0.01 * len(given), results


def work(kernel, line, *, dtype="float32", backward=True):
    return FreshWork(kernel, of_line(line).case, dtypes.BY_NAME[dtype], backward, "wall")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("line", [SMALL, LONG, LONG_WITHOUT_BIAS, TRANSPOSED, AFFINE])
@pytest.mark.sample(every=4)
def test_right_results__are_believed(line, backward, dtype):
    timed = work(Pretended(), line, dtype=dtype, backward=backward)
    assert [timed.together(3) for _ in range(3)] == pytest.approx([0.01] * 3)


def test_numbers__are_new_in_every_call():
    kernel = Pretended()
    timed = work(kernel, SMALL)
    timed.together(5)
    timed()
    assert len(set(kernel.seen)) == len(kernel.seen) == 7  # with one that warms up


@pytest.mark.parametrize("name", ["out", "dx", "dw", "db"])
@pytest.mark.parametrize("line", [SMALL, LONG])
def test_wrong_result__is_noticed(line, name):
    def spoil(found):
        found[name][...] = np.roll(found[name], 1)

    with pytest.raises(Wrong, match=f"gave another {name} than"):
        work(Pretended(spoil), line)()


def test_half_of_a_long_result__is_noticed_soon():
    def spoil(found):
        found["out"][:, :12] = found["out"][:, 12:]

    timed = work(Pretended(spoil), LONG, backward=False)
    with pytest.raises(Wrong):
        [timed() for _ in range(40)]


def test_unwritten_entry__is_noticed():
    def spoil(found):
        found["out"].flat[-1] = np.nan

    with pytest.raises(Wrong):
        work(Pretended(spoil), SMALL)()


def test_long_call__is_judged_in_parts():
    timed = work(Pretended(), LONG)
    parts = [
        case
        for case, *_ in timed._parts(
            timed._drawn(), timed.kernel.timed(timed.case, timed.dtype, [timed._drawn()], "wall")[1][0]
        )
    ]
    assert [(case.params["n"], case.params["c"], case.params["f"]) for case in parts] == [
        (3, 8, 2),
        (1, 2, 12),
    ]
    assert WHOLE < 10**8


def test_least_time__grows_with_the_numbers_that_move():
    dtype = dtypes.BY_NAME["float32"]
    short, long = (least_seconds(of_line(line).case, dtype, False) for line in (SMALL, LONG))
    assert 0 < short < long < 1e-3
