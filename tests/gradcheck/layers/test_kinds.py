"""Layers of every arithmetic, with labels, options and several inputs: right code passes, a wrong backward fails."""

import numpy as np
import pytest

from gradcheck import LAYERS, Plan, declare_layer, parse_case, tensors, use_layers, verify_functions
from gradcheck.layers.drawn import random_cases


def credit_first(dout, x):
    dx = np.zeros_like(x)
    dx[np.arange(len(x)), x.argmax(axis=1)] = dout
    return dx


def log_softmax(x):
    moved = x - x.max(axis=1, keepdims=True)
    return moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))


def nll(x, y):
    return -log_softmax(x)[np.arange(len(y)), y].mean()


def nll_backward(dout, cache):
    x, y = cache
    dx = np.exp(log_softmax(x))
    dx[np.arange(len(y)), y] -= 1
    return dout * dx / x.dtype.type(len(y))


def embedding_backward(dout, cache):
    x, w = cache
    dw = np.zeros_like(w)
    np.add.at(dw, x, dout)
    return dw


def embedding_that_assigns(dout, cache):
    x, w = cache
    dw = np.zeros_like(w)
    dw[x] += dout
    return dw


def second_difference(x):
    if x.shape[1] < 3:
        raise ValueError("three entries or more")
    return x[:, 2:] - 2 * x[:, 1:-1] + x[:, :-2]


def second_difference_backward(dout, shape):
    dx = np.zeros(shape, dout.dtype)
    for offset, weight in enumerate((1, -2, 1)):
        dx[:, offset : offset + dout.shape[1]] += weight * dout
    return dx


def clipped(x, low=-6.0):
    return np.clip(x, low, 6)


def hinge(x, y):
    rows = np.arange(len(y))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    return margins.sum() / x.dtype.type(len(y))


def hinge_backward(dout, cache):
    x, y = cache
    rows = np.arange(len(y))
    dx = (x - x[rows, y][:, None] + 1 > 0).astype(x.dtype)
    dx[rows, y] = 0
    dx[rows, y] = -dx.sum(axis=1)
    return dout * dx / x.dtype.type(len(y))


EXAMPLES = {
    "cumulative sum": (
        declare_layer(lambda x: x.cumsum(axis=1), "x: n d", "linear", name="cumulative_sum"),
        lambda x: (x.cumsum(axis=1), None),
        lambda dout, cache: dout[:, ::-1].cumsum(axis=1)[:, ::-1].copy(),
        lambda dout, cache: dout.cumsum(axis=1),
    ),
    "filter": (
        declare_layer(second_difference, "x: n l", "linear", draw={"l": range(3, 8)}),
        lambda x: (second_difference(x), x.shape),
        second_difference_backward,
        lambda dout, shape: np.roll(second_difference_backward(dout, shape), 1, axis=1),
    ),
    "matrix product": (
        declare_layer(lambda x, w, b: x @ w + b, "x: n d, w: d m, b: m -> n m", "linear", name="dense"),
        lambda x, w, b: (x @ w + b, (x, w)),
        lambda dout, cache: (dout @ cache[1].T, cache[0].T @ dout, dout.sum(axis=0)),
        lambda dout, cache: (dout @ cache[1].T, cache[0].T @ dout, dout[0].copy()),
    ),
    "mean": (
        declare_layer(lambda x: x.mean(axis=1), "x: n d", "linear", name="row_mean", unit="d"),
        lambda x: (x.mean(axis=1), x.shape),
        lambda dout, shape: np.repeat(dout[:, None] / dout.dtype.type(shape[1]), shape[1], axis=1),
        lambda dout, shape: np.repeat(dout[:, None], shape[1], axis=1),
    ),
    "embedding": (
        declare_layer(
            lambda x, w: w[x], "x: n l, w: v m", "linear", name="embedding", numbers={"x": "below v"}
        ),
        lambda x, w: (w[x], (x, w)),
        embedding_backward,
        embedding_that_assigns,
    ),
    "maximum": (
        declare_layer(
            lambda x: x.max(axis=1), "x: n d", "winner", name="row_max", fills=("ties", "nan", "inf")
        ),
        lambda x: (x.max(axis=1), x),
        credit_first,
        lambda dout, x: (x == x.max(axis=1, keepdims=True)) * dout[:, None],
    ),
    "hard tanh": (
        declare_layer(
            clipped,
            "x: n d",
            "winner",
            draw={"low": (-6.0, -2.0)},
            numbers={"x": "distinct multiples of 4"},
        ),
        lambda x, low=0.0: (clipped(x, low).astype(x.dtype), (x, low)),
        lambda dout, cache: np.where((cache[0] > cache[1]) & (cache[0] < 6), dout, 0),
        lambda dout, cache: np.where((cache[0] > -6) & (cache[0] < 6), dout, 0),
    ),
    "square norm": (
        declare_layer(lambda x: (x * x).sum(axis=1), "x: n d", "quadratic", name="square_norm"),
        lambda x: ((x * x).sum(axis=1), x),
        lambda dout, x: 2 * x * dout[:, None],
        lambda dout, x: x * dout[:, None],
    ),
    "logarithm": (
        declare_layer(np.log, "x: n d", "smooth", name="logarithm", numbers={"x": (0.01, 4.0)}),
        lambda x: (np.log(x), x),
        lambda dout, x: dout / x,
        lambda dout, x: dout / (x + x.dtype.type(1e-6)),
    ),
    "loss with labels": (
        declare_layer(nll, "x: n c, y: n ->", "smooth", numbers={"y": "below c"}, fills=("large",)),
        lambda x, y: (nll(x, y), (x, y)),
        nll_backward,
        lambda dout, cache: nll_backward(dout, cache) * len(cache[1]),
    ),
    "hinge loss": (
        declare_layer(
            hinge,
            "x: n c, y: n ->",
            "winner",
            unit="n",
            draw={"n": (1, 2, 4)},
            numbers={"x": "distinct multiples of 4", "y": "below c"},
        ),
        lambda x, y: (hinge(x, y), (x, y)),
        hinge_backward,
        lambda dout, cache: hinge_backward(dout, cache) * len(cache[1]),
    ),
    "mask": (
        declare_layer(
            lambda x, keep: x * keep,
            "x: n d, keep: n d",
            "linear",
            name="drop",
            numbers={"keep": lambda rng, shape: rng.random(shape) < 0.5},
        ),
        lambda x, keep: (x * keep, keep),
        lambda dout, keep: dout * keep,
        lambda dout, keep: dout * ~keep,
    ),
    "no batch": (
        declare_layer(lambda x, w: np.tanh(w * x), "x: l, w: l", "smooth", name="gate"),
        lambda x, w: (np.tanh(w * x), (x, w, 1 - np.tanh(w * x) ** 2)),
        lambda dout, cache: (dout * cache[2] * cache[1], dout * cache[2] * cache[0]),
        lambda dout, cache: (dout * cache[2] * cache[0], dout * cache[2] * cache[1]),
    ),
}
"""A layer, a right forward and backward, and a wrong backward."""

of_each = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@of_each
@pytest.mark.sample(every=2)
def test_right_implementation__passes(judge, example):
    layer, forward, backward, _ = example
    parts = judge(layer, forward, backward, cases=12)
    assert {name: part.verdict for name, part in parts.items()} == dict.fromkeys(parts, "pass"), parts
    assert parts["backward"].miss_bound < 1e-9


@of_each
@pytest.mark.sample(every=3)
def test_wrong_backward__fails_and_forward_does_not(judge, example):
    layer, forward, _, wrong = example
    parts = judge(layer, forward, wrong, cases=12)
    assert (parts["forward"].verdict, parts["backward"].verdict) == ("pass", "fail")
    assert all(finding.case.startswith(layer.name) for finding in parts["backward"].findings)


@pytest.mark.parametrize("name", ["cumulative sum", "filter", "maximum", "hard tanh", "square norm"])
@pytest.mark.sample(every=3)
def test_exact_layer__is_judged_without_a_tolerance(judge, name):
    layer, forward, _, wrong = EXAMPLES[name]
    found = judge(layer, forward, wrong)["backward"].findings
    assert found
    assert {finding.bound for finding in found if finding.index is not None} <= {0.0}


@of_each
def test_case_line__rebuilds_the_case(example):
    layer = example[0]
    source = random_cases(layer, 3)
    for _ in range(20):
        case = next(source)
        assert parse_case(str(case), [*LAYERS, layer]) == case
    for geometry in (layer.cases.tiny, *layer.cases.battery):
        assert layer.cases.grammar.write(layer.cases.grammar.read(geometry)) == geometry


def test_option__is_passed_by_name_and_written_in_the_case_line(judge):
    def power(x, factor=1.0, flip=False, kind="plain", lift=7):
        return (-x if flip else x) * factor + (kind == "odd")

    draw = {"factor": (0.5, 2.0), "flip": (True, False), "kind": ("plain", "odd")}
    layer = declare_layer(power, "x: n d", "linear", draw=draw, unit=lambda params: 2)
    assert layer.cases.grammar.template == "n{n}d{d}_factor{factor}_flip{flip}_kind{kind}"
    seen = {(p["factor"], p["flip"], p["kind"]) for p in map(layer.cases.grammar.read, layer.cases.battery)}
    assert {value for options in seen for value in options} == {0.5, 2.0, True, False, "plain", "odd"}
    with_options = {
        "forward": lambda x, **options: (power(x, **options).astype(x.dtype), options),
        "backward": lambda dout, options: dout * options["factor"] * (-1 if options["flip"] else 1),
    }
    assert {part.verdict for part in judge(layer, **with_options).values()} == {"pass"}
    with_options["backward"] = lambda dout, options: dout * options["factor"]
    assert judge(layer, **with_options)["backward"].verdict == "fail"


def test_tensor_called_mask__is_passed_by_position_too(judge):
    layer = declare_layer(lambda x, mask: x * mask, "x: n d, mask: n d", "linear", name="masked")
    parts = judge(layer, lambda x, m: (x * m, (x, m)), lambda dout, cache: (dout * cache[1], dout * cache[0]))
    assert {part.verdict for part in parts.values()} == {"pass"}


@pytest.mark.diagnosed
def test_factor__is_named_after_the_axis_or_option_of_its_size(judge):
    layer = declare_layer(
        lambda x: x.sum(axis=1), "x: n stride", "linear", name="total", draw={"n": (3,), "stride": (2,)}
    )
    parts = judge(
        layer, lambda x: (x.sum(axis=1), x), lambda dout, x: np.ones_like(x) * dout[:, None] * x.shape[1]
    )
    assert "(stride = 2)" in parts["backward"].findings[0].where


def test_numbers__stay_in_their_range():
    layer = declare_layer(np.log, "x: n d", "smooth", name="logarithm", numbers={"x": (0.004, 0.02)})
    source = random_cases(layer, 0)
    drawn = np.concatenate([tensors(next(source))["x"].ravel() for _ in range(50)])
    assert drawn.min() >= 0.004
    assert drawn.max() <= 0.02


def test_labels__are_below_their_parameter_and_have_no_gradient():
    layer = EXAMPLES["loss with labels"][0]
    assert layer.shapes.differentiable == ("x",)
    assert layer.shapes.is_loss
    case = layer.case("n4c3")
    assert set(tensors(case)["y"]) <= {0, 1, 2}


@pytest.mark.parametrize(
    ("name", "per_sample", "allows_empty"),
    [("matrix product", True, True), ("loss with labels", False, False), ("no batch", False, False)],
)
def test_samples__are_seen_by_the_reference_itself(name, per_sample, allows_empty):
    layer = EXAMPLES[name][0]
    assert (layer.shapes.per_sample, layer.cases.allows_empty) == (per_sample, allows_empty)


def test_gram_matrix__is_not_judged_sample_by_sample(judge):
    layer = declare_layer(lambda x: x @ x.T, "x: n d -> n n", "quadratic", name="gram")
    parts = judge(layer, lambda x: (x @ x.T, x), lambda dout, x: (dout + dout.T) @ x)
    assert {part.verdict for part in parts.values()} == {"pass"}


def test_square_input__is_not_judged_sample_by_sample(judge):
    layer = declare_layer(lambda x: 2 * x.T, "x: n n", "linear", name="transposed")
    parts = judge(layer, lambda x: (2 * x.T, None), lambda dout, cache: 2 * dout.T)
    assert {part.verdict for part in parts.values()} == {"pass"}


def test_layer_that_mixes_samples__is_not_judged_sample_by_sample():
    layer = declare_layer(lambda x: x - x.sum(axis=0), "x: n d", "linear", name="centred")
    assert not layer.shapes.per_sample


@pytest.mark.parametrize(("count", "kinks"), [(8, 1), (40, 5)])
@pytest.mark.sample(1)
def test_kinked_reference_declared_smooth__does_not_accuse_a_right_backward(count, kinks):
    """Some of the cases have an x of 0, where the slope is a convention."""
    layer = declare_layer(lambda x: np.maximum(x, 0), "x: n d", "smooth", name="ramp")
    use_layers(layer)
    right = {
        "ramp_forward": lambda x: (np.maximum(x, 0), x),
        "ramp_backward": lambda dout, x: np.where(x > 0, dout, 0),
    }
    at_kink = 0
    for seed in range(0, count * 1000, 1000):
        plan = Plan(seed=seed, cases=16, checks=("gradient",))
        assert verify_functions(right, plan).verdict == "pass"
        source = random_cases(layer, seed)
        at_kink += any((tensors(next(source))["x"] == 0).any() for _ in range(16))
    assert at_kink > kinks


def test_conjugate_that_hides_from_a_complex_step__does_not_accuse_a_right_backward(judge):
    """The reference accepts complex numbers, and np.abs loses the derivative in them."""
    layer = declare_layer(lambda x: x * np.abs(x), "x: n d", "smooth", name="signed_square")
    parts = judge(layer, lambda x: (x * np.abs(x), x), lambda dout, x: 2 * np.abs(x) * dout)
    assert {part.verdict for part in parts.values()} == {"pass"}


def test_backward_of_the_reference__gives_the_size_of_rounding(judge):
    def slope(dout, x):
        return dout * (1 - np.tanh(x) ** 2)

    layer = declare_layer(np.tanh, "x: n d", "smooth", name="soft_sign", backward=slope, second=np.tanh)
    parts = judge(layer, lambda x: (np.tanh(x), x), slope)
    assert {part.verdict for part in parts.values()} == {"pass"}
    assert parts["backward"].miss_bound < 1e-9
