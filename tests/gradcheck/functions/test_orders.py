"""Double backward, forward mode and batches of functions on NumPy's arrays."""

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 2))


def message_of(*args, **kwargs):
    with pytest.raises(GradientError) as caught:
        check_gradients(*args, **kwargs)
    return str(caught.value)


def cube(x):
    return x**3, x


def cube_backward(dout, x):
    return 3 * x**2 * dout


def affine(x, w):
    return x @ w, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def affine_double(ddx, ddw, dout, x, w):
    return ddx @ w + x @ ddw, dout @ ddw.T, ddx.T @ dout


# Double backward.


DOUBLES = {
    "one by one, with inputs": affine_double,
    "in one, with inputs": lambda dgrads, dout, x, w: affine_double(*dgrads, dout, x, w),
    "in one, with the cache": lambda dgrads, dout, cache: affine_double(*dgrads, dout, *cache),
}


@pytest.mark.parametrize("how", DOUBLES)
def test_double_backward__is_checked_however_it_is_called(how):
    double, functions = DOUBLES[how], (affine, affine_backward)
    report = check_gradients(*functions, order=2, double_backward=double, x=X, w=W)
    assert report.verdict == "pass"
    assert report.checks[-1].check == "double backward"


def test_wrong_double_backward__is_found_with_its_place():
    told = message_of(
        cube, cube_backward, order=2, double_backward=lambda v, d, x: (3 * x**2 * v, 5 * x * d * v), x=X
    )
    assert "cube_backward, double backward: dx[" in told
    told = message_of(
        cube, cube_backward, order=2, double_backward=lambda v, d, x: (2 * x**2 * v, 6 * x * d * v), x=X
    )
    assert "double backward: ddout[" in told


def test_hessian_of_a_loss__is_checked_by_its_product():
    def loss(x):
        return (x**3).sum(), 3 * x**2

    assert check_gradients(loss, order=2, double_backward=lambda v, x: 6 * x * v, x=X).verdict == "pass"
    told = message_of(loss, order=2, double_backward=lambda v, x: 5 * x * v, x=X)
    assert "double backward: dx[" in told


def test_double_backward__of_two_outputs():
    def both(x):
        return x**2, x**3

    def both_backward(da, db, x):
        return 2 * x * da + 3 * x**2 * db

    def double(v, da, db, x):
        return 2 * x * v, 3 * x**2 * v, (2 * da + 6 * x * db) * v

    assert check_gradients(both, both_backward, order=2, double_backward=double, x=X).verdict == "pass"
    told = message_of(
        both, both_backward, order=2, double_backward=lambda v, a, b, x: (2 * x * v, 0 * v, 2 * a * v), x=X
    )
    assert "double backward: ddout1[" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": 2}, "order=2 has no double backward to check: pass it as double_backward="),
        ({"order": 3}, "order=3; expected 1, or 2"),
        ({"double_backward": affine_double}, "double_backward is given without order=2"),
        ({"forward_mode": True}, "forward_mode=True, and forward is no function of PyTorch or JAX"),
        ({"batched": ("b",)}, "wrt has 'b'|batched has 'b'"),
    ],
)
def test_option__that_asks_for_nothing_is_refused(options, said):
    with pytest.raises(ValueError, match=f"^check_gradients: (?:{said})"):
        check_gradients(affine, affine_backward, x=X, w=W, **options)


# Forward mode.


def test_jvp__of_one_input_gets_the_tangent_and_of_several_a_tuple():
    assert check_gradients(cube, cube_backward, forward_mode=lambda v, x: 3 * x**2 * v, x=X).verdict == "pass"

    def jvp(tangents, x, w):
        return tangents[0] @ w + x @ tangents[1]

    report = check_gradients(affine, affine_backward, forward_mode=jvp, x=X, w=W)
    assert [check.check for check in report.checks][-1] == "forward mode"


def test_wrong_jvp__is_found_with_the_output_and_the_input():
    told = message_of(affine, affine_backward, forward_mode=lambda t, x, w: t[0] @ w - x @ t[1], x=X, w=W)
    assert "forward mode along w: the tangent of out[0, 0]: yours " in told


def test_jvp__that_is_wrong_only_along_two_inputs_at_once_is_found():
    def jvp(tangents, x, w):
        dx, dw = tangents
        return dx @ w if dx.any() else x @ dw

    assert "forward mode along x, w: " in message_of(affine, affine_backward, forward_mode=jvp, x=X, w=W)


def test_wrong_entry_of_a_large_tangent__is_found():
    x = RNG.standard_normal((40, 30))

    def jvp(tangent, x):
        found = 3 * x**2 * tangent
        found[17, 23] *= 1.01
        return found

    assert "the tangent of out[17, 23]: yours " in message_of(cube, cube_backward, forward_mode=jvp, x=x)
    assert check_gradients(cube, cube_backward, forward_mode=lambda v, x: 3 * x**2 * v, x=x).verdict == "pass"


def test_jvp__of_several_outputs_and_of_a_wrong_shape():
    def both(x):
        return {"a": x**2, "n": 3, "b": x.sum(1)}

    def backward(douts, x):
        return 2 * x * douts["a"] + douts["b"][:, None]

    def jvp(v, x):
        return {"a": 2 * x * v, "n": None, "b": v.sum(1)}

    assert check_gradients(both, backward, forward_mode=jvp, x=X).verdict == "pass"
    assert "the tangent of out['b']" in message_of(
        both, backward, forward_mode=lambda v, x: {"a": 2 * x * v, "n": None, "b": 2 * v.sum(1)}, x=X
    )
    assert "the tangent of out['b'] has shape (3,); expected (4,)" in message_of(
        both, backward, forward_mode=lambda v, x: {"a": 2 * x * v, "b": v.sum(0)}, x=X
    )
    assert "the jvp returned 1 tangents; expected 2" in message_of(
        both, backward, forward_mode=lambda v, x: v, x=X
    )


# Batches.


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    return p, p


def softmax_backward(dout, p):
    return p * (dout - (p * dout).sum(-1, keepdims=True))


def test_batched__function_along_the_last_axis_passes():
    assert check_gradients(softmax, softmax_backward, batched=True, x=X).verdict == "pass"


def test_batched__gradient_of_an_input_without_the_axis_is_the_sum():
    def backward(dout, cache):
        x, w = cache
        return dout @ w.T, x.reshape(-1, x.shape[-1]).T @ dout.reshape(-1, dout.shape[-1])

    for batched in ("x", ("x",)):
        assert check_gradients(affine, backward, batched=batched, x=X, w=W).verdict == "pass"

    def wrong(dout, cache):
        x, w = cache
        return dout @ w.T, x[..., :, :].reshape(-1, 3)[:4].T @ dout.reshape(-1, 2)[:4]

    assert "dw[" in message_of(affine, wrong, batched="x", x=X, w=W)


def test_batched__function_that_counts_axes_from_the_left_fails():
    def centred(x):
        return x - x.mean(1, keepdims=True)

    def backward(dout, x):
        return dout - dout.mean(1, keepdims=True)

    assert check_gradients(centred, backward, x=X).verdict == "pass"
    told = message_of(centred, backward, batched=True, x=X)
    assert "under a leading batch axis: " in told
    assert "alone " in told


def test_batched__function_that_refuses_the_axis_is_an_error():
    told = message_of(affine, affine_backward, batched="x", x=X, w=W)
    assert "affine_backward    ERROR" in told
    assert "fails under a leading batch axis of x: " in told
