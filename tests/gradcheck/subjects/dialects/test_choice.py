"""Which dialect reads a file by itself: by the names it defines and, where families share them, by its own signs."""

from types import SimpleNamespace

import pytest

from gradcheck.subjects import dialects


def chosen(source: str, name: str | None = None) -> str | None:
    members: dict[str, object] = {}
    exec(source, members)
    dialect = dialects.choose([SimpleNamespace(members=members)], name)
    return dialect and dialect.name


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
    "cache-dict": [
        ("conv_fun(cache)", "conv_backward(dout, cache)"),
        ("conv_fun(cache)", "relu_backward(dout, x)", "softmax_loss(x, y)"),
        ("max_pool_forward(cache)", "max_pool_backward(dout, cache)"),
        ("fc(net, w, b)",),
        ("Relu(x)", "relu_backward(dout, x)"),
    ],
    "cs231n": [
        ("relu_forward(x)", "relu_backward(dout, cache)"),
        ("relu_backward(dout, cache)", "softmax_loss(x, y)"),
        ("softmax_loss(x, y)",),
    ],
    "framework": [
        ("conv2d(x, w, b, stride=1)",),
        ("conv2d(image, kernel)", "max_pool2d(x, kernel_size)"),
        ("img_conv_layer(input, w, b, filter_size)",),
    ],
    "pair": [("max_pool2d_forward(x)", "max_pool2d_backward(dout, cache)")],
}


@pytest.mark.parametrize(
    ("name", "signatures"), [(name, each) for name, several in CHOICES.items() for each in several]
)
def test_dialect_choice__reads_a_file_as_its_own_dialect(name, signatures):
    assert chosen(defining(*signatures)) == name


@pytest.mark.parametrize(
    "signatures",
    [
        ("conv_forward(x, w, b, conv_param)", "conv_backward(dout, cache)"),
        ("conv_forward(x, w, b, stride, pad)",),
        ("conv_backward(dout, cache)",),
        ("max_pool_forward(x, size, stride)", "max_pool_backward(dout, cache)"),
        ("pool_forward(x, size)",),
        ("zero_pad(X, pad)",),
        ("conv2d(image, kernel)",),
        ("max_pool2d(x)", "avg_pool2d(x)", "conv2d(x, kernel)"),
    ],
)
def test_dialect_choice__needs_more_than_names(signatures):
    assert chosen(defining(*signatures)) is None


def test_classes_called_like_functions_are_another_family():
    assert chosen("class Relu:\n    def forward(self, x): pass") == "im2col-classes"


def test_named_dialect__needs_no_signs():
    source = defining("conv_forward(x, w, b, options)", "conv_backward(dout, cache)")
    assert chosen(source, "nhwc") == "nhwc"
    assert chosen(source, "cache-dict") == "cache-dict"
    assert chosen(source, "cs231n") is None


def test_dialect_choice__follows_the_majority_in_a_mixed_file():
    nhwc = [
        "conv_forward(A_prev, W, b, hparameters)",
        "pool_forward(A_prev, hparameters)",
        "pool_backward(dA, c)",
    ]
    cache_dict = ["conv_fun(cache)", "fc(net, w, b)", "fc_backward(dout, cache)", "max_pool_forward(cache)"]
    assert chosen(defining(*nhwc, *cache_dict[:1])) == "nhwc"
    assert chosen(defining(*nhwc[:1], *cache_dict)) == "cache-dict"


def test_unreadable_function__gives_no_sign():
    assert chosen("import functools\nconv_backward = functools.partial(print)") is None
    odd = "class Odd:\n    def __getattr__(self, name): 1 / 0\n    def __call__(self): 0\n"
    assert chosen(f"{odd}conv_backward = Odd()") is None
