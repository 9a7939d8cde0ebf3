"""The dialect of small libraries' tensors and of static classes on arrays: right files pass, each mistake is found."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import Level
from gradcheck.subjects.dialects.inferred.words import layer_of

DATA = Path(__file__).parents[3] / "data" / "tensors"

LAYERS = {
    "static_arrays": {
        "Affine.forward": "affine",
        "Affine.backward": "affine",
        "Conv.forward": "conv2d",
        "Conv.backward": "conv2d",
        "LeakyReLU.forward": "leaky_relu",
        "LeakyReLU.backward": "leaky_relu",
    },
    "ops": {
        "MatMul.compute": "affine",
        "MatMul.gradient": "affine",
        "ReLU.compute": "relu",
        "ReLU.gradient": "relu",
        "Tanh.compute": "tanh",
        "Tanh.gradient": "tanh",
        "Conv.compute": "conv2d",
        "Conv.gradient": "conv2d",
        "LogSoftmax.compute": "softmax",
        "LogSoftmax.gradient": "softmax",
    },
    "functions_with_context": {
        "Sigmoid.forward": "sigmoid",
        "Sigmoid.backward": "sigmoid",
        "ReLU.forward": "relu",
        "ReLU.backward": "relu",
        "MatMul.forward": "affine",
        "MatMul.backward": "affine",
    },
    "contexts_with_options": {
        f"{name}.{part}{alias}": layer
        for part in ("forward", "backward")
        for name, alias, layer in (
            ("Conv2dFun", ", conv2d", "conv2d"),
            ("AvgPool2d", "", "avg_pool2d"),
            ("Linear", "", "affine"),
            ("Dropout", "", "dropout"),
            ("MSE", "", "mse_loss"),
            ("CrossEntropy", "", "softmax_loss"),
        )
    },
    "contexts_on_arrays": {
        "ReLU.forward": "relu",
        "ReLU.backward": "relu",
        "LeakyReLU.forward": "leaky_relu",
        "LeakyReLU.backward": "leaky_relu",
    },
    "contexts_of_curves": {
        f"{name}.{part}": layer
        for part in ("forward", "backward")
        for name, layer in (
            ("Softmax", "softmax"),
            ("SiLU", "silu"),
            ("GELUTanh", "gelu"),
            ("ELU", "elu"),
            ("Softplus", "softplus"),
            ("GlobalAvgPool2d", "global_avg_pool2d"),
        )
    },
    "contexts_of_norms": {
        f"{name}.{part}": layer
        for part in ("forward", "backward")
        for name, layer in (
            ("LayerNorm", "layer_norm"),
            ("RMSNorm", "rms_norm"),
            ("Embedding", "word_embedding"),
        )
    },
    "contexts_of_losses": {
        f"{name}.{part}": layer
        for part in ("forward", "backward")
        for name, layer in (
            ("L1Loss", "l1_loss"),
            ("Huber", "huber_loss"),
            ("BCE", "bce_loss"),
            ("BCEWithLogits", "bce_with_logits_loss"),
            ("KLDivLoss", "kl_div_loss"),
        )
    },
    "ops_with_limits": {
        "Conv.compute": "conv2d",
        "Conv.gradient": "conv2d",
        "MSELoss.compute": "mse_loss",
        "MSELoss.gradient": "mse_loss",
        "SoftmaxLoss.compute": "softmax_loss",
        "SoftmaxLoss.gradient": "softmax_loss",
        "conv": "conv2d",
    },
    "called_functions": {
        f"{name}.{part}": layer
        for part in ("forward", "backward")
        for name, layer in (("LeakyReLU", "leaky_relu"), ("Linear", "affine"), ("Sigmoid", "sigmoid"))
    },
    "own_modules": {
        "Linear.forward": "affine",
        "BatchNorm1d.forward": "batch_norm",
        "ReLU.forward": "relu",
        "Dropout.forward": "dropout",
        "SoftmaxLoss.forward": "softmax_loss",
    },
}
"""Right file -> its functions, and the layer that each is judged as."""

UNJUDGED = {"functions_with_context": ["Exp"]}

WRONG = (
    ("static_arrays", "dout.sum(axis=0)\n", "dout.mean(axis=0)\n", "Affine.backward"),
    ("static_arrays", "s, p = conv_param", "p, s = conv_param", "Conv.forward"),
    ("static_arrays", "np.where(x > 0, 1, alpha)", "np.where(x > 0, 1, 0)", "LeakyReLU.backward"),
    ("ops", "Tensor(out_grad.numpy() @ b.T)", "Tensor(-out_grad.numpy() @ b.T)", "MatMul.gradient"),
    ("ops", "1 - node.numpy() ** 2", "1 - node.inputs[0].numpy() ** 2", "Tanh.gradient"),
    ("ops", "return np.maximum(a, 0)", "return np.maximum(a, 1)", "ReLU.compute"),
    ("ops", "g @ B[i, j].T", "g @ B[-1 - i, -1 - j].T", "Conv.gradient"),
    ("functions_with_context", "s * (1 - s)", "s * (1 + s)", "Sigmoid.backward"),
    (
        "functions_with_context",
        "Tensor(a._tensor @ b._tensor)",
        "Tensor(2 * a._tensor @ b._tensor)",
        "MatMul.forward",
    ),
    (
        "contexts_with_options",
        "padded[:, :, i : i + h, j : j + w] +=",
        "padded[:, :, i : i + h, : w] +=",
        "Conv2dFun.backward, conv2d",
    ),
    (
        "contexts_with_options",
        "np.ones((kh, kw))) / (kh * kw)",
        "np.ones((kh, kw))) / kh",
        "AvgPool2d.backward",
    ),
    (
        "contexts_with_options",
        "Tensor(g @ weight), Tensor(g.T @ x)",
        "Tensor(g.T @ x), Tensor(g @ weight)",
        "Linear.backward",
    ),
    ("contexts_with_options", "grad_output.numbers * ctx", "grad_output.numbers + ctx", "Dropout.backward"),
    ("contexts_with_options", "return Tensor(d), Tensor(-d)", "return Tensor(-d), Tensor(d)", "MSE.backward"),
    ("contexts_with_options", "[labels]) / len(p)", "[labels])", "CrossEntropy.backward"),
    ("contexts_on_arrays", "ctx.slope * dy", "dy / ctx.slope", "LeakyReLU.backward"),
    ("contexts_of_curves", "(grad * p).sum(axis=ctx.axis, keepdims=True)", "grad * p", "Softmax.backward"),
    ("contexts_of_curves", "gate * (1 + x * (1 - gate))", "gate * (1 + x)", "SiLU.backward"),
    ("contexts_of_curves", "1, out + ctx.alpha)", "1, out + 1)", "ELU.backward"),
    ("contexts_of_curves", "return np.logaddexp(0, x)", "return np.log1p(np.abs(x))", "Softplus.forward"),
    ("contexts_of_curves", "/ (ctx.shape[2] *", "/ (ctx.shape[3] *", "GlobalAvgPool2d.backward"),
    ("contexts_of_norms", "gx.mean(-1, keepdims=True) - ", "", "LayerNorm.backward"),
    ("contexts_of_norms", "np.sqrt((x**2).mean(", "np.sqrt((x**2).sum(", "RMSNorm.forward"),
    ("contexts_of_norms", "np.add.at(dW, idx, g)", "dW[idx] = g", "Embedding.backward"),
    ("contexts_of_losses", "g * np.sign(d) / d.size", "g * np.sign(d)", "L1Loss.backward"),
    ("contexts_of_losses", "np.clip(d, -ctx.delta, ctx.delta)", "np.clip(d, -1, 1)", "Huber.backward"),
    ("contexts_of_losses", "(p * (1 - p) * p.size)", "p.size", "BCE.backward"),
    ("contexts_of_losses", "(1 / (1 + np.exp(-z)) - t)", "(np.exp(z) - t)", "BCEWithLogits.backward"),
    ("contexts_of_losses", "-g * target / len(target)", "-g * target", "KLDivLoss.backward"),
    ("ops_with_limits", "B[::-1, ::-1]", "B", "Conv.gradient"),
    ("ops_with_limits", "return Conv(stride, padding)(a, b)", "return Conv(stride)(a, b)", "conv"),
    ("ops_with_limits", "[self.y]) / len(p)", "[self.y])", "SoftmaxLoss.gradient"),
    ("called_functions", "1.0, self.slope)", "1.0, 0.0)", "LeakyReLU.backward"),
    ("called_functions", "Variable(x.data.T @ gy.data)", "Variable(-x.data.T @ gy.data)", "Linear.backward"),
    ("called_functions", "(1 - self.output.data)", "(1 + self.output.data)", "Sigmoid.backward"),
    (
        "own_modules",
        "pull=lambda g: (g * (x.data > 0),)",
        "pull=lambda g: (g * (x.data < 0),)",
        "ReLU.forward",
    ),
    ("own_modules", "out + self.bias", "out + self.bias + self.bias", "Linear.forward"),
    ("own_modules", "(g - g.mean(axis=0) - xhat", "(g - xhat", "BatchNorm1d.forward"),
    ("own_modules", "(g * keep,)", "(g,)", "Dropout.forward"),
)
"""Right file, a piece of it, what a mistake makes of it, and the function that is at fault."""


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("level", [Level.PROCESS, Level.RLIMITS])
@pytest.mark.sample(1)
def test_right_layers_on_own_tensors__pass(name, level):
    (target,) = verify([str(DATA / f"{name}.py")], Plan(cases=2, isolation=level, hint="mistake")).targets
    assert target.dialect == "tensors"
    assert {part.function: part.layer for part in target.parts} == LAYERS[name]
    assert {part.verdict for part in target.parts} == {"pass"}
    assert [each.name for each in target.unjudged] == UNJUDGED.get(name, [])


@pytest.mark.parametrize(("name", "old", "new", "function"), WRONG)
@pytest.mark.sample(every=19)
def test_mistake_on_own_tensors__is_found_where_it_is(tmp_path, name, old, new, function):
    text = (DATA / f"{name}.py").read_text()
    assert text.count(old) >= 1
    (tmp_path / f"{name}.py").write_text(text.replace(old, new))
    (target,) = verify([str(tmp_path / f"{name}.py")], Plan(cases=2, hint="mistake")).targets
    assert {part.function for part in target.parts if part.verdict.is_wrong} == {function}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("own_modules", "out + self.bias", "np.maximum(0, out + self.bias)", "no call was found"),
        ("static_arrays", "forward(x, alpha)", "forward(x, how, alpha)", "what how means"),
        ("contexts_of_curves", "axis=axis, keepdims=True)", "axis=0)", "its softmax is over the first axis"),
        ("contexts_of_curves", "np.sqrt(2 / np.pi)", "0.79788", "its constants are rounded"),
        ("contexts_of_norms", "return W[idx]", "return 3 * W[idx]", "none of its outputs is a row"),
        ("contexts_of_losses", "np.log(p)", "np.log(p + 1e-9)", "a small number within its logarithms"),
    ],
)
@pytest.mark.sample("reason")
def test_layer_on_own_tensors_that_is_not_understood__is_not_judged(tmp_path, name, old, new, reason):
    text = (DATA / f"{name}.py").read_text()
    assert old in text
    (tmp_path / f"{name}.py").write_text(text.replace(old, new))
    (target,) = verify([str(tmp_path / f"{name}.py")], Plan(cases=2, hint="mistake")).targets
    assert [part.function for part in target.parts if part.verdict.is_wrong] == []
    assert any(reason in each.reason for each in target.unjudged)


@pytest.mark.slow
def test_geometries_that_a_gradient_fails_on__are_not_asked_and_the_report_says_why():
    (target,) = verify([str(DATA / "ops_with_limits.py")], Plan(cases=2, hint="mistake")).targets
    (conv,) = (part for part in target.parts if part.function == "Conv.compute")
    notes = " ".join(each.message for each in conv.findings if each.severity == "note")
    assert "judged on square windows only" in notes
    assert "fails where the padding is as large as the window" in notes
    assert "fails where a stride leaves rows or columns over" in notes


@pytest.mark.slow
def test_output_of_another_shape_where_a_stride_leaves_rows_over__is_a_fault(tmp_path):
    text = (DATA / "ops_with_limits.py").read_text()
    longer = text.replace("axis=(1, 2))[:, ::s, ::s]", "axis=(1, 2))[:, : None if s == 1 else -1 : s, ::s]")
    assert longer != text
    (tmp_path / "longer.py").write_text(longer)
    (target,) = verify([str(tmp_path / "longer.py")], Plan(cases=2, hint="mistake")).targets
    assert "Conv.compute" in {part.function for part in target.parts if part.verdict.is_wrong}


@pytest.mark.slow
def test_layers_on_tensors_of_single_precision__are_judged_in_it(tmp_path):
    text = (DATA / "own_modules.py").read_text()
    single = text.replace("dtype=float)", "dtype=np.float32)")
    assert single != text
    (tmp_path / "single.py").write_text(single)
    (target,) = verify([str(tmp_path / "single.py")], Plan(cases=2, hint="mistake")).targets
    assert {part.function for part in target.parts} == set(LAYERS["own_modules"])
    assert {part.verdict for part in target.parts} == {"pass"}


def test_tape_of_own_tensors__is_put_back_before_each_backward(tmp_path):
    # A library that frees its graph in backward, and adds to the gradients that are there.
    text = (DATA / "own_modules.py").read_text()
    call = "                parent.backward(each)"
    freeing = text.replace(call, f"{call}\n            self.pull = None")
    assert freeing != text
    (tmp_path / "freeing.py").write_text(freeing)
    (target,) = verify([str(tmp_path / "freeing.py")], Plan(cases=2, hint="mistake")).targets
    assert {part.verdict for part in target.parts} == {"pass"}


@pytest.mark.parametrize(
    ("name", "layer"),
    [("MyBatchNorm1d", "batch_norm"), ("LayerNormFn", "layer_norm"), ("BatchConv2d", "conv2d")],
)
def test_words_about_how_a_layer_is_written__may_be_part_of_its_name(name, layer):
    assert layer_of(name) == layer
