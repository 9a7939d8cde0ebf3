"""Several outputs, caches of every kind, frozen inputs, and shapes that must match."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

RNG = np.random.default_rng(0)
X, H, C = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 2)), RNG.standard_normal((4, 2))
W, GATES = RNG.standard_normal((3, 2)), RNG.standard_normal((5, 8))


def message_of(*args, **kwargs):
    with pytest.raises(GradientError) as caught:
        check_gradients(*args, **kwargs)
    return str(caught.value)


# A norm, whose statistics are outputs for one author and the cache for another.


def norm(x):
    mean = x.mean(1, keepdims=True)
    rstd = 1 / np.sqrt(x.var(1, keepdims=True) + 1e-5)
    return (x - mean) * rstd, mean, rstd


def norm_backward(dout, mean, rstd, x):
    normed = (x - mean) * rstd
    centred = dout - dout.mean(1, keepdims=True)
    return rstd * (centred - normed * (dout * normed).mean(1, keepdims=True))


def norm_backward_of_all(dout, dmean, drstd, x):
    _, mean, rstd = norm(x)
    extent = x.shape[1]
    return norm_backward(dout, mean, rstd, x) + dmean / extent - drstd * rstd**3 * (x - mean) / extent


NORMS = {
    "cache, then input": norm_backward,
    "input, then cache": lambda dout, x, mean, rstd: norm_backward(dout, mean, rstd, x),
    "cache in one, then input": lambda dout, cache, x: norm_backward(dout, *cache, x),
    "cotangents, then input": norm_backward_of_all,
    "cotangents in one, then input": lambda douts, x: norm_backward_of_all(*douts, x),
    "input alone": lambda dout, x: norm_backward_of_all(dout, 0, 0, x),
}


@pytest.mark.parametrize("how", NORMS)
def test_three_results__are_outputs_or_cache_as_backward_takes_them(how):
    assert check_gradients(norm, NORMS[how], x=X).verdict == "pass"


@pytest.mark.parametrize("how", NORMS)
def test_three_results__are_told_apart_for_a_wrong_backward_too(how):
    right = NORMS[how]
    if how == "cotangents, then input":

        def wrong(dout, dmean, drstd, x):
            return norm_backward_of_all(dout, dmean, 0 * drstd, x)

    elif how == "cache, then input":

        def wrong(dout, mean, rstd, x):
            return 1.01 * right(dout, mean, rstd, x)

    else:
        wrong = _scaled(right)
    with pytest.raises(GradientError, match=r"dx\[\d, \d\]: yours "):
        check_gradients(norm, wrong, x=X)


def _scaled(function):
    def wrong(*args):
        return 1.01 * function(*args)

    wrong.__signature__ = __import__("inspect").signature(function)
    return wrong


def test_report__says_how_several_results_are_understood():
    report = check_gradients(norm, NORMS["input, then cache"], x=X)
    assert report.understood == "1 of 3 results are outputs; backward(dout, x, result 1, result 2)"
    assert "read as   all results are outputs; backward(dout[0], dout[1], dout[2], x)" in message_of(
        norm, lambda dout, dmean, drstd, x: norm_backward_of_all(dout, dmean, -drstd, x), x=X
    )
    assert check_gradients(lambda x: (x**2, x), lambda dout, x: 2 * x * dout, x=X).understood is None


# A cell with two outputs and a cache.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cell(x, h, c, w):
    i, f, g, o = np.split(x @ w[:3] + h @ w[3:], 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    after = f * c + i * g
    return (o * np.tanh(after), after), (x, h, c, w, i, f, g, o, after)


def cell_backward(dh, dc, cache):
    x, h, c, w, i, f, g, o, after = cache
    dafter = dc + dh * o * (1 - np.tanh(after) ** 2)
    gates = dafter * g * i * (1 - i), dafter * c * f * (1 - f), dafter * i * (1 - g * g)
    dz = np.concatenate([*gates, dh * np.tanh(after) * o * (1 - o)], axis=1)
    return dz @ w[:3].T, dz @ w[3:].T, dafter * f, np.concatenate([x, h], axis=1).T @ dz


CELL = {"x": X, "h": H, "c": C, "w": GATES}

CELLS = {
    "((h, c), cache)": (cell, cell_backward),
    "((h, c), cache), cotangents in one": (cell, lambda douts, cache: cell_backward(*douts, cache)),
    "(h, c, cache)": (lambda x, h, c, w: (*cell(x, h, c, w)[0], cell(x, h, c, w)[1]), cell_backward),
    "(h, c)": (
        lambda x, h, c, w: cell(x, h, c, w)[0],
        lambda dh, dc, x, h, c, w: cell_backward(dh, dc, cell(x, h, c, w)[1]),
    ),
}


@pytest.mark.parametrize("how", CELLS)
def test_two_outputs__get_a_cotangent_each(how):
    assert check_gradients(*CELLS[how], **CELL).verdict == "pass"


def test_two_outputs__a_dropped_cotangent_is_found():
    told = message_of(cell, lambda dh, dc, cache: cell_backward(dh, 0 * dc, cache), **CELL)
    assert "dc[" in told
    assert "read as   1 of 2 results are outputs; backward(dout[0], dout[1], cache)" in told


# What is ambiguous.


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x: [x**2, x], lambda dout, cache: 2 * cache * dout),
        (lambda x: (2 * x, 3 * x), lambda dh, dc: 2 * dh + 3 * dc),
        (lambda x: (2 * x, 3 * x), lambda a, b: 2 * a + 3 * b),
        (lambda x: (x.max(1), x.argmax(1)), lambda dout, index: np.eye(3)[index] * dout[:, None]),
        (lambda x: (np.exp(x), np.exp(x)), lambda dout, den: dout * den),
        (lambda x: (x**2, x, "label"), lambda dout, *rest: 2 * rest[0] * dout),
        (lambda x: (x**2,), lambda dout, x: 2 * x * dout),
        (lambda x: (x**2, x), lambda *args: 2 * args[1] * args[0]),
    ],
)
def test_ambiguous_results__are_read_as_backward_accepts_them(forward, backward):
    assert check_gradients(forward, backward, x=X).verdict == "pass"


def test_cache__that_is_wrong_is_not_replaced_by_an_input():
    """Backward would be right with x; forward caches its output, and that is the mistake."""
    with pytest.raises(GradientError, match=r"dx\["):
        check_gradients(lambda x: (np.tanh(x), np.tanh(x)), lambda dout, x: dout / np.cosh(x) ** 2, x=X)


@pytest.mark.parametrize("outputs", [2, (0, 1)])
def test_outputs__says_which_results_are_outputs(outputs):
    def backward(a, b):
        return 2 * a + 3 * b

    assert check_gradients(lambda x: (2 * x, 3 * x), backward, x=X, outputs=outputs).verdict == "pass"
    told = message_of(lambda x: (2 * x, 3 * x), lambda a, b: 2 * a - 3 * b, x=X, outputs=outputs)
    assert "dx[" in told


def test_outputs__leaves_the_rest_to_the_cache():
    forward = {"one": lambda x: (x**2, x, x.sum()), "dict": lambda x: {"y": x**2, "x": x}}
    assert check_gradients(forward["one"], lambda d, x, total: 2 * d * x, x=X, outputs=1).verdict == "pass"
    for outputs in ("y", ("y",), (0,)):
        assert (
            check_gradients(forward["dict"], lambda d, x: 2 * d * x, x=X, outputs=outputs).verdict == "pass"
        )


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (3, "outputs=3; forward returns 2 results, expected 1 to 2"),
        (0, "outputs=0; "),
        (("loss",), r"outputs has 'loss'; forward returns names \['y', 'x'\]"),
        ((), "outputs is empty"),
    ],
)
def test_outputs__that_are_not_there_are_refused(outputs, said):
    with pytest.raises(ValueError, match=f"^check_gradients: {said}"):
        check_gradients(lambda x: {"y": x**2, "x": x}, lambda d, x: 2 * x * d, x=X, outputs=outputs)


# Containers.


@dataclasses.dataclass(frozen=True)
class Pair:
    a: Any
    b: Any


class Named(NamedTuple):
    out: Any
    cache: Any


def test_mapping_and_dataclass__give_cotangents_of_their_own_kind():
    def backward(douts, x):
        assert isinstance(douts["count"], type(None))
        return 2 * x * douts["a"] + np.cos(x) * douts["b"][0]

    def forward(x):
        return {"a": x**2, "b": [np.sin(x)], "count": 3}

    assert check_gradients(forward, backward, x=X).verdict == "pass"

    def of_pair(douts, x):
        assert isinstance(douts, Pair)
        return 2 * x * douts.a + np.cos(x) * douts.b

    assert check_gradients(lambda x: Pair(x**2, np.sin(x)), of_pair, x=X).verdict == "pass"
    told = message_of(lambda x: Pair(x**2, np.sin(x)), lambda d, x: 2 * x * d.a + np.sin(x) * d.b, x=X)
    assert "dx[" in told


def test_cache__is_known_by_its_name_in_a_mapping_or_a_named_tuple():
    def backward(dout, cache):
        return 2 * cache * dout

    assert check_gradients(lambda x: {"out": x**2, "cache": x}, backward, x=X).verdict == "pass"
    assert check_gradients(lambda x: Named(x**2, x), backward, x=X).verdict == "pass"


def test_list_of_numbers__is_an_array():
    def backward(dout, x):
        return np.full_like(x, dout[0]) + 2 * dout[1] * x

    assert check_gradients(lambda x: [float(x.sum()), float((x**2).sum())], backward, x=X).verdict == "pass"


# dout.


def test_dout__has_the_structure_of_the_outputs_and_none_where_one_is_not_used():
    seen = []

    def backward(douts, x):
        seen.append(douts)
        return 2 * x * douts["a"]

    def forward(x):
        return {"a": x**2, "b": np.sin(x)}

    dout = {"a": np.ones_like(X), "b": None}
    assert check_gradients(forward, backward, x=X, dout=dout).verdict == "pass"
    assert all(each["b"] is None for each in seen[-6:])
    with pytest.raises(GradientError, match=r"dx\["):
        check_gradients(forward, lambda d, x: 3 * x * d["a"], x=X, dout=dout)


@pytest.mark.parametrize(
    ("dout", "said"),
    [
        (
            (np.ones(3), None, None),
            r"dout has 3 entries \(\[0\], \[1\], \[2\]\); expected 2 as forward returns",
        ),
        ((None, None), "dout is None for every output"),
        ((np.ones(3), None), r"dout\[0\] has shape \(3,\); expected \(4, 3\)"),
    ],
)
def test_dout__that_does_not_fit_the_outputs_is_refused(dout, said):
    def backward(da, db, x):
        return 2 * da * x + db * np.cos(x)

    with pytest.raises(ValueError, match=f"^check_gradients: {said}"):
        check_gradients(lambda x: (x**2, np.sin(x)), backward, x=X, dout=dout)


# Frozen inputs.


def affine(x, w):
    return x @ w, (x, w)


@pytest.mark.parametrize("wrt", ["w", ("w",), ["w"]])
@pytest.mark.parametrize(
    "returned", [lambda dw: dw, lambda dw: (None, dw), lambda dw: {"dw": dw}, lambda dw: (dw,)]
)
def test_wrt__leaves_the_gradients_of_other_inputs_alone(wrt, returned):
    def backward(dout, cache):
        return returned(cache[0].T @ dout)

    assert check_gradients(affine, backward, x=X, w=W, wrt=wrt).verdict == "pass"
    with pytest.raises(GradientError, match=r"dw\["):
        check_gradients(affine, lambda dout, cache: returned(-cache[0].T @ dout), x=X, w=W, wrt=wrt)


def test_gradients__may_have_none_in_the_place_of_an_input_that_is_no_array():
    def scaled(x, factor, w):
        return factor * x @ w, (x, factor, w)

    def backward(dout, cache):
        x, factor, w = cache
        return factor * dout @ w.T, None, factor * x.T @ dout

    assert check_gradients(scaled, backward, x=X, factor=3, w=W).verdict == "pass"


@pytest.mark.parametrize(
    ("wrt", "said"),
    [
        (("b",), "wrt has 'b'; the inputs are x, factor"),
        ((), "wrt is empty"),
        (("factor",), "wrt has 'factor', which is no array of a floating dtype; expected one of x"),
    ],
)
def test_wrt__that_is_no_input_is_refused(wrt, said):
    def backward(dout, x, factor):
        return factor * dout

    with pytest.raises(ValueError, match=f"^check_gradients: {said}"):
        check_gradients(lambda x, factor: factor * x, backward, x=X, factor=3, wrt=wrt)


def test_option__that_may_be_an_argument_of_forward_is_refused():
    with pytest.raises(TypeError, match=r"forward takes an argument order, .* inputs=\{\"order\": \.\.\.\}"):
        check_gradients(lambda x, order: x**order, lambda dout, x, order: dout, x=X, order=2)
    assert check_gradients(
        lambda x, order: x**order, lambda dout, x, order: 2 * x * dout, x=X, inputs={"order": 2}
    )


# Shapes.


@pytest.mark.parametrize(
    ("shape", "other"), [((1, 4), (4, 1)), ((4,), (1, 4)), ((1, 4), (4,)), ((), (1,)), ((4,), (4, 1))]
)
def test_gradient__of_another_shape_is_a_finding(shape, other):
    x = np.asarray(RNG.uniform(1, 2, size=shape))
    told = message_of(lambda x: x**2, lambda dout, x: (2 * x * dout).reshape(other), x=x)
    assert f"dx has shape {other}; expected {shape}, the shape of x" in told
    assert check_gradients(lambda x: x**2, lambda dout, x: 2 * x * dout, x=x).verdict == "pass"


def test_complex_output__is_refused():
    with pytest.raises(TypeError, match="out is complex; expected real outputs: return its real"):
        check_gradients(np.fft.fft, lambda dout, a: dout, inputs=[X])
