"""Functions, autograd.Functions and modules of PyTorch, checked by passing them."""

from importlib.util import find_spec

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

torch = pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')

from gradcheck.functions.frameworks import TORCH  # noqa: E402
from gradcheck.functions.pair import Functions  # noqa: E402

T = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 3)))
W = torch.from_numpy(np.random.default_rng(1).standard_normal((3, 2)))


def message_of(*args, **kwargs):
    with pytest.raises(GradientError) as caught:
        check_gradients(*args, **kwargs)
    return str(caught.value)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, dout):
        return 2 * ctx.saved_tensors[0] * dout


class Wrong(Square):
    @staticmethod
    def backward(ctx, dout):
        return 2.01 * ctx.saved_tensors[0] * dout


class Detached(Square):
    @staticmethod
    def backward(ctx, dout):
        return 2 * ctx.saved_tensors[0].detach() * dout


class Contiguous(Square):
    @staticmethod
    def backward(ctx, dout):
        (x,) = ctx.saved_tensors
        return (2 * x.view(-1) * dout.view(-1)).view(x.shape)


class Once(Square):
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, dout):
        return 2 * ctx.saved_tensors[0] * dout


class Power(torch.autograd.Function):
    """Has everything: a setup_context, a jvp and a rule for vmap."""

    generate_vmap_rule = True
    slope = 1.0

    @staticmethod
    def forward(x, power):
        return x**power

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.save_for_forward(inputs[0])
        ctx.power = inputs[1]

    @staticmethod
    def backward(ctx, dout):
        (x,) = ctx.saved_tensors
        return ctx.power * x ** (ctx.power - 1) * dout, None

    @staticmethod
    def jvp(ctx, tangent, _):
        (x,) = ctx.saved_tensors
        return Power.slope * ctx.power * x ** (ctx.power - 1) * tangent


# Functions.


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("function", [torch.sin, Square, Square.apply, lambda x: torch.tanh(x) @ x.T])
def test_function__is_checked_against_its_own_derivative(function, dtype):
    assert check_gradients(function, inputs=[T.to(dtype)]).verdict == "pass"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("function", [Wrong, Wrong.apply, lambda x: Wrong.apply(x.sin()).sum()])
def test_wrong_autograd_function__is_found(function, dtype):
    told = message_of(function, inputs=[T.to(dtype)])
    assert "yours " in told
    assert "expected " in told


def test_autograd_function__is_named_by_its_class_and_its_parameters():
    told = message_of(Wrong.apply, x=T)
    assert told.startswith("Wrong    FAIL\n  dx[")
    assert check_gradients(Power, x=T, power=3).verdict == "pass"
    assert check_gradients(Power, inputs=[T, 3]).verdict == "pass"


def test_numpy_arrays__are_accepted_where_the_function_is_torch_s():
    assert check_gradients(torch.sin, inputs=[T.numpy()]).verdict == "pass"
    assert "dx[" in message_of(Wrong, x=T.numpy())


def test_layout__a_backward_that_needs_a_contiguous_dout_fails():
    assert "fails when dout is broadcast (stride 0): view size is not compatible" in message_of(
        Contiguous, x=T
    )


def test_nested_inputs_and_outputs__are_all_checked():
    def model(params, x):
        return {"y": x @ params["w"] + params["b"][0], "best": x.argmax(1), "h": (x.cos(),)}

    params = {"w": W, "b": [torch.zeros(2, dtype=torch.float64)]}
    report = check_gradients(model, params=params, x=T, order=2)
    assert report.verdict == "pass"

    seen = check_gradients(lambda x: {"b": x.sin(), "a": x.argmax()}, x=T, forward_mode=True)
    assert seen.verdict == "pass"

    def wrong(params, x):
        return {**model(params, x), "z": Wrong.apply(params["w"])}

    assert "dparams['w'][" in message_of(wrong, params=params, x=T)
    assert check_gradients(wrong, params=params, x=T, wrt=("x",)).verdict == "pass"
    assert "dparams['w'][" in message_of(wrong, params=params, x=T, wrt="params")


def test_dout__none_leaves_out_an_output():
    def both(x):
        return x.sin(), Wrong.apply(x)

    dout = torch.ones(4, 3, dtype=torch.float64)
    assert check_gradients(both, x=T, dout=(dout, None)).verdict == "pass"
    assert "dx[" in message_of(both, x=T, dout=(None, dout))


def test_dout__may_have_every_result_of_an_autograd_function():
    class Two(Square):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2, x > 0, x**3

        @staticmethod
        def backward(ctx, dsquare, _, dcube):
            (x,) = ctx.saved_tensors
            return 2 * x * dsquare + 3 * x * dcube  # of the cube it is wrong

    dout = torch.ones(4, 3, dtype=torch.float64)
    assert check_gradients(Two, x=T, dout=(dout, None, None)).verdict == "pass"
    assert check_gradients(Two, x=T, dout=(dout, None)).verdict == "pass"
    assert "dx[" in message_of(Two, x=T, dout=(None, None, dout))
    with pytest.raises(ValueError, match=r"dout has 1 entries \(the value\); expected 3 as forward returns"):
        check_gradients(Two, x=T, dout=dout)


def test_built_in_function__gets_its_options_by_name():
    report = check_gradients(torch.nn.functional.gelu, input=T, approximate="tanh")
    assert report.verdict == "pass"


def test_function__that_differentiates_something_itself_is_checked():
    def penalty(x):
        x = x if x.requires_grad else x.requires_grad_()
        (slope,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        return (slope**2).sum()

    assert check_gradients(penalty, x=T).verdict == "pass"


def test_output__that_no_input_reaches_has_a_gradient_of_zero():
    assert "yours 0, expected " in message_of(lambda x: x.detach() ** 2, x=T)


def test_pair_of_torch_functions__gets_tensors():
    def backward(dout, x):
        assert isinstance(dout, torch.Tensor)
        return 2 * x * dout

    assert check_gradients(lambda x: (x**2, x), backward, x=T).verdict == "pass"
    assert "dx[" in message_of(lambda x: (x**2, x), lambda dout, x: 2.1 * x * dout, x=T)


def test_half_precision__is_called_in_its_own_dtype_and_its_spacing_is_known():
    for dtype, eps in ((torch.bfloat16, 2.0**-7), (torch.float16, 2.0**-10)):
        seen = []

        def square(x, seen=seen):
            seen.append(x.dtype)
            return x**2

        functions = Functions(square, None, {"x": T.to(dtype)}, framework=TORCH)
        assert functions.eps == {"x": eps}
        assert functions.extremes["x"] == (float(torch.finfo(dtype).tiny) * eps, torch.finfo(dtype).max)
        out, back = functions.call()
        assert functions.gradients(back, out)["x"].shape == (4, 3)
        functions.own("x")(functions.tensors["x"])
        assert set(seen) == {dtype}
        assert functions.double("x")(functions.tensors["x"].astype(float)).dtype == np.float64


measured = pytest.mark.skipif(
    find_spec("gradcheck.derivative") is None, reason="half precision needs derivatives with a measured error"
)


@measured
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision__is_judged_as_far_as_it_goes(dtype):
    assert check_gradients(torch.sin, inputs=[T.to(dtype)]).verdict == "pass"
    assert check_gradients(Square, x=T.to(dtype)).verdict == "pass"
    assert "dx[" in message_of(lambda x: Square.apply(x) + x.detach(), x=T.to(dtype))


# Modules.


def test_module__has_every_parameter_checked_and_is_not_changed():
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 2)
    ).double()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    report = check_gradients(module, input=T, wrt=("input", "0.weight", "2.weight", "2.bias"))
    assert report.verdict == "pass"
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    bare = torch.nn.BatchNorm1d(3, affine=False, dtype=torch.float64)
    assert check_gradients(bare, input=T).verdict == "pass"
    assert bare.num_batches_tracked == 0


def test_wrong_parameter_of_a_module__is_found_by_its_name():
    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
            self.b = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))

        def forward(self, x):
            return self.w * x + self.b.detach()

    told = message_of(Scale(), x=T)
    assert told.startswith("Scale    FAIL\n  db[")
    assert "dw[" not in told
    assert check_gradients(Scale(), x=T, wrt=("x", "w")).verdict == "pass"


def test_parameter__with_the_name_of_an_input_is_checked_as_the_module_s():
    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.x = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))

        def forward(self, x):
            return self.x.detach() * x

    assert "dmodule.x[" in message_of(Scale(), x=T)


def test_module__without_a_floating_input_is_checked_by_its_parameters():
    assert check_gradients(torch.nn.Embedding(5, 3).double(), input=torch.tensor([1, 2, 1])).verdict == "pass"


def test_module__that_writes_in_place_is_right_with_a_note():
    report = check_gradients(torch.nn.ReLU(inplace=True), input=T)
    assert [finding.message for finding in report.findings] == ["input is changed in place"]


def test_dropout_in_training__has_no_verdict():
    assert "a random forward has no derivative" in message_of(torch.nn.Dropout(0.5), input=T)


# Double backward, forward mode, vmap.


def test_power__passes_in_every_order_and_mode():
    report = check_gradients(Power, x=T, power=3, order=2, forward_mode=True, batched=True)
    assert [check.check for check in report.checks][-3:] == ["double backward", "forward mode", "batched"]


def test_double_backward__that_a_detach_cuts_is_found():
    assert check_gradients(Square, x=T, order=2).verdict == "pass"
    assert check_gradients(Detached, x=T).verdict == "pass"
    assert "Detached, double backward: dx[" in message_of(Detached, x=T, order=2)


def test_double_backward__that_is_not_there_is_an_error():
    told = message_of(Once, x=T, order=2)
    assert "double backward: the framework has none: its backward is marked as once_differentiable" in told


def test_forward_mode__that_is_wrong_or_missing_is_found(monkeypatch):
    monkeypatch.setattr(Power, "slope", 1.01)
    assert "forward mode along x: the tangent of out[" in message_of(Power, x=T, power=3, forward_mode=True)
    assert "forward mode along x: the framework has none: " in message_of(Square, x=T, forward_mode=True)


def test_vmap__is_compared_with_a_loop():
    assert check_gradients(lambda x, w: torch.tanh(x @ w), x=T, w=W, batched="x").verdict == "pass"
    assert "fails under a leading batch axis of x: " in message_of(Square, x=T, batched=True)


def test_vmap__rule_that_is_wrong_is_found():
    class Mixed(Square):
        @staticmethod
        def vmap(info, in_dims, x):
            return Mixed.apply(x.flip(0)), 0

        @staticmethod
        def forward(x):
            return x**2

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

    told = message_of(Mixed, x=T, batched=True)
    assert "under a leading batch axis: " in told
