"""check_network: right networks pass, a wrong joint is blamed, and what cannot be judged says why."""

import re
import runpy
import sys
import types
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest

import networks
from gradcheck import GradientError, check_network, fast, naive

DATA = Path(__file__).parents[2] / "data"
ROWS = networks.rows()
FIRST = {(row.kind, row.network): row for row in reversed(ROWS)}
SMALL_FIRST = sorted(FIRST.values(), key=lambda row: row.network == "tensors")
RNG = np.random.default_rng(0)


def refused(*args, **options):
    with pytest.raises(GradientError) as caught:
        check_network(*args, **options)
    return caught.value.report, str(caught.value)


def blame(report):
    return [each.message for each in report.findings if each.check in ("joints", "regularisation")]


# Networks of several courses.


@pytest.mark.parametrize("network", networks.NETWORKS)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.sample("network")
def test_right_network__passes(network, seed):
    found, causes, message = networks.verdict(network, seed)
    assert (found, causes) == ("pass", []), message


@pytest.mark.parametrize("row", SMALL_FIRST, ids=lambda row: f"{row.kind}-{row.network}")
@pytest.mark.sample(every=17)
def test_wrong_joint__is_blamed(row):
    found, causes, message = networks.verdict(row.network, 1, row)
    assert found == "fail"
    assert re.search(row.blamed, causes[0]), message
    assert len(message.splitlines()) <= 12


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row__changes_its_network(row):
    right, wrong = (networks.made(row.network, 0, each) for each in (None, row))
    assert type(right[0]).__name__ == type(wrong[0]).__name__


@pytest.mark.slow
def test_models_of_the_course__pass_in_double_precision(monkeypatch):
    monkeypatch.syspath_prepend(str(DATA / "cs231n" / "package"))
    monkeypatch.setitem(sys.modules, "past.builtins", types.SimpleNamespace(xrange=range))
    for name in ("past", "matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    from cs231n.classifiers.cnn import ThreeLayerConvNet
    from cs231n.classifiers.fc_net import FullyConnectedNet

    x, y = RNG.standard_normal((3, 5)), np.array([0, 2, 1])
    for options in ({}, {"normalization": "batchnorm"}, {"normalization": "layernorm"}):
        options |= {"reg": 0.5, "weight_scale": 0.5, "dtype": np.float64}
        net = FullyConnectedNet([4, 4], input_dim=5, num_classes=3, **options)
        assert check_network(net, x, y).verdict == "pass"
    net = ThreeLayerConvNet((2, 4, 4), 2, 3, 4, 3, weight_scale=0.5, reg=0.5, dtype=np.float64)
    before = {name: value.copy() for name, value in net.params.items()}
    assert check_network(net, RNG.standard_normal((2, 2, 4, 4)), y[:2]).verdict == "pass"
    assert all(np.array_equal(net.params[name], before[name]) for name in before)
    single = FullyConnectedNet([4], input_dim=5, num_classes=3, reg=0.5, weight_scale=0.5)
    assert (
        check_network(single, x, y).verdict == "pass"
    )  # its parameters are in double precision for the check


@pytest.mark.parametrize("dtype", ["parameters", "loss"])
def test_single_precision__is_not_judged(dtype):
    params = weights()
    if dtype == "parameters":
        params = {name: value.astype(np.float32) for name, value in params.items()}

    def loss(X, y):
        value, grads = inline(params)(X, y)
        return (np.float32(value) if dtype == "loss" else value), grads

    report, message = refused(loss, X, Y, params=params)
    assert report.verdict == "inconclusive"
    assert "not judged, because the loss or a parameter is in single precision" in message


def test_regulariser_of_an_optimiser__is_left_out_and_noted():
    module = runpy.run_path(str(networks.FOLDER / "errors.py"))
    net, data = module["case"](0, module["L2_Regularizer"](0.1))
    weights = net.layers[1].weights
    report = check_network(net, *data)
    assert [each.message for each in report.findings] == [
        "the regularizer of 3 optimizers was left out: it adds to the update, not to the gradients"
    ]
    assert net.layers[1].weights is weights
    assert net.layers[1].optimizer.regularizer is not None


# Chains.

Y = np.array([0, 2, 1, 1])
X = RNG.standard_normal((4, 3))
W, B = RNG.standard_normal((3, 3)), RNG.standard_normal(3)


def chain(package, relu_backward=None):
    return {
        "affine": (package.affine_forward, package.affine_backward, {"w": W, "b": B}),
        "relu": (package.relu_forward, relu_backward or package.relu_backward),
        "loss": (package.softmax_loss_forward, package.softmax_loss_backward),
    }


@pytest.mark.parametrize("package", [naive, fast])
def test_chain__passes_with_and_without_a_loss(package):
    links = chain(package)
    assert check_network(links, X, Y).verdict == "pass"
    assert check_network(list(links.values())[:2], X).verdict == "pass"


def test_chain__blames_the_link_that_is_wrong():
    report, message = refused(chain(fast, lambda dout, cache: dout), X, Y)
    assert blame(report)[0].startswith(
        "to blame  <lambda> (link relu): it gets the right upstream gradient, and"
    )
    assert "daffine.w[" in message


@pytest.mark.slow
def test_chain_of_objects__finds_parameters_and_blames_the_layer():
    errors = runpy.run_path(str(networks.FOLDER / "errors.py"))

    class Wrong(errors["FullyConnected"]):
        def backward(self, error_tensor):
            error = super().backward(error_tensor)
            self._gradient_weights *= 2
            return error

    def layers(kind):
        found = [kind(3, 4), errors["Sigmoid"](), errors["FullyConnected"](4, 3), errors["SoftMax"]()]
        for layer in found[::2]:
            layer.weights = RNG.standard_normal(layer.weights.shape)
        return [*found, errors["CrossEntropyLoss"]()]

    assert check_network(layers(errors["FullyConnected"]), X, np.eye(3)[Y]).verdict == "pass"
    report, _ = refused(layers(Wrong), X, np.eye(3)[Y])
    assert blame(report) == [
        "to blame  Wrong.backward gets the right upstream gradient, and 1.gradient_weights is wrong: it is 2 times "
        "the right one"
    ]


# A function, and what is honest to say of it.


def softmax(scores, y):
    p = np.exp(scores - scores.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    return -np.log(p[np.arange(len(y)), y]).mean(), d / len(y)


def inline(params, reg=0.5, in_loss=1.0, in_gradient=1.0):
    def loss(X, y):
        h = np.maximum(0, X @ params["W1"])
        value, d = softmax(h @ params["W2"], y)
        value += in_loss * 0.5 * reg * sum(np.sum(w**2) for w in params.values())
        grads = {"W2": h.T @ d, "W1": X.T @ (d @ params["W2"].T * (h > 0))}
        return value, {name: grads[name] + in_gradient * reg * params[name] for name in params}

    return loss


def weights():
    return {"W1": RNG.standard_normal((3, 5)), "W2": RNG.standard_normal((5, 3))}


def test_function__that_does_everything_itself_passes_and_keeps_its_arrays():
    params = weights()
    before = {name: value.copy() for name, value in params.items()}
    assert check_network(inline(params), X, Y, params=params).verdict == "pass"
    assert all(np.array_equal(params[name], before[name]) for name in params)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shares", "words"),
    [((1.0, 0.0), "0.5 times W1 is missing"), ((0.0, 1.0), "0.5 times W1 is too much")],
)
def test_regularisation__is_seen_from_the_numbers_alone(shares, words):
    params = weights()
    loss = inline(params, in_loss=shares[0], in_gradient=shares[1])
    report, _ = refused(loss, X, Y, params=params)
    assert words in blame(report)[0]


def test_regularisation__that_is_an_argument_is_taken_away():
    params = weights()

    def loss(X, y, reg):
        return inline(params, reg, in_gradient=2.0)(X, y)

    report, _ = refused(loss, X, Y, 0.5, params=params)
    assert blame(report) == [
        "the regularisation in the gradient of W1 and W2 is 2 times that of the loss, whose gradient is 0.5 times the "
        "weights: the loss is lacking a factor 2, or has one of 0.5 that the gradient does not know"
    ]


def test_regularisation__of_zero_is_noted():
    net, data, _ = networks.made("fully_connected", 0)
    net.reg = 0.0
    (found,) = check_network(net, *data).findings
    assert found.message == "the regularisation is 0: its gradient was not judged; make it larger"


def test_loss_at_random__is_not_judged():
    params, rng = weights(), np.random.default_rng(0)

    def loss(X, y):
        return inline(params)(X * (rng.random(X.shape) < 0.5), y)

    report, message = refused(loss, X, Y, params=params)
    assert report.verdict == "inconclusive"
    assert "not judged, because a second, equal call gives another loss" in message


def test_parameters_that_the_loss_does_not_read__are_not_judged():
    _, message = refused(inline(weights()), X, Y, params=weights())
    assert "not judged, because the loss does not change with the parameters" in message


def test_missing_and_malformed_gradients__are_named():
    params = weights()

    def loss(X, y):
        value, grads = inline(params)(X, y)
        return value, {"W1": grads["W1"].T}

    _, message = refused(loss, X, Y, params=params)
    assert "dW1 has shape (5, 3); expected (3, 5)" in message
    assert "there is no gradient for the parameter W2" in message


def test_kinks__accuse_nobody():
    params = {"W1": np.zeros((3, 5)), "W2": RNG.standard_normal((5, 3))}
    try:
        verdict = check_network(inline(params), X, Y, params=params).verdict
    except GradientError as error:
        verdict = error.report.verdict
    assert verdict in ("pass", "inconclusive")


@pytest.mark.parametrize(
    ("args", "options", "error", "words"),
    [
        ((3,), {}, TypeError, "the network is a int; expected a function loss"),
        ((lambda X: X, X), {}, TypeError, "params is None; expected a dict by name"),
        ((lambda X: X, X), {"params": {"w": W}}, TypeError, r"returned a ndarray; expected \(loss, grads\)"),
        (
            (lambda X: (1.0, 2.0), X),
            {"params": {"w": W.copy()}},
            TypeError,
            "the gradients are a float; expected a dict",
        ),
        ((lambda X: X, X), {"params": {"w": [1.0]}}, TypeError, "a parameter is a list"),
        (([],), {}, ValueError, "the chain is empty"),
        (([(fast.relu_forward,)], X), {}, TypeError, r"link 1 is not \(forward, backward\)"),
        (([(fast.relu_forward, fast.relu_backward)],), {}, TypeError, "a chain needs its input"),
        (([object()], X), {}, TypeError, "link 1 is a object; expected an object with forward and backward"),
        (
            ([(fast.relu_forward, fast.relu_backward)], X),
            {"params": {"w": W}},
            TypeError,
            "params= has no meaning here",
        ),
    ],
)
def test_wrong_call__says_what_was_expected(args, options, error, words):
    with pytest.raises(error, match=words) as caught:
        check_network(*args, **options)
    assert str(caught.value).startswith("check_network: ")


def test_failure__shows_no_source_of_the_suite(pytester):
    pytester.makepyfile(
        """
import numpy as np
from gradcheck import check_network, fast

def test_net():
    chain = [(fast.affine_forward, lambda dout, cache: (dout, dout, dout), {"w": np.eye(3), "b": np.ones(3)})]
    check_network([(fast.tanh_forward, lambda dout, cache: dout)], np.ones((2, 3)))
"""
    )
    run = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-q")
    run.assert_outcomes(failed=1)
    text = run.stdout.str()
    lines = re.findall(r"^E\s+(.*)$", text, flags=re.M)
    assert lines[0].endswith("GradientError: chain of 1 links    FAIL")
    assert lines[1].startswith(
        "to blame  <lambda> (link 1): it gets the right upstream gradient, and returns a wrong"
    )
    assert "gradcheck/models" not in text


@pytest.mark.slow
def test_biases_of_zero_on_blank_images__are_judged_nearby():
    blank = X * np.array([[1.0], [0.0], [0.0], [1.0]])
    links = {
        "affine": (fast.affine_forward, fast.affine_backward, {"w": W, "b": np.zeros(3)}),
        "relu": (fast.relu_forward, fast.relu_backward),
        "loss": (fast.softmax_loss_forward, fast.softmax_loss_backward),
    }
    (found,) = check_network(links, blank, Y).findings
    assert found.message.startswith("judged at parameters moved at random")
    links["relu"] = (fast.relu_forward, lambda dout, cache: dout)
    _, message = refused(links, blank, Y)
    assert (
        "<lambda> (link relu): it gets the right upstream gradient, and returns a wrong gradient of x"
        in message
    )


OWN_LAYERS = """
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, x):
    return dout
"""


@pytest.mark.slow
def test_layers__are_found_where_they_are_named(monkeypatch):
    module = types.ModuleType("own_layers")
    exec(OWN_LAYERS, module.__dict__)
    monkeypatch.setitem(sys.modules, "own_layers", module)
    params = weights()

    def loss(X, y):
        layers = sys.modules["own_layers"]  # no name that this code sees leads there
        h, cache = layers.relu_forward(X @ params["W1"])
        value, d = softmax(h @ params["W2"], y)
        return value, {"W1": X.T @ layers.relu_backward(d @ params["W2"].T, cache), "W2": h.T @ d}

    report, _ = refused(loss, X, Y, params=params)
    assert "to blame  not found, because no layer was seen: name their module or class in layers=" in blame(
        report
    )
    report, _ = refused(loss, X, Y, params=params, layers=module)
    assert blame(report)[0].startswith(
        "to blame  relu_backward: it gets the right upstream gradient, and returns a"
    )
    assert module.relu_forward.__code__.co_name == "relu_forward"  # the wrapper is gone


@pytest.mark.slow
def test_two_mistakes__are_both_blamed():
    source = (networks.FOLDER / "course.py").read_text()
    source = source.replace("dn1 = relu_backward(dh1, act1)", "dn1 = dh1", 1)
    source = source.replace("db = np.sum(dout, axis=0)", "db = np.mean(dout, axis=0)", 1)
    module = types.ModuleType("two_mistakes")
    exec(source, module.__dict__)
    net, data = module.fully_connected(0)
    report, message = refused(net, *data)
    told = "\n".join(blame(report))
    assert (
        "affine_backward (call 3 of 3): it gets the right upstream gradient, and returns a wrong gradient of b"
        in told
    )
    assert "relu_backward (call 1 of 2) is never called" in told
    assert len(message.splitlines()) <= 12
