import importlib.util
import json

import numpy as np
import pytest

from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.per_image import PER_IMAGE
from gradcheck.subjects.dialects.support import names_in

LAYERS, HABITS, MISTAKES = (f"per-image/{name}.py" for name in ("layers", "habits", "mistakes"))

WRONG = {
    "ConvLayer.backward": "fail",
    "MaxPoolingLayer.backward": "fail",
    "ReluActivator.backward": "fail",
    "SigmoidActivator.backward": "fail",
    "ConvLayer.backward (ReluActivator)": "fail",
    "ConvLayer.update": "fail",
}


@pytest.mark.slow
def test_right_layers__pass_in_every_part(judged, unpassed):
    target = judged(LAYERS, cases=2)
    assert target.dialect == "per-image"
    assert len(target.parts) == 15
    assert unpassed(target) == {}


@pytest.mark.slow
def test_right_layer_with_other_habits__passes(judged, unpassed, conventions):
    target = judged(HABITS, cases=2)
    assert len(target.parts) == 6
    assert unpassed(target) == {}
    told = "assumes square windows: it fails on others, and is judged on square ones only"
    assert conventions(target) == {("ConvLayer.forward", told)}


@pytest.mark.exhaustive  # all at once; test_single_mistake__fails_where_it_is_and_nowhere_else makes them one by one
@pytest.mark.diagnosed
def test_wrong_file__has_every_mistake_found_and_nothing_else_accused(judged, unpassed):
    target = judged(MISTAKES, cases=0)
    assert unpassed(target) == WRONG
    tensors = {
        (part.function, finding.tensor)
        for part in target.parts
        for finding in part.findings
        if finding.severity == "fault"
    }
    assert {("ConvLayer.backward", "dx"), ("ConvLayer.backward", "db")} <= tensors
    assert ("ConvLayer.backward", "dw") not in tensors
    assert {("ConvLayer.update", "dw"), ("ConvLayer.update", "db")} <= tensors
    named = {part.function: {finding.mutant for finding in part.findings} for part in target.parts}
    assert "overlap-overwritten" in named["MaxPoolingLayer.backward"]
    assert "applied-twice" in named["SigmoidActivator.backward"]
    assert "mask-missing" in named["ConvLayer.backward (ReluActivator)"]


TELLING = ("implemented", "output", "gradient")

EDITS = [
    ("filters not turned", "conv2d", "[:, ::-1, ::-1]", "", {"ConvLayer.backward": "fail"}),
    ("bias left out", "conv2d", ".sum() + bias", ".sum()", {"ConvLayer.forward": "fail"}),
    ("mean for sum", "conv2d", "expanded[f].sum()", "expanded[f].mean()", {"ConvLayer.backward": "fail"}),
    (
        "stride forgotten",
        "conv2d",
        "expanded[:, i * self.stride, j * self.stride]",
        "expanded[:, i, j]",
        {"ConvLayer.backward": "fail"},
    ),
    ("uphill", "conv2d", "self.weights -= ", "self.weights += ", {"ConvLayer.update": "fail"}),
    (
        "bias not learned",
        "conv2d",
        "        self.bias -= learning_rate * self.bias_grad\n",
        "",
        {"ConvLayer.update": "fail"},
    ),
    (
        "nothing learned",
        "conv2d",
        "            kernel.update(self.learning_rate)",
        "            pass",
        {"ConvLayer.update": "missing"},
    ),
    (
        "activator not asked",
        "conv2d,relu",
        "self.delta_array *= derivative",
        "pass",
        {"ConvLayer.backward (ReluActivator)": "fail"},
    ),
    (
        "activator not applied",
        "conv2d,relu",
        "element_wise_op(self.output_array, self.activator.forward)",
        "pass",
        {"ConvLayer.forward (ReluActivator)": "fail"},
    ),
    ("one-sided", "relu", "return max(0, weighted_input)", "return abs(weighted_input)", {
        "ReluActivator.forward": "fail",
        "ReluActivator.backward": "inconclusive",
        "ConvLayer.forward (ReluActivator)": "fail",
        "ConvLayer.backward (ReluActivator)": "inconclusive",
    }),
    (
        "overlaps overwritten",
        "max_pool2d",
        "+= sensitivity_array[d, i, j]",
        "= sensitivity_array[d, i, j]",
        {"MaxPoolingLayer.backward": "fail"},
    ),
    ("tanh not squared", "tanh", "1 - output * output", "1 - output", {"TanhActivator.backward": "fail"}),
    ("identity is 0", "identity", "        return 1\n\n\nclass Sig", "        return 0\n\n\nclass Sig", {
        "IdentityActivator.backward": "fail"
    }),
]  # fmt: skip


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("layers", "was", "now", "expected"), [row[1:] for row in EDITS], ids=[r[0] for r in EDITS]
)
@pytest.mark.sample(every=8)
def test_single_mistake__fails_where_it_is_and_nowhere_else(
    edited, judged, unpassed, layers, was, now, expected
):
    target = judged(edited(LAYERS, was, now), layers=tuple(layers.split(",")), checks=TELLING, cases=0)
    assert unpassed(target) == expected


@pytest.mark.slow
def test_swapped_filter_axes__are_reported_and_square_filters_are_judged(
    edited, judged, unpassed, conventions
):
    path = edited(LAYERS, "zh = self.filter_height - 1", "zh = self.filter_width - 1")
    target = judged(path, layers=("conv2d",), checks=TELLING, cases=0)
    assert unpassed(target) == {}
    told = "assumes square windows: it fails on others, and is judged on square ones only"
    assert conventions(target) == {("ConvLayer.forward", told)}


@pytest.mark.slow
def test_extents_that_change_places_are_told_and_square_images_are_judged(
    edited, judged, unpassed, conventions
):
    was = "np.zeros((self.channel_number, self.input_height, self.input_width))"
    path = edited(LAYERS, was, "np.zeros((self.channel_number, self.input_width, self.input_height))")
    target = judged(path, layers=("conv2d",), checks=TELLING, cases=0)
    assert unpassed(target) == {}
    told = "assumes square images: it fails on others, and is judged on square ones only"
    assert conventions(target) == {("ConvLayer.forward", told)}


STUBS = """
class ReluActivator(object):
    def forward(self, weighted_input):
        {body}

    def backward(self, output):
        {body}


class Filter(object):
    def __init__(self, shape):
        self.weights = np.zeros(shape)
        self.weights_grad = np.zeros(shape)
        self.bias = self.bias_grad = 0


class ConvLayer(object):
    def __init__(self, width, height, depth, fw, fh, number, zp, stride, activator, learning_rate):
        self.output_array = np.zeros((number, (height - fh + 2*zp)//stride + 1, (width - fw + 2*zp)//stride + 1))
        self.filters = [Filter((depth, fh, fw)) for _ in range(number)]

    def forward(self, input_array):
        {body}

    def backward(self, input_array, sensitivity_array, activator):
        {body}

    def update(self):
        {body}


class MaxPoolingLayer(object):
    def __init__(self, *extents):
        pass

    def forward(self, input_array):
        {body}

    def backward(self, input_array, sensitivity_array):
        {body}
"""


@pytest.mark.slow
@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("body", ["pass", "raise NotImplementedError"])
def test_stubs_are_missing_and_not_wrong(tmp_path, judged, body):
    path = tmp_path / "stubs.py"
    path.write_text("import numpy as np\n" + STUBS.format(body=body))
    target = judged(path, layers=("conv2d", "max_pool2d"), cases=2)
    assert target.error == "there are only stubs in it"
    assert {part.verdict for part in target.parts} == {"missing"}


# The published example, through the dialect and by hand.


@pytest.fixture
def example(pytestconfig):
    """Return the published numbers as arrays."""
    numbers = json.loads((pytestconfig.rootpath / "tests/data/conv_layer_example.json").read_text())
    return {name: np.array(value, dtype=float) for name, value in numbers.items() if name != "source"}


@pytest.fixture
def members(pytestconfig):
    """Return what the right file defines, and what the dialect adds."""
    path = pytestconfig.rootpath / "tests/data" / LAYERS
    spec = importlib.util.spec_from_file_location("per_image_layers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {**names_in(PER_IMAGE.support), **vars(module)}


def test_published_example__is_reproduced_through_the_dialect(members, example):
    subject = PER_IMAGE.subjects(members)[0]
    params = BY_NAME["conv2d"].cases.grammar.read("n1c3h5w5_f2kh3kw3_s2x2_p1x1_d1x1_g1")
    assert subject.interface.express(params) == params
    tensors = {"x": example["x"][None], "w": example["weights"].copy(), "b": example["bias"]}
    call = subject.forward(params, tensors)
    np.testing.assert_array_equal(call.outputs["out"], example["output"][None], strict=True)
    found = call.backward(example["sensitivity"][None])
    for name, published in (("w", "weights"), ("b", "bias")):
        after = example[published] - example["learning_rate"] * found[name]
        np.testing.assert_allclose(after, example[f"{published}_after"], rtol=0, atol=1e-15, strict=True)


def test_published_example__is_reproduced_by_the_layers_own_update(members, example):
    layer = members["ConvLayer"](5, 5, 3, 3, 3, 2, 1, 2, members["IdentityActivator"](), 0.001)
    for kernel, weights, bias in zip(layer.filters, example["weights"], example["bias"], strict=True):
        kernel.weights, kernel.bias = weights, bias
    layer.backward(example["x"], example["sensitivity"], members["IdentityActivator"]())
    layer.update()
    for kernel, weights, bias in zip(
        layer.filters, example["weights_after"], example["bias_after"], strict=True
    ):
        np.testing.assert_allclose(kernel.weights, weights, rtol=0, atol=1e-15)
        np.testing.assert_allclose(kernel.bias, bias, rtol=0, atol=1e-15)
