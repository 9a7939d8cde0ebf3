"""Half precision is summed in single, and a mean's own rounding taken out: by `fast`, and by the norms of `naive`."""

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.evidence import fill
from gradcheck.layers import LAYERS

CASES = [layer.case(geometry) for layer in LAYERS for geometry in layer.cases.battery]
CASES += [case.but(params={**case.params, "n": 9}) for case in CASES]
# A sum that cancels is rounded, too, where it is an argument of tanh: of recurrent layers the numbers stay small.
RECURRENT = [case for case in CASES if "Wh" in case.shapes]
CASES = [case for case in CASES if case not in RECURRENT]
WIDENED = [("fast", case) for case in CASES]
WIDENED += [("naive", case) for case in CASES if case.layer.name.endswith("_norm")]

# By how much the summed tensors are magnified, and the others: products that half precision does not hold, and
# partial sums.
SCALES = {"products": (300.0, 300.0), "sums": (3e4, 1.0)}
HALF_A_STEP = 1.02 * 2.0**-11
"""The error of one rounding to half precision, and a little for what single precision has rounded before."""
SUMMED = ("x", "dout", "beta", "running_mean", "running_var")


def half(name, values, scales):
    """Return signs, or what must be positive, at random and magnified; labels and masks as they are."""
    if values.dtype.kind != "f" or name == "mask":
        return values
    rng = np.random.default_rng([*values.shape, *name.encode()])
    signs = 1.0 if name == "running_var" else rng.choice([-1.0, 1.0], values.shape)
    sizes = rng.uniform(0.6, 1.0, values.shape) * scales[name not in SUMMED]
    return np.asarray(signs * sizes, np.float16)


def results(pair, case, tensors, dout):
    out, cache = pair.forward(**tensors, **case.options)
    returned = pair.backward(dout, cache)
    gradients = returned if isinstance(returned, tuple) else (returned,)
    tracked = [getattr(cache, name) for name in case.layer.shapes.tracked]
    return [out, *tracked, *(values for values in gradients if values is not None)]


def widened(values):
    return values.astype(float) if values.dtype == np.float16 else values


def within_range(values):
    most = np.finfo(np.float16).max
    return np.clip(np.asarray(values, float), -most, most)


HALVES = [(f"{which}-{case}-{name}", which, case, SCALES[name]) for which, case in WIDENED for name in SCALES]
HALVES += [(f"fast-{case}", "fast", case, (1.0, 0.5)) for case in RECURRENT]


@pytest.mark.parametrize(
    ("which", "case", "scales"), [row[1:] for row in HALVES], ids=[row[0] for row in HALVES]
)
@pytest.mark.sample("which", "case.layer.name")
def test_half_precision_is_rounded_once_at_the_end(which, case, scales):
    pair = getattr(case.layer.ours, which)
    tensors = {name: half(name, values, scales) for name, values in fill.tensors(case).items()}
    dout = half("dout", fill.upstream(case), scales)
    exact = results(pair, case, {name: widened(values) for name, values in tensors.items()}, widened(dout))
    for came, wanted in zip(results(pair, case, tensors, dout), exact, strict=True):
        assert came.dtype == np.float16
        np.testing.assert_allclose(within_range(came), within_range(wanted), rtol=HALF_A_STEP, atol=1e-3)


def test_affine_of_half_precision__may_have_products_too_large_for_it():
    x, b = np.full((1, 1), 256, np.float16), np.full(1, -60000, np.float16)
    assert fast.affine_forward(x, x, b)[0] == 256 * 256 - 60000


def test_mse_loss_of_half_precision__may_have_squares_too_large_for_it():
    x = np.array([256, 0, 0, 0], np.float16)
    assert fast.mse_loss_forward(x, 0 * x)[0] == 256 * 256 / 4


def test_softmax_loss_of_half_precision__may_have_differences_too_large_for_it():
    x = np.array([[-40000, 40000], *[[0, -40000]] * 3], np.float16)
    assert fast.softmax_loss_forward(x, np.zeros(4, int))[0] == 80000 / 4


def test_columns_that_are_added_up_are_rounded_once():
    rng = np.random.default_rng(0)
    w, dout = (rng.uniform(0.6, 1.0, (n, c, 3, 3)).astype(np.float16) for n, c in ((8, 1), (1, 8)))
    exact, _ = fast.conv_transpose2d_forward(dout.astype(float), w.astype(float))
    _, cache = fast.conv2d_forward(np.zeros((1, 1, 5, 5), np.float16), w)
    for came in (fast.conv2d_backward(dout, cache)[0], fast.conv_transpose2d_forward(dout, w)[0]):
        np.testing.assert_allclose(came, exact, rtol=HALF_A_STEP, atol=0)


def test_sigmoid__goes_as_far_down_as_half_precision_does():
    x = np.linspace(-16, 8, 49).astype(np.float16)
    exact = 1 / (1 + np.exp(-x.astype(float)))
    np.testing.assert_allclose(fast.sigmoid_forward(x)[0], exact, rtol=HALF_A_STEP, atol=2.0**-25)


def test_running_mean__is_off_by_its_last_digit_at_most():
    x = np.random.default_rng(0).uniform(1, 2, (10_000, 4)).astype(np.float32)
    ones = np.ones(4, np.float32)
    _, cache = fast.batch_norm_forward(x, ones, ones, ones, ones, momentum=1.0)
    np.testing.assert_array_max_ulp(cache.running_mean, x.astype(float).mean(axis=0).astype(np.float32))


@pytest.mark.parametrize("axis", [0, 1])
def test_variance__is_kept_below_the_rounding_of_the_mean(axis):
    steps = np.array([[0.0, 1.0, 3.0]])
    layer = "layer_norm" if axis else "batch_norm"
    small, tiny = (steps, 1e8 + steps * 2.0**-26) if axis else (steps.T, 1e8 + steps.T * 2.0**-26)
    parameters = np.ones(small.shape[1]), np.zeros(small.shape[1])
    forward = getattr(fast, f"{layer}_forward")
    expected, _ = forward(small, *parameters, eps=0.0)
    np.testing.assert_allclose(forward(tiny, *parameters, eps=0.0)[0], expected, rtol=1e-13)


CLOSE = {
    "batch_norm": (50, 1),
    "spatial_batch_norm": (5, 1, 2, 5),
    "layer_norm": (1, 50),
    "group_norm": (1, 1, 5, 10),
}


@pytest.mark.parametrize("unit", [1e-8, 1e8, 1e8j])
@pytest.mark.parametrize(("layer", "shape"), CLOSE.items(), ids=CLOSE)
def test_values_close_to_each_other_are_normalised_as_well_as_any(layer, shape, unit):
    x = (unit * (1 + 1e-3 * np.cos(np.arange(50.0)))).reshape(shape)
    parameters = np.ones(shape[1:2], x.dtype), np.zeros(shape[1:2], x.dtype)
    out, cache = getattr(fast, f"{layer}_forward")(x, *parameters, eps=0.0)
    exact = x - x.mean(dtype=np.clongdouble)
    exact /= np.sqrt((exact * exact).mean())
    np.testing.assert_allclose(abs(out), abs(exact), rtol=0, atol=2e-15)
    # Of ones, the gradient of the scale is the sum of what is normalised, and that is nothing.
    _, dgamma, _ = getattr(fast, f"{layer}_backward")(np.ones_like(x), cache)
    assert abs(dgamma.sum()) < 1e-13
