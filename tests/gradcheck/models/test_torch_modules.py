"""check_network on modules of PyTorch: autograd is right, and what the author cuts or writes by hand may be wrong."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradcheck import GradientError, check_network

torch = pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')

FOLDER = Path(__file__).parents[2] / "data" / "networks"
LOSS = torch.nn.functional.cross_entropy


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Many threads for a few numbers each cost more time than they save."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def modules():
    sys.path.insert(0, str(FOLDER))
    import modules

    yield modules
    sys.path.remove(str(FOLDER))
    del sys.modules["modules"]


def message_of(modules, name, seed=0):
    with torch.random.fork_rng():
        net, data = modules.made(name, seed), modules.data(name, seed)
    with pytest.raises(GradientError) as caught:
        check_network(net, *data, loss=LOSS)
    assert len(str(caught.value).splitlines()) <= 12
    return str(caught.value)


@pytest.mark.parametrize("name", ["mlp", "ConvNet", "Tagger", "Attention"])
def test_right_module__passes_and_is_unchanged(modules, name):
    with torch.random.fork_rng():
        net, data = modules.made(name, 1), modules.data(name, 1)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    assert check_network(net, *data, loss=LOSS).verdict == "pass"
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


WRONG = {
    "wrong_mlp": r"to blame  the backward of 1 \(Activation\): it gets the right upstream gradient, and returns a w",
    "ForgetsSkip": r"to blame  the backward of conv1 \(Conv2d\) gets a wrong upstream gradient: .* is not added",
    "ForgetsMiddle": r"to blame  the backward of conv1 \(Conv2d\) gets a wrong upstream gradient: .* only a part of",
    "NoGrad": r"to blame  the backward of second \(Linear\) gets a wrong upstream gradient: it is zero",
}


@pytest.mark.parametrize(("name", "words"), WRONG.items(), ids=WRONG)
def test_wrong_joint__is_blamed(modules, name, words):
    message = message_of(modules, name)
    assert re.search(words, message), message


def test_module_without_a_loss__is_weighed():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh())
    assert check_network(net, torch.ones(4, 3)).verdict == "pass"


def test_frozen_parameter__is_noted():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2))
    net[0].weight.requires_grad_(False)
    (found,) = check_network(net, torch.ones(4, 3)).findings
    assert found.message == "0.weight: frozen (requires_grad=False), not checked"


def test_dropout__is_not_judged_in_training():
    net = torch.nn.Sequential(torch.nn.Linear(3, 20), torch.nn.Dropout(0.5))
    with pytest.raises(GradientError, match="not judged, because a second, equal call gives another loss"):
        check_network(net, torch.ones(4, 3))
    assert check_network(net.eval(), torch.ones(4, 3)).verdict == "pass"


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        ((), {}, "a module needs its input"),
        ((torch.ones(4, 3), torch.ones(4)), {}, "loss is None, and the module takes one input"),
        ((torch.ones(4, 3),), {"params": {}}, "params= has no meaning here"),
    ],
)
def test_wrong_call__says_what_was_expected(data, options, words):
    with pytest.raises(TypeError, match=f"^check_network: {words}"):
        check_network(torch.nn.Linear(3, 2), *data, **options)


def test_torch__is_not_imported_for_other_networks():
    code = (
        "import sys, numpy as np; from gradcheck import check_network, fast;"
        "check_network([(fast.tanh_forward, fast.tanh_backward)], np.ones((2, 3))); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("seed", [3, 28])
def test_random_module__passes_and_its_spoilt_joint_is_blamed(seed):
    import network_modules

    with torch.random.fork_rng():
        right, wrong = (network_modules.made(seed, is_wrong) for is_wrong in (False, True))
    assert check_network(right[0], *right[1], loss=LOSS).verdict == "pass"
    with pytest.raises(GradientError) as caught:
        check_network(wrong[0], *wrong[1], loss=LOSS)
    assert re.search(wrong[2], str(caught.value).splitlines()[1])


class Linear:
    """A layer by hand on tensors: a class of static functions, as in another course."""

    @staticmethod
    def forward(x, w, b):
        return x.view(x.shape[0], -1).mm(w) + b, (x, w, b)

    @staticmethod
    def backward(dout, cache):
        x, w, _ = cache
        return dout.mm(w.t()).view(x.shape), x.view(x.shape[0], -1).t().mm(dout), dout.sum(dim=0)


class ReLU:
    @staticmethod
    def forward(x):
        return x.clamp(min=0), x

    @staticmethod
    def backward(dout, cache):
        return dout * (cache > 0)


class ByHand:
    def __init__(self, goes_past=False, reg_in_gradient=1.0):
        generator = torch.Generator().manual_seed(0)
        self.reg, self.goes_past, self.reg_in_gradient = 0.3, goes_past, reg_in_gradient
        sizes = {"W1": (4, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)}
        self.params = {
            name: torch.randn(size, generator=generator, dtype=torch.float64) for name, size in sizes.items()
        }

    def loss(self, X, y):
        p = self.params
        a, first = Linear.forward(X, p["W1"], p["b1"])
        h, relu = ReLU.forward(a)
        scores, second = Linear.forward(h, p["W2"], p["b2"])
        loss = LOSS(scores, y) + self.reg * (p["W1"].square().sum() + p["W2"].square().sum())
        dscores = (scores.softmax(dim=1) - torch.nn.functional.one_hot(y, 3)) / len(y)
        grads = {}
        dh, grads["W2"], grads["b2"] = Linear.backward(dscores, second)
        da = dh if self.goes_past else ReLU.backward(dh, relu)
        _, grads["W1"], grads["b1"] = Linear.backward(da, first)
        for name in ("W1", "W2"):
            grads[name] += 2 * self.reg_in_gradient * self.reg * p[name]
        return loss, grads


def test_layers_by_hand_on_tensors__are_judged_at_their_joints():
    data = (
        torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)),
        torch.arange(6) % 3,
    )
    assert check_network(ByHand(), *data).verdict == "pass"
    for net, words in (
        (ByHand(goes_past=True), r"Linear.backward \(call 1 of 2\) .*: ReLU.backward is never called"),
        (
            ByHand(reg_in_gradient=0.5),
            "the regularisation in the gradient of W1 and W2 is 0.5 times that of the loss",
        ),
        (
            ByHand(reg_in_gradient=0),
            "the regularisation is forgotten in the gradient of W1 and W2: add 0.6 times",
        ),
    ):
        with pytest.raises(GradientError, match=words):
            check_network(net, *data)


class LossAlone(ByHand):
    """A model whose loss leaves the backward to autograd; a weight is used twice."""

    def __init__(self, cuts=False):
        super().__init__()
        self.params = {name: value.requires_grad_() for name, value in self.params.items()}
        self.cuts = cuts

    def loss(self, X, y):
        p = self.params
        h = torch.tanh(X.mm(p["W1"]) + p["b1"])
        h = h.detach() if self.cuts else h
        return LOSS(h.mm(p["W2"]) + p["b2"] + h.mm(p["W1"].t()).sum(dim=1, keepdim=True).sin() * p["b2"], y)


def test_loss_alone__has_the_gradients_of_autograd():
    data = (
        torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)),
        torch.arange(6) % 3,
    )
    assert check_network(LossAlone(), *data).verdict == "pass"
    with pytest.raises(GradientError, match=r"dW1\["):
        check_network(LossAlone(cuts=True), *data)
