from pathlib import Path

import numpy as np
import pytest

from gradcheck.subjects.dialects.inferred.layouts import MATRICES, OURS
from gradcheck.subjects.dialects.objects.finding import is_gradient, leaf, placed
from gradcheck.subjects.dialects.objects.fitting import ONLY_ROWS
from gradcheck.subjects.dialects.objects.naming import layers_named
from gradcheck.subjects.dialects.objects.places import Place, Source
from gradcheck.subjects.dialects.support import names_in

PARTS = {
    "frameworks": 22,
    "course": 10,
    "steps": 8,
    "images": 12,
    "losses": 10,
    "names": 8,
    "limits": 8,
    "curves": 18,
    "slopes": 8,
    "sequences": 18,
    "targets": 16,
    "sums": 12,
}
FAMILIES = tuple(PARTS)

DATA = Path(__file__).parents[3] / "data"
HELPERS = names_in("objects")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.sample(1)
def test_right_classes__pass_in_every_part(judged, unpassed, family):
    target = judged(f"objects/right/{family}.py", cases=2, dialect="objects")
    assert len(target.parts) == PARTS[family]
    assert unpassed(target) == {}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.sample(every=6)
def test_wrong_class__fails_alone(judged, unpassed, family):
    path = f"objects/wrong/{family}.py"
    named = (DATA / path).read_text().partition("\n")[0].removeprefix("# wrong: ")
    target = judged(path, cases=2, dialect="objects")
    assert unpassed(target) == {named: "fail"}


INSTANCE = "InstanceNorm2D.backward"
BACK_OF_CONV = "dx[:, :, top : top + self.k, left : left + self.k] += part"

EDITS = [
    ("frameworks", 'grad @ self.params["W"].T', 'grad @ self.params["W"].T * 2', "Dense.backward"),
    ("frameworks", '"b": grad.sum(axis=0)}', '"b": grad}', "Dense.backward"),
    ("frameworks", 'x @ self.params["W"] + self', 'x @ self.params["W"] - self', "Dense.forward"),
    ("frameworks", BACK_OF_CONV, BACK_OF_CONV.replace("+=", "="), "Conv2D.backward"),
    ("frameworks", ":: self.s, :: self.s]", ":: self.s, :: self.s] * 1.5", "Conv2D.forward"),
    ("frameworks", "] += grad[n, c, i, j]", "] = grad[n, c, i, j]", "MaxPool2D.backward"),
    ("frameworks", "self.mask = x > 0", "self.mask = x > -1", "ReLU.forward"),
    ("frameworks", "/ (1 - self.rate)", "/ self.rate", "Dropout.forward"),
    ("frameworks", "g - g.mean(axis=0) - self.hat", "g - self.hat", "BatchNorm.backward"),
    ("frameworks", "self.gain * self.hat + self.bias", "self.hat + self.bias", "LayerNorm.forward"),
    ("frameworks", "g - g.mean(-1, keepdims=True) -", "g -", "LayerNorm.backward"),
    (
        "course",
        "window = self.padded[self._window(i, j)]",
        "window = self.padded[self._window(i, i)]",
        "Conv.forward",
    ),
    ("course", "error_tensor.sum(axis=(0, 2, 3))", "error_tensor.mean(axis=(0, 2, 3))", "Conv.backward"),
    ("course", "] += error_tensor[n, c, i, j]", "] = error_tensor[n, c, i, j]", "Pooling.backward"),
    ("course", "error - error.mean(axis=0) -", "error -", "BatchNormalization.backward"),
    (
        "steps",
        "self.weights -= learning_rate *",
        "self.weights += learning_rate *",
        "DenseLayer.backward_propagation",
    ),
    ("steps", "learning_rate * gradient @", "learning_rate * 2 * gradient @", "Linear.backward"),
    ("images", "d_L_d_filters[f] += d_L", "d_L_d_filters[f] = d_L", "Conv3x3.backprop"),
    (
        "images",
        "along = (g * self.hat).mean(axis=(2, 3)",
        "along = (g * self.hat).mean(axis=(0, 2, 3)",
        INSTANCE,
    ),
    ("images", "g = g * self.gamma", "pass", INSTANCE),
    ("images", "spread = x.var(axis=(2, 3)", "spread = x.var(axis=(0, 2, 3)", "InstanceNorm2D.forward"),
    ("images", "np.dot(dvalues, self.weights.T)", "np.dot(dvalues, -self.weights.T)", "Layer_Dense.backward"),
    ("images", '"nijf,ijfc->nc", window', '"nijf,jifc->nc", window', "Conv2DTranspose.backward"),
    (
        "losses",
        "self.difference / self.difference.size",
        "2 * self.difference / self.difference.size",
        "MSELoss.backward",
    ),
    (
        "names",
        "self.lr * gradY.sum(axis=(0, 2, 3))",
        "self.lr * gradY[0].sum(axis=(1, 2))",
        "ConvLayer.backProp",
    ),
    ("names", "None, None] / self.k**2", "None, None] / self.k", "AveragePool.backward"),
    ("names", '"hwij,hwf->fij", self', '"hwij,hwf->fji", self', "GrayConv.backward"),
    ("names", "self.c -= eta * dy.sum", "self.c += eta * dy.sum", "Projection.backward"),
    ("limits", "[:, :, ::-1, ::-1]", "[:, :, ::-1]", "Conv.backward"),
    ("limits", "errors.sum(axis=(0, 2, 3))", "errors.mean(axis=(0, 2, 3))", "Conv.backward"),
    (
        "limits",
        "self.difference / len(self.difference)",
        "self.difference / self.difference.size",
        "MSE.backward",
    ),
    ("curves", "- (grad * self.p).sum(axis=self.dim, keepdims=True)", "", "Softmax.backward"),
    ("curves", "powers.sum(axis=self.dim, keepdims=True)", "powers.sum()", "Softmax.forward"),
    ("curves", "self.beta * self.x * self.gate *", "self.gate *", "Swish.backward"),
    ("curves", "(1 + 3 * 0.044715 *", "(1 + 0.044715 *", "GELU.backward"),
    ("curves", "(x + 0.044715 * x**3)", "(x + 0.044715 * x**2)", "GELU.forward"),
    ("curves", "1, self.out + self.alpha)", "1, self.out)", "ELU.backward"),
    ("curves", "x, 0.5 * np.expm1(", "x, 0.5 * np.exp(", "EluLayer.forward"),
    ("curves", "1 / (1 + np.exp(-x))", "1 / (1 + np.exp(x))", "SoftplusActivation.gradient"),
    ("curves", "grad / (self.shape[2] *", "grad / (self.shape[3] *", "GlobalAvgPool2d.backward"),
    (
        "sequences",
        "- self.xhat * np.mean(g * self.xhat, axis=-1, keepdims=True)",
        "- self.xhat",
        "RMSNorm.backward",
    ),
    ("sequences", "* r**3 * (gy * x)", "* r**2 * (gy * x)", "RMSNormLayer.backward"),
    ("sequences", "dg = np.sum(dy * x * r,", "dg = np.sum(dy * x,", "RMSNormLayer.backward"),
    ("sequences", "self.db = dout.sum(axis=(0, 2))", "self.db = dout.mean(axis=(0, 2))", "Conv1d.backward"),
    ("sequences", "dxp[:, :, i * s : i * s + k] +=", "dxp[:, :, i * s : i * s + k] =", "Conv1d.backward"),
    ("sequences", "i * s : i * s + k], self.W", "i : i + k], self.W", "Conv1d.forward"),
    ("sequences", "j * d : j * d + n], w[:, :, j])", "j : j + n], w[:, :, j])", "Convolution1D.forward"),
    ("sequences", "np.add.at(dW, self.idx, dout)", "dW[self.idx] += dout", "EmbeddingLayer.backward"),
    (
        "sequences",
        "np.add.at(self.grads[0], self.xs[:, t], dout[:, t])",
        "self.grads[0][self.xs[:, t]] += dout[:, t]",
        "TimeEmbedding.backward",
    ),
    ("sequences", "rows.sum(axis=0)", "rows.mean(axis=0)", "TimeAffine.backward"),
    ("sequences", "return self.W[x]", "return self.W[x - 1]", "WordEmbedding.forward"),
    ("targets", "return np.sign(self.diff) / self.diff.size", "return np.sign(self.diff)", "L1Loss.backward"),
    ("targets", "/ (self.p * (1 - self.p)) / self.p.size", "/ self.p.size", "BCELoss.backward"),
    ("targets", "1 / (1 + np.exp(-self.x)) - self.y", "self.x - self.y", "BCEWithLogitsLoss.backward"),
    ("targets", "return -self.q / self.q.shape[0]", "return self.q / self.q.shape[0]", "KLDivLoss.backward"),
    ("targets", "return np.sign(self.e)", "return self.e", "MAELoss.grad"),
    ("losses", "2 * (y_pred - y_true)", "2 * (y_true - y_pred)", "MeanSquaredError.gradient"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("family", "was", "now", "wrong"), EDITS)
@pytest.mark.sample("family")
def test_edited_class__is_the_one_that_fails(judged, unpassed, edited, family, was, now, wrong):
    target = judged(edited(f"objects/right/{family}.py", was, now), cases=4, dialect="objects")
    verdicts = {name: verdict for name, verdict in unpassed(target).items() if verdict != "inconclusive"}
    assert verdicts == {wrong: "fail"}


BY_ROW, BY_COLUMN = (
    f"x.max(axis={axis}, keepdims=True))\n        self.p = e / e.sum(axis={axis}" for axis in (1, 0)
)


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now", "wrong"),
    [
        ("window += self.w * ", "window += self.w[:, ::-1] * ", "DepthwiseConv2D.backward"),
        (" / part[0, 0].size", "", "AdaptiveAvgPool2d.backward"),
        ("[..., None] / self.mask.sum()", "[..., None] / self.mask.size", "TimeSoftmaxWithLoss.backward"),
        (BY_ROW, BY_COLUMN, "Softmax.forward"),
        ("self.delta * (abs(self.r) - self.delta / 2)", "self.delta * abs(self.r)", "HuberLoss.forward"),
    ],
)
def test_mistake_in_a_sum__is_found(judged, edited, was, now, wrong):
    path = edited("objects/right/sums.py", was, now)
    target = judged(path, cases=0, checks=("output", "gradient"), hint="place")
    assert {part.function for part in target.parts if part.verdict.is_wrong} == {wrong}


@pytest.mark.slow
def test_softmax_whose_loss_has_the_gradient__is_judged_forward_only(judged, edited):
    slope = "self.p * (grad - (grad * self.p).sum(axis=self.dim, keepdims=True))"
    target = judged(edited("objects/right/curves.py", slope, "grad"), cases=2, dialect="objects")
    parts = {part.function: part for part in target.parts}
    assert parts["Softmax.forward"].verdict == "pass"
    assert "Softmax.backward" not in parts
    assert any("gradient of both" in each.message for each in parts["Softmax.forward"].findings)


@pytest.mark.slow
def test_derivative_of_an_activation__is_understood_whatever_its_class_is_called(judged, unpassed):
    target = judged("objects/right/slopes.py", cases=2)
    assert len(target.parts) == 8
    assert unpassed(target) == {}
    said = {part.function: part.understood for part in target.parts}
    assert said["Sigmoid.backward"].endswith("the derivative at z, without dout")


@pytest.mark.parametrize("axes", ["ij", "ijk"])
def test_backward_that_raises_at_more_axes__is_asked_for_rows(tmp_path, judged, axes):
    path = tmp_path / "rows.py"
    path.write_text(
        "import numpy as np\n\n\nclass Tanh:\n"
        "    def forward(self, x):\n        self.y = np.tanh(x)\n        return self.y\n\n"
        f"    def backward(self, grad):\n        axes = '{axes}'[:grad.ndim]\n"
        "        return np.einsum(f'{axes},{axes}->{axes}', grad, 1 - self.y**2)\n"
    )
    parts = judged(path, cases=2).parts
    assert [(part.verdict, ONLY_ROWS in part.unasked) for part in parts] == [("pass", True)] * 2


def test_another_function__is_not_judged(judged):
    target = judged("objects/others.py", cases=2, dialect="objects")
    assert target.parts == ()
    reasons = {each.name: each.reason for each in target.unjudged}
    assert reasons["Dense.forward"] == "applies a sigmoid to what the layer gives"
    assert reasons["CrossEntropyLoss.backward"] == "takes probabilities, not scores: it has no softmax"
    assert reasons["Hinge.forward"].startswith("its value is not this loss of scores and labels")
    assert "its name is that of no layer" in reasons["Projection"]
    assert reasons["Softmax.forward"] == "its softmax is over the first axis, where samples are columns"
    assert reasons["RMSNorm.forward"] == "adds its eps to the root, and not within it"
    assert reasons["Conv1d.forward"].startswith("turns its filters round")
    assert reasons["Embedding.forward"].startswith("none of its outputs is a row of its table")
    assert reasons["SoftmaxLayer.forward"].startswith("its softmax is over all values together")
    assert reasons["RMSNormLayer.forward"] == "its gain is 1 more than its parameter"
    assert reasons["BCELoss.forward"].startswith("a small number within its logarithms")
    assert reasons["KLDivLoss.forward"].startswith("its value is not this loss of scores and labels")
    assert reasons["GELU.forward"].startswith("its constants are rounded")
    assert reasons["SiLU.forward"] == "its values differ from the layer's, and how may be the reason"
    assert "what to pass to forward(x, schedule)" in reasons["ReLU.forward"]
    assert (
        reasons["Linear.forward"]
        == "what to pass for config, registry, backend is not known (an adapter can say how it is called)"
    )


@pytest.mark.slow
def test_limits_of_right_classes__are_noted(judged, conventions):
    target = judged("objects/right/limits.py", cases=2, dialect="objects")
    assert {message.partition(":")[0] for name, message in conventions(target) if name == "Conv.forward"} == {
        "fails at even extents of a kernel, as its padding needs a middle",
        "is judged with an optimizer that makes plain steps, at rates of 2^30 and 2^20",
    }


@pytest.mark.slow
def test_overflow__is_a_note(judged, unpassed, edited):
    copy = edited(
        "objects/right/losses.py", "powers = np.exp(x - x.max(axis=1, keepdims=True))", "powers = np.exp(x)"
    )
    target = judged(copy, cases=2, dialect="objects")
    assert unpassed(target) == {}
    noted = {part.function for part in target.parts for each in part.findings if each.check == "large"}
    assert noted == {"SoftmaxLoss.forward", "SoftmaxLoss.backward"}


def test_undefined_name__is_an_error_of_the_class(judged, unpassed, edited):
    copy = edited("objects/wrong/steps.py", "self.x = x", "self.x = inputs")
    assert unpassed(judged(copy, cases=2, dialect="objects"))["Dense.forward"] == "error"


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("Conv2D", ("conv2d",)),
        ("FullyConnectedLayer", ("affine",)),
        ("Activation_ReLU", ("relu",)),
        ("Pooling", ("max_pool2d", "avg_pool2d")),
        ("BatchNormalization", ("batch_norm", "spatial_batch_norm")),
        ("GrayConv", ("conv2d",)),
        ("DepthwiseConv2D", ("depthwise_conv2d",)),
        ("Network", ()),
    ],
)
def test_class_name__says_which_layers_it_may_be(name, layers):
    assert layers_named(name) == layers


def test_parameters__are_found_by_shape_and_by_name():
    class Inner:
        def __init__(self):
            self.data, self.grad = np.ones((4, 3)), np.ones((4, 3))

    class Outer:
        def __init__(self):
            self.weight, self.db, self.history = Inner(), np.zeros(4), [np.zeros(4)]
            self.params = {"b": np.zeros((1, 4))}

    flat = HELPERS["arrays_with_paths"](Outer())
    shapes = {"x": (2, 3), "w": (3, 4), "b": (4,)}
    ((w, b),) = placed("affine", ["w", "b"], shapes, list(zip(flat[::2], flat[1::2], strict=True)))
    assert (w.path, w.layout) == ("weight/data", MATRICES[1])
    assert (b.path, b.layout.name) == ("params/b", "(1, C)")


def test_row_of_weights__is_the_bias():
    place = Place(("w", "b"), "weights", MATRICES[1], is_last=False)
    tensors = {"w": np.arange(6.0).reshape(3, 2), "b": np.array([7.0, 8.0])}
    theirs = place.theirs(tensors)
    assert theirs.shape == (2, 4)
    assert theirs[:, 0].tolist() == [7, 8]
    assert all(np.array_equal(values, tensors[name]) for name, values in place.ours(theirs).items())


def test_mean_over_samples__is_multiplied_by_their_number():
    source = Source("held", "dW", Place(("w",), "dW", OURS), is_mean=True)
    assert source.ours(np.array([[0.5]]), samples=4)["w"].tolist() == [[2.0]]


@pytest.mark.parametrize(
    "path", ["dW", "db1", "grad_w", "weights_grad", "d_weights", "gradients/W", "dL_dW", "dinputs"]
)
def test_gradient__is_recognised_by_its_name(path):
    assert is_gradient(path)


@pytest.mark.parametrize("path", ["W", "beta", "data", "bias", "depth", "params/b", "dilation"])
def test_other_attribute__is_no_gradient(path):
    assert not is_gradient(path)


def test_leaf__leaves_wrappers_out():
    assert [leaf(path) for path in ("params/W", "weight/data", "b", "data")] == ["W", "weight", "b", "data"]


def test_put_array__replaces_every_name_of_it():
    class Held:
        def __init__(self):
            self.W = np.zeros(2)
            self.params = [self.W]

    held = Held()
    HELPERS["put_array_at"](held, "params/0", np.ones(2))
    assert held.W.tolist() == held.params[0].tolist() == [1, 1]
    assert HELPERS["array_at"](held, "params/7") is None
