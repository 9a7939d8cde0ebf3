"""How check_gradients gets its inputs and its upstream gradient."""

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
W = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])


def dropped(x, seed=None):
    """Keeps another half of x for each seed; as an author writes it, without one it draws anew."""
    mask = np.random.default_rng(seed).random(x.shape) < 0.5
    return x * mask, mask


def dropped_backward(dout, mask):
    return dout * mask


def affine(x, w):
    return x @ w, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def squares(x):
    return x**2, x


def squares_backward(dout, x):
    return 2 * x * dout


class Seen:
    """A pair that records what it is called with."""

    def __init__(self):
        self.calls, self.upstream = [], []

    def forward(self, *args, **kwargs):
        self.calls.append((args, kwargs))
        return args[0] ** 2 if args else kwargs["x"] ** 2

    def backward(self, dout, x, *others):
        self.upstream.append(dout.copy())
        return 2 * x * dout


# Names.


def test_check_gradients__an_input_called_seed_reaches_forward():
    seen = []

    def forward(x, seed):
        seen.append(seed)
        return dropped(x, seed)

    report = check_gradients(forward, dropped_backward, x=X, inputs={"seed": 3})
    assert report.verdict == "pass"
    assert set(seen) == {3}


@pytest.mark.parametrize("seed", [3, 0, None])
def test_check_gradients__refuses_a_seed_that_may_be_forward_s_even_the_default(seed):
    message = r'^check_gradients: forward takes an argument seed, .*: pass .* as inputs=\{"seed": \.\.\.\}'
    with pytest.raises(TypeError, match=message):
        check_gradients(dropped, dropped_backward, x=X, seed=seed)


@pytest.mark.parametrize(
    ("forward", "options"),
    [
        (lambda x, dout: (x**2, x), {"x": X, "dout": X}),
        (lambda inputs: (inputs**2, inputs), {"inputs": [X]}),
        (lambda inputs, x: (x**2, x), {"inputs": {"x": X}}),
        (lambda x, seed: (x**2, x), {"inputs": {"x": X}, "seed": 3}),
        (lambda x, seed, /: (x**2, x), {"x": X, "seed": 3}),
        (lambda x, *, seed=0: (x**2, x), {"inputs": [X], "seed": 3}),
    ],
)
def test_check_gradients__refuses_every_option_that_may_be_forward_s(forward, options):
    with pytest.raises(TypeError, match=r"forward takes an argument (seed|inputs|dout), "):
        check_gradients(forward, squares_backward, **options)


def test_options_and_inputs_of_the_same_names_are_kept_apart():
    def forward(inputs, seed, dout):
        assert (seed, dout) == (3, 2)
        return inputs**2, inputs

    given = {"inputs": X, "seed": 3, "dout": 2}
    for options in ({}, {"seed": 1}, {"dout": X}):
        assert check_gradients(forward, squares_backward, inputs=given, **options).verdict == "pass"


def test_seed_is_the_option_where_forward_has_no_such_argument():
    first, other = Seen(), Seen()
    check_gradients(first.forward, first.backward, x=X, seed=1)
    check_gradients(other.forward, other.backward, x=X, seed=2)
    assert (first.upstream[0] != other.upstream[0]).any()


def test_check_gradients__names_an_input_that_is_given_twice():
    with pytest.raises(TypeError, match="the input x is given twice: in inputs, and as x="):
        check_gradients(squares, squares_backward, inputs={"x": X}, x=X)
    with pytest.raises(TypeError, match="the input w is given twice"):
        check_gradients(affine, affine_backward, inputs=[X, W], w=W)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (X, "inputs is of type ndarray; expected .*: inputs="),
        ("x", "inputs is of type str; expected "),
        ({1: X}, "inputs has the key 1; expected names"),
    ],
)
def test_inputs_that_are_no_inputs_are_refused(inputs, said):
    with pytest.raises(TypeError, match=f"^check_gradients: {said}"):
        check_gradients(squares, squares_backward, inputs=inputs)


# Order.


def test_inputs_of_a_mapping_have_the_order_of_forward_s_parameters():
    assert check_gradients(affine, affine_backward, inputs={"w": W, "x": X}).verdict == "pass"
    assert check_gradients(affine, affine_backward, inputs={"w": W}, x=X).verdict == "pass"


def test_positional_inputs_are_called_as_forward_calls_them():
    assert check_gradients(affine, affine_backward, inputs=(X, W)).verdict == "pass"
    assert check_gradients(affine, affine_backward, inputs=[X], w=W).verdict == "pass"
    with pytest.raises(GradientError, match=r"dw\[\d, \d\]: yours -?0, expected "):
        check_gradients(affine, lambda dout, cache: (dout @ W.T, 0 * W), inputs=[X, W])


def test_positional_inputs_without_names_are_numbered():
    def forward(*tensors):
        return sum(tensors), None

    assert check_gradients(forward, lambda dout, cache: (dout, dout), inputs=[X, X]).verdict == "pass"
    with pytest.raises(GradientError, match=r"darg1\[\d, \d\]: yours "):
        check_gradients(forward, lambda dout, cache: (dout, 2 * dout), inputs=[X, X])


def test_positional_inputs_go_in_by_position_and_the_others_by_keyword():
    seen = Seen()
    check_gradients(seen.forward, seen.backward, inputs=[X, 3], scale=2)
    assert {(len(args), args[1], *kwargs.items()) for args, kwargs in seen.calls} == {(2, 3, ("scale", 2))}


# The upstream gradient.


def test_dout_is_the_first_upstream_gradient_and_the_second_is_random():
    seen, dout = Seen(), np.arange(6.0).reshape(2, 3)
    assert check_gradients(seen.forward, seen.backward, x=X, dout=dout.tolist()).verdict == "pass"
    first, again, second, *_ = seen.upstream
    assert first.tolist() == again.tolist() == dout.tolist()
    assert second.tolist() != dout.tolist()


def test_check_gradients__finds_a_backward_that_is_wrong_only_at_dout():
    def backward(dout, x):
        return 2 * x * np.where(np.abs(dout) > 10, 0, dout)

    dout = np.ones_like(X)
    dout[1, 2] = 11
    with pytest.raises(GradientError, match=r"dx\[1, 2\]: yours -?0, expected -11"):
        check_gradients(squares, backward, x=X, dout=dout)


def test_linearity_is_judged_with_dout_too():
    with pytest.raises(GradientError, match="dx is not linear in dout"):
        check_gradients(squares, lambda dout, x: 2 * x, x=X, dout=np.ones_like(X))


def test_dout_comes_in_the_dtype_of_out():
    seen = Seen()
    check_gradients(seen.forward, seen.backward, x=X.astype(np.float32), dout=np.ones((2, 3), int))
    assert seen.upstream[0].dtype == np.float32
    assert {dout.dtype for dout in seen.upstream} == {np.dtype(np.float32), np.dtype(np.float64)}


@pytest.mark.parametrize(
    ("dout", "said"),
    [
        (np.ones(3), r"dout has shape \(3,\); expected \(2, 3\), the shape of forward's output: give"),
        (1.0, r"dout has shape \(\); expected \(2, 3\)"),
        (X * 1j, "dout has dtype complex128; expected real numbers"),
        (X * np.nan, "dout has entries that are not finite in float64"),
        (X * 0, "dout is zero everywhere"),
    ],
)
def test_check_gradients__refuses_a_dout_by_which_nothing_can_be_judged(dout, said):
    with pytest.raises(ValueError, match=f"^check_gradients: {said}"):
        check_gradients(squares, squares_backward, x=X, dout=dout)


def test_dout_is_refused_where_forward_returns_its_gradients():
    with pytest.raises(ValueError, match=r"dout is given without a backward: .* leave dout out"):
        check_gradients(lambda x: ((x**2).sum(), 2 * x), x=X, dout=1.0)


# The failure again.


@pytest.mark.parametrize(
    ("forward", "options", "again"),
    [
        (squares, {"x": X}, "the same call with seed=0"),
        (squares, {"x": X, "seed": 5}, "the same call with seed=5"),
        (squares, {"inputs": [X], "dout": X, "seed": 5}, "the same call with seed=5"),
        (lambda x, seed: (x**2, x), {"inputs": {"x": X, "seed": 3}}, "the same call with seed=0"),
        (lambda x, seed: (x**2, x), {"inputs": {"x": X, "seed": 3}, "seed": 4}, "the same call with seed=4"),
        (lambda x, seed=3: (x**2, x), {"x": X}, "the same call"),
    ],
)
def test_check_gradients__again_line_is_a_call_that_works(forward, options, again):
    with pytest.raises(GradientError) as caught:
        check_gradients(forward, lambda dout, x: x * dout, **options)
    assert str(caught.value).split("\n")[-1] == f"  again     {again}"
    _, _, seed = again.partition(" with seed=")
    with pytest.raises(GradientError, match=r"dx\[") as repeated:
        check_gradients(
            forward, lambda dout, x: x * dout, **{**options, **({"seed": int(seed)} if seed else {})}
        )
    assert str(repeated.value) == str(caught.value)


def test_check_gradients__keywords_in_another_order_than_the_parameters_keep_their_gradients():
    def forward(x, w):
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        return dout @ w.T, x.T @ dout

    x, w = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    assert check_gradients(forward, backward, w=w, x=x).verdict == "pass"
