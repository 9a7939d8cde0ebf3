"""The dialect of PyTorch's tensors: right files pass in a worker and in this process, each mistake is found."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import Level, Limits

torch = pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')

DATA = Path(__file__).parents[1] / "data" / "tensors"
ALLOWED = Limits(packages=("torch",))

LAYERS = {
    "torch_plain": {
        "affine_forward": "affine",
        "relu": "relu",
        "conv_forward_naive": "conv2d",
        "conv_backward_naive": "conv2d",
        "layer_norm": "layer_norm",
        "layer_norm_backward": "layer_norm",
        "svm_loss": "svm_loss",
        "batchnorm_forward": "batch_norm",
    },
    "torch_static": {
        f"{name}.{part}": layer
        for part in ("forward", "backward")
        for name, layer in {
            "Linear": "affine",
            "ReLU": "relu",
            "Conv": "conv2d",
            "MaxPool": "max_pool2d",
            "Dropout": "dropout",
            "BatchNorm": "batch_norm",
        }.items()
    },
    "torch_autograd": {
        f"{name}.{part}{alias}": layer
        for part in ("forward", "backward")
        for name, alias, layer in (
            ("LinearFunction", "", "affine"),
            ("Conv2dFunction", ", conv2d", "conv2d"),
            ("MyReLU", "", "relu"),
            ("Sigmoid", "", "sigmoid"),
            ("AvgPool2dFunction", "", "avg_pool2d"),
            ("CrossEntropyLoss", "", "softmax_loss"),
        )
    },
    "torch_newer": {
        f"{name}.{part}": layer
        for part in ("forward", "backward")
        for name, layer in (
            ("GELUFunction", "gelu"),
            ("SoftmaxFn", "softmax"),
            ("RMSNormFn", "rms_norm"),
            ("EmbeddingFunction", "word_embedding"),
            ("HuberLossFunction", "huber_loss"),
        )
    },
    "torch_course": {
        "conv_forward": "conv2d",
        "softmax_loss": "softmax_loss",
        "AvgPool.forward": "avg_pool2d",
        "AvgPool.backward": "avg_pool2d",
    },
    "torch_modules": {
        f"{name}.forward": layer
        for name, layer in {
            "Linear": "affine",
            "Conv2d": "conv2d",
            "LayerNorm": "layer_norm",
            "BatchNorm2d": "spatial_batch_norm",
            "GroupNorm": "group_norm",
            "MaxPool2d": "max_pool2d",
            "Dropout": "dropout",
            "LeakyReLU": "leaky_relu",
            "CrossEntropy": "softmax_loss",
        }.items()
    },
}
"""Right file -> its functions, and the layer that each is judged as."""

WRONG = (
    ("torch_course", "+ b[:, None, None]", "- b[:, None, None]", "conv_forward"),
    ("torch_course", "dout / (kh * kw)", "dout / kh", "AvgPool.backward"),
    ("torch_plain", "x.flatten(1).mm(w) + b", "x.flatten(1).mm(w) - b", "affine_forward"),
    (
        "torch_plain",
        "dx, dw, dout.sum(dim=(0, 2, 3))",
        "dx, dw, dout.sum(dim=(0, 2))[:, 0]",
        "conv_backward_naive",
    ),
    ("torch_plain", "dout.mul(xhat).sum(dim=0)", "dout.sum(dim=0)", "layer_norm_backward"),
    ("torch_static", "dout * (cache > 0)", "dout * (cache > 1)", "ReLU.backward"),
    ("torch_static", "dout.mm(w.t())", "dout.mm(w.t()).abs()", "Linear.backward"),
    ("torch_static", "dpadded[:, :, rows, columns] +=", "dpadded[:, :, rows, columns] =", "Conv.backward"),
    ("torch_static", "windows.amax(", "windows.mean(", "MaxPool.forward"),
    (
        "torch_autograd",
        "return grad_input, grad_weight, grad_bias",
        "return grad_input, grad_weight, None",
        "LinearFunction.backward",
    ),
    ("torch_autograd", "ctx.needs_input_grad[1]", "not ctx.needs_input_grad[1]", "LinearFunction.backward"),
    (
        "torch_autograd",
        "grad.sum((0, 2, 3)), None, None",
        "grad.mean((0, 2, 3)), None, None",
        "Conv2dFunction.backward, conv2d",
    ),
    (
        "torch_autograd",
        "grad.sum((0, 2, 3)), None, None",
        "grad.sum((0, 2, 3))",
        "Conv2dFunction.backward, conv2d",
    ),
    ("torch_autograd", "grad * ctx.result *", "ctx.result *", "Sigmoid.backward"),
    ("torch_newer", "grad * (chance + x *", "grad * (chance + 2 * x *", "GELUFunction.backward"),
    ("torch_newer", "(grad * p).sum(ctx.dim, keepdim=True)", "grad * p", "SoftmaxFn.backward"),
    ("torch_newer", "(h * hat).mean(-1", "(h * hat).sum(-1", "RMSNormFn.backward"),
    ("torch_newer", "total.index_add(0,", "total.index_copy(0,", "EmbeddingFunction.backward"),
    ("torch_newer", "/ difference.numel(), None", "/ len(difference), None", "HuberLossFunction.backward"),
    ("torch_modules", "x @ self.W + self.b", "x @ self.W", "Linear.forward"),
    (
        "torch_modules",
        "torch.sqrt(var + self.eps) + self.bias",
        "(torch.sqrt(var) + self.eps) + self.bias",
        "LayerNorm.forward",
    ),
    (
        "torch_modules",
        "(torch.rand_like(x) >= self.p) / (1 - self.p)",
        "(torch.rand_like(x) >= self.p)",
        "Dropout.forward",
    ),
)
"""Right file, a piece of it, what a mistake makes of it, and the function that is at fault."""


def verdicts(path, level):
    (target,) = verify([str(path)], Plan(cases=2, isolation=level, limits=ALLOWED)).targets
    return target


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("level", [Level.PROCESS, Level.RLIMITS])
def test_right_layers_on_pytorch_tensors__pass(name, level):
    target = verdicts(DATA / f"{name}.py", level)
    assert {part.function: part.layer for part in target.parts} == LAYERS[name]
    assert {(part.function, part.verdict) for part in target.parts if part.verdict != "pass"} == set()


@pytest.mark.parametrize(("name", "old", "new", "function"), WRONG)
def test_mistake_on_pytorch_tensors__is_found_where_it_is(tmp_path, name, old, new, function):
    text = (DATA / f"{name}.py").read_text()
    assert old in text
    (tmp_path / f"{name}.py").write_text(text.replace(old, new))
    target = verdicts(tmp_path / f"{name}.py", Level.PROCESS)
    assert {part.function for part in target.parts if part.verdict.is_wrong} == {function}


def test_modules_that_do_more_than_a_layer__are_not_judged():
    target = verdicts(DATA / "torch_modules.py", Level.PROCESS)
    assert {each.name.partition(".")[0] for each in target.unjudged} == {"ConvBlock", "Conv", "Dense"}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_on_pytorch_tensors__are_missing_where_it_is_not_allowed(name):
    (target,) = verify([str(DATA / f"{name}.py")], Plan(cases=0, isolation=Level.RLIMITS)).targets
    assert [part.function for part in target.parts if part.verdict.is_wrong] == []
    messages = [finding.message for part in target.parts for finding in part.findings]
    assert any("allow it with --allow torch" in message for message in messages)


def test_calls_on_pytorch_tensors__leave_its_settings_as_they_were():
    before = torch.get_default_dtype(), torch.get_num_threads(), torch.get_rng_state().tolist()
    verdicts(DATA / "torch_static.py", Level.PROCESS)
    assert (torch.get_default_dtype(), torch.get_num_threads(), torch.get_rng_state().tolist()) == before
