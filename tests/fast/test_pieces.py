"""How the work is cut, and who does it, makes no difference to any layer."""

import numpy as np
import pytest
from gradcheck.fast.engine.pieces import PIECE, in_pieces
from gradcheck.fast.engine.standardise import BUFFER, broadcasting

from gradcheck import fast
from gradcheck.calling import arrays_in
from gradcheck.contract import Case
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Winner, gain_of
from gradcheck.layers import LAYERS

CASES = [layer.case(geometry) for layer in LAYERS for geometry in layer.cases.battery]
CASES += [case.but(params={**case.params, "n": 9}) for case in CASES]
SPECIAL = [
    case.but(fill=special)
    for case in CASES
    for special in ("nan", "inf")
    if special in case.layer.numbers.kinds
]


def results(case, dtype=float):
    """Return everything that forward and backward return, caches included."""
    tensors, dout = fill.tensors(case), fill.upstream(case)
    factor = 1 + 0.5j if np.dtype(dtype).kind == "c" else 1.0

    def cast(values):
        return np.asarray(values * factor, dtype) if values.dtype.kind == "f" else values

    tensors = {name: cast(values) for name, values in tensors.items()}
    out, cache = case.layer.ours.fast.forward(**tensors, **case.options)
    returned = case.layer.ours.fast.backward(cast(dout), cache)
    gradients = returned if isinstance(returned, tuple) else (returned,)
    tracked = [getattr(cache, name) for name in case.layer.shapes.tracked]
    return [values for values in (out, *tracked, *gradients) if values is not None]


def rounding(case, dtype):
    """Return what adding up in another order may change: nothing where the sums are exact."""
    if case.layer.arithmetic.exact:
        return 0
    plain = fill.tensors(Case(case.layer, case.params))
    return 8 * np.finfo(dtype).eps * case.layer.arithmetic.terms(case.params) * gain_of(case, plain) ** 2


@pytest.mark.parametrize("case", [*CASES, *SPECIAL], ids=str)
@pytest.mark.sample(3, "case.layer.name")
def test_layer_in_small_pieces__gives_the_same_result(case, in_small_pieces):
    whole = results(case)
    with in_small_pieces(threads=1):
        cut = results(case)
    for one, other in zip(cut, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=rounding(case, float), strict=True)


DTYPES = [
    (case, dtype)
    for case in CASES[: len(CASES) // 2]
    for dtype in ("float16", "float32", "longdouble", "complex128")
    if dtype != "complex128" or not isinstance(case.layer.arithmetic, Winner)
]


@pytest.mark.parametrize(("case", "dtype"), DTYPES, ids=[f"{case}-{dtype}" for case, dtype in DTYPES])
@pytest.mark.sample("case.layer.name")
@pytest.mark.sample("dtype")
def test_layer_in_small_pieces__gives_the_same_result_in_any_dtype(case, dtype, in_small_pieces):
    whole = results(case, dtype)
    with in_small_pieces(threads=1):
        cut = results(case, dtype)
    for one, other in zip(cut, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=rounding(case, dtype), strict=True)


@pytest.mark.parametrize("case", [*CASES, *SPECIAL], ids=str)
@pytest.mark.sample("case.layer.name")
def test_three_threads_give_what_one_does_bit_by_bit(case, in_small_pieces):
    with in_small_pieces(threads=1):
        alone = results(case)
    with in_small_pieces(threads=3):
        together = results(case)
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def test_pieces__are_one_where_everything_fits():
    assert in_pieces(lambda some: some, 9, PIECE) == [slice(0, 9)]
    assert in_pieces(lambda some: some, 9, PIECE + 9) == [slice(0, 4), slice(4, 9)]


def test_pieces_return_in_their_order_whoever_is_first(in_small_pieces):
    with in_small_pieces(threads=3):
        returned = in_pieces(lambda some: (some.start, some.stop), 1000, 8000)
    bounds = [start for start, _ in returned]
    assert len(bounds) == 84
    assert [(0, *bounds[1:]), (*bounds[1:], 1000)] == [tuple(each) for each in zip(*returned, strict=True)]


@pytest.mark.parametrize("length", [3, 10, 1000])
def test_pieces__divide_evenly_between_two_threads(length, in_small_pieces):
    with in_small_pieces(threads=1):
        pieces = in_pieces(lambda some: some.stop - some.start, length, 250)
    assert (len(pieces), sum(pieces)) == (3 if length == 3 else 4, length)


@pytest.mark.parametrize("layer", ["conv2d", "conv_transpose2d"])
def test_sum_over_pieces__is_rounded_once(layer, in_small_pieces):
    def gradient(dtype):
        rng = np.random.default_rng(0)
        x, w = (rng.uniform(0.6, 1.0, shape).astype(dtype) for shape in ((21, 4, 4, 4), (4, 4, 3, 3)))
        out, cache = getattr(fast, f"{layer}_forward")(x, w)
        return getattr(fast, f"{layer}_backward")(np.ones_like(out), cache)[1]

    with in_small_pieces(threads=3):
        np.testing.assert_allclose(gradient(np.float16), gradient(float), rtol=1.02 * 2.0**-11)


def test_broadcasting_along_rows_does_not_change_how_others_do():
    x = np.ones((2, 3))
    before = np.getbufsize()
    seen = broadcasting(np.getbufsize)()
    fast.layer_norm_backward(x, fast.layer_norm_forward(x, x[0], x[0])[1])
    assert (seen, np.getbufsize()) == (BUFFER, before)


@pytest.mark.parametrize("layer", ["relu", "dropout"])
def test_large_array__is_unchanged_when_a_cache_is_read_twice(layer, in_small_pieces):
    x = np.random.default_rng(0).normal(size=(30, 40))
    options = {"mask": x > 0} if layer == "dropout" else {}
    with in_small_pieces(threads=2):
        _, cache = getattr(fast, f"{layer}_forward")(x, **options)
        before = [values.copy() for values in arrays_in(cache)]
        gradients = [getattr(fast, f"{layer}_backward")(x, cache) for _ in range(2)]
    np.testing.assert_array_equal(*gradients)
    for now, then in zip(arrays_in(cache), before, strict=True):
        np.testing.assert_array_equal(now, then)
