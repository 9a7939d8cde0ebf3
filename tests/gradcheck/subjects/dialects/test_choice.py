"""Which dialect has a function: by its name and its signature, and never by what else is in the file."""

import pytest

from gradcheck.subjects import dialects


def claimed(source: str, name: str | None = None) -> dict[str, str]:
    """Return the dialect that has each function of a file; those that no call was found for are left out."""
    members: dict[str, object] = {}
    exec(source, members)
    found = dialects.found_in(members, name)
    return {each: claim.dialect.name for claim in found if not claim.is_unknown for each in claim.names}


def defining(*signatures: str) -> str:
    return "\n".join(f"def {signature}: pass" for signature in signatures)


CHOICES = {
    "nhwc": [
        ("conv_forward(A_prev, W, b, hparameters)", "conv_backward(dZ, cache)"),
        ("conv_backward(dZ, cache)",),
        ("pool_backward(dA, cache, mode='max')",),
        ("pool_forward(X, hparams, mode='max')",),
        ("conv_forward(x, w, b, options)", "conv_single_step(patch, w, b)"),
    ],
    "rnn-cells": [
        ("rnn_cell_forward(xt, a_prev, parameters)", "rnn_cell_backward(da_next, cache)"),
        ("rnn_forward(x, a0, parameters)", "rnn_backward(da, caches)"),
        ("lstm_cell_forward(x_t, a_prev, c_prev, params)", "lstm_cell_backward(da, dc, cache)"),
        ("lstm_forward(x, a0, parameters)",),
    ],
    "cache-dict": [
        ("conv_fun(cache)", "conv_backward(dout, cache)"),
        ("max_pool_forward(cache)", "max_pool_backward(dout, cache)"),
        ("fc(net, w, b)",),
        ("Relu(x)", "relu_backward(dout, x)"),
    ],
    "cs231n": [
        ("rnn_forward(x, h0, Wx, Wh, b)", "rnn_backward(dh, cache)"),
        ("rnn_backward(da, caches)",),
        ("relu_forward(x)", "relu_backward(dout, cache)"),
        ("relu_backward(dout, cache)", "softmax_loss(x, y)"),
        ("softmax_loss(x, y)",),
        ("affine_forward(x, w, b)", "affine_backward(dout, cache)"),
        ("dropout_forward(x, dropout_param)", "dropout_backward(dout, cache)"),
    ],
    "framework": [
        ("conv2d(x, w, b, stride=1)",),
        ("img_conv_layer(input, w, b, filter_size)",),
    ],
    "pair": [
        ("affine_forward(x, w, b=None)", "affine_backward(dout, cache)"),
        ("dropout_forward(x, mask=None, *, keep_prob, training)", "dropout_backward(dout, cache)"),
        ("sigmoid_forward(x)", "sigmoid_backward(dout, cache)"),
        ("max_pool2d_forward(x, *, kernel, stride, pad, dilation, ceil_mode)",),
    ],
    "functions": [
        ("conv2d(x, w, stride=1, padding=0)", "conv2d_backward(dout, x, w, stride=1, padding=0)"),
        ("conv2d_forward(x, w, b, stride=1, pad=0)", "conv2d_backward(dout, cache)"),
        ("max_pool_forward(x, size)", "max_pool_backward(dout, x, size)"),
        ("dropout_forward(x, keep_prob)", "dropout_backward(dout, mask, keep_prob)"),
    ],
}


@pytest.mark.parametrize(
    ("name", "signatures"), [(name, each) for name, several in CHOICES.items() for each in several]
)
def test_function__is_of_the_dialect_whose_calls_its_signature_accepts(name, signatures):
    functions = {signature.partition("(")[0] for signature in signatures}
    assert claimed(defining(*signatures)) == dict.fromkeys(functions, name)


@pytest.mark.parametrize(
    "signatures",
    [
        ("conv_forward(x, w, b, quality)", "conv_backward(dout, cache)"),
        ("conv_backward(dout, cache)",),
        ("zero_pad(X, pad)",),
        ("rnn_cell_forward(xt, a_prev, W)",),
        ("rnn_cell_forward(xt, h_prev, parameters)",),
        ("rnn_cell_backward(da_next, cache)",),
        ("combine(x, w)",),
    ],
)
def test_function__of_no_known_interface_is_in_no_dialect(signatures):
    assert claimed(defining(*signatures)) == {}


def test_neighbours__do_not_change_the_dialect_of_a_function():
    one = ("affine_forward(x, w, b)", "affine_backward(dout, cache)")
    more = (*one, "sigmoid_forward(x)", "sigmoid_backward(dout, s)", "conv_fun(cache)", "fc(net, w, b)")
    alone, together = claimed(defining(*one)), claimed(defining(*more))
    assert {name: together[name] for name in alone} == alone
    assert together["sigmoid_forward"] == "pair"
    assert together["fc"] == "cache-dict"


def test_class__called_like_a_function_is_another_family():
    methods = "    def forward(self, x): pass\n    def backward(self, dout): pass\n"
    assert claimed(f"class Relu:\n{methods}") == {"Relu": "im2col-classes"}


def test_named_dialect__is_the_only_one_that_is_asked():
    source = defining("affine_forward(x, w, b=None)", "affine_backward(dout, cache)")
    assert set(claimed(source).values()) == {"pair"}
    assert set(claimed(source, "cs231n").values()) == {"cs231n"}
    assert claimed(source, "im2col-classes") == {}


def test_unreadable_function__is_in_no_dialect():
    assert claimed("import functools\nconv_backward = functools.partial(print)") == {}
    odd = "class Odd:\n    def __getattr__(self, name): 1 / 0\n    def __call__(self): 0\n"
    assert claimed(f"{odd}conv_backward = Odd()") == {}
