import numpy as np
import pytest

LAYERS, HABITS, MISTAKES = (f"im2col-classes/{name}.py" for name in ("layers", "habits", "mistakes"))

WRONG = {
    "Convolution.backward": "fail",
    "Pooling.forward": "fail",
    "Pooling.backward": "inconclusive",
    "Affine.backward": "fail",
    "Relu.backward": "fail",
    "BatchNormalization.forward": "fail",
    "BatchNormalization.backward": "fail",
    "Dropout.forward": "fail",
    "Dropout.backward": "fail",
    "SoftmaxWithLoss.forward": "fail",
    "SoftmaxWithLoss.backward": "fail",
    "SoftmaxWithLoss.forward (one-hot)": "fail",
    "SoftmaxWithLoss.backward (one-hot)": "fail",
    "col2im": "fail",
}


def test_right_classes__pass_in_every_part(judged, unpassed):
    target = judged(LAYERS, cases=2)
    assert target.dialect == "im2col-classes"
    assert [part.function for part in target.parts[20:]] == ["sigmoid"]  # a helper, as a plain function
    assert unpassed(target) == {}


def test_right_layer_with_other_habits__passes(judged, unpassed, conventions):
    target = judged(HABITS, cases=2)
    assert unpassed(target) == {}
    assert conventions(target) == {
        ("Pooling.forward", "fails at pad > 0, as it was published: judged at pad 0 only"),
        (
            "Affine.forward",
            "takes flat samples only, and flattens no images: judged on flat samples",
        ),
        (
            "Dropout.forward",
            "draws its mask from numbers that no global seed controls: no two calls agree",
        ),
        (
            "SoftmaxWithLoss.forward (one-hot)",
            "the loss saturates at -log(1e-08) = 18.4, as it takes log(max(p, 1e-08)): an impossible label costs no "
            "more, and its gradient is that of log(p), which does not saturate",
        ),
    }


@pytest.mark.exhaustive  # all at once; test_single_mistake__fails_where_it_is_and_nowhere_else makes them one by one
@pytest.mark.diagnosed
def test_wrong_file__has_every_mistake_found_and_nothing_else_accused(judged, unpassed):
    target = judged(MISTAKES, cases=0)
    assert unpassed(target) == WRONG
    findings = {part.function: part.findings for part in target.parts}
    assert "mask-from-dout" in {finding.mutant for finding in findings["Relu.backward"]}
    (loss,) = (finding for finding in findings["SoftmaxWithLoss.backward"] if finding.check == "gradient")
    # Forward overflows, too: backward's NaNs there are not those of mean-missing, which is therefore not named.
    assert loss.explanation == "dx is too large by the factor N"


def test_conventions_of_the_family__are_notes(judged, conventions):
    told = conventions(judged(LAYERS, layers=("dropout", "softmax_loss"), cases=0))
    loss = {
        "backward takes dout for 1, as a loss comes last",
        "the loss saturates at -log(1e-07) = 16.1, as it takes log(p + 1e-07): an impossible label costs no more, and "
        "its gradient is that of log(p), which does not saturate",
    }
    scaled = (
        "is not inverted: it scales at test time, not in training (reported here divided by what is kept)"
    )
    forms = ("SoftmaxWithLoss.forward", "SoftmaxWithLoss.forward (one-hot)")
    assert told == {("Dropout.forward", scaled), *((form, text) for form in forms for text in loss)}


def test_zeros_that_win_in_padded_windows_are_told_and_not_asked_for(edited, judged, unpassed, conventions):
    target = judged(
        edited(LAYERS, "constant_values=-np.inf", "constant_values=0"), layers=("max_pool2d",), cases=2
    )
    assert unpassed(target) == {}
    told = "pads with zeros, which win over negative inputs: judged at pad 0 only"
    assert conventions(target) == {("Pooling.forward", told)}


BOTH = ("SoftmaxWithLoss.forward", "SoftmaxWithLoss.forward (one-hot)")

TELLING = ("implemented", "output", "gradient", "large", "mask")

EDITS = [
    ("dW transposed", "conv2d", ".T.reshape(FN, C", ".reshape(FN, C", {"Convolution.backward": "fail"}),
    (
        "windows one by one",
        "conv2d",
        "img[:, :, top:top+filter_h, left:left+filter_w]\n",
        "img[:, :, i:i+filter_h, j:j+filter_w]\n",
        {"Convolution.forward": "fail", "Convolution.backward": "inconclusive", "im2col": "fail"},
    ),
    (
        "overlaps overwritten",
        "conv2d,max_pool2d",
        "left:left+filter_w] += col[",
        "left:left+filter_w] = col[",
        {"Convolution.backward": "fail", "Pooling.backward": "fail", "col2im": "fail"},
    ),
    (
        "pad not cropped",
        "max_pool2d",
        "self.pad:H-self.pad,",
        "0:H-2*self.pad,",
        {"Pooling.backward": "fail"},
    ),
    (
        "eps outside of the root",
        "batch_norm",
        "np.sqrt(var + 10e-7)",
        "np.sqrt(var) + 10e-7",
        {"BatchNormalization.forward": "fail", "BatchNormalization.backward": "inconclusive"},
    ),
    (
        "an eps that hides the variance",
        "batch_norm",
        "self.std = np.sqrt(var + 10e-7)",
        "self.std = np.sqrt(var + 1e12)",
        {"BatchNormalization.forward": "fail"},  # backward is right for its own forward
    ),
    ("mean constant", "batch_norm", "dxc - dxc.mean(axis=0)", "dxc", {"BatchNormalization.backward": "fail"}),
    ("no mask", "dropout", "return dout * self.mask", "return dout", {"Dropout.backward": "fail"}),
    ("drops too little", "dropout", "rand(*x.shape) >", "rand(*x.shape) <", {"Dropout.forward": "fail"}),
    (
        "scaled in training and at test time",
        "dropout",
        "return x * self.mask",
        "return x * self.mask / (1 - self.dropout_ratio)",
        {"Dropout.forward": "fail", "Dropout.backward": "fail"},
    ),
    ("sum for mean", "softmax_loss", "-np.mean(", "-np.sum(", dict.fromkeys(BOTH, "fail")),
    (
        "only one-hot wrong",
        "softmax_loss",
        "t.argmax(",
        "t.argmin(",
        {
            "SoftmaxWithLoss.forward (one-hot)": "fail",
            "SoftmaxWithLoss.backward (one-hot)": "inconclusive",
        },
    ),
    (
        "exp overflows",
        "softmax_loss",
        "    x = x - x.max(axis=1, keepdims=True)\n",
        "",
        {
            **dict.fromkeys(BOTH, "fail"),
            **{name.replace("forward", "backward"): "inconclusive" for name in BOTH},
        },
    ),
]


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("layers", "was", "now", "expected"), [row[1:] for row in EDITS], ids=[r[0] for r in EDITS]
)
@pytest.mark.sample(every=4)
def test_single_mistake__fails_where_it_is_and_nowhere_else(
    edited, judged, unpassed, layers, was, now, expected
):
    target = judged(edited(LAYERS, was, now), layers=tuple(layers.split(",")), checks=TELLING, cases=0)
    assert unpassed(target) == expected


STUBS = """
class {name}:
    def __init__(self, *arguments):
        pass

    def forward(self, *arguments):
        {body}

    def backward(self, dout=1):
        {body}
"""


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("body", ["pass", "raise NotImplementedError"])
@pytest.mark.sample(1)
def test_stubs_are_missing_and_not_wrong(tmp_path, judged, body):
    names = ("Convolution", "Pooling", "Affine", "Relu", "SoftmaxWithLoss", "BatchNormalization", "Dropout")
    functions = "\n\ndef im2col(*arguments):\n    pass\n\n\ndef col2im(*arguments):\n    pass\n"
    path = tmp_path / "stubs.py"
    path.write_text("".join(STUBS.format(name=name, body=body) for name in names) + functions)
    target = judged(path, cases=2)
    assert target.error == "there are only stubs in it"
    assert {part.verdict for part in target.parts} == {"missing"}


ODD = ["'no'", "np.array([['a', None]])", "x.tolist()", "np.full(x.shape, 1j)"]


@pytest.mark.parametrize("result", ODD)
@pytest.mark.sample(1)
def test_results_that_are_no_numbers_are_findings(tmp_path, judged, result):
    source = "import numpy as np\n"
    for name in ("Dropout", "SoftmaxWithLoss"):
        source += STUBS.format(name=name, body="pass").replace(
            "(self, *arguments):\n        pass\n\n    def backward(self, dout=1):\n        pass",
            f"(self, x, *others):\n        return {result}\n\n    def backward(self, x=1):\n        return {result}",
        )
    path = tmp_path / "odd.py"
    path.write_text(source + f"\n\ndef im2col(x, *others):\n    return {result}\n")
    target = judged(path, cases=0)
    assert len(target.parts) >= 5
    assert {"pass", "skip"}.isdisjoint(part.verdict for part in target.parts)


def test_mask_from_the_global_seed__leaves_the_callers_numbers_alone(judged):
    np.random.seed(7)
    expected = np.random.random(3)
    np.random.seed(7)
    judged(LAYERS, layers=("dropout",), cases=1)
    np.testing.assert_array_equal(np.random.random(3), expected)


def test_operation_on_tensors_of_a_class_of_their_own__is_not_one_of_these(tmp_path, judged):
    path = tmp_path / "ops.py"
    path.write_text(
        "class Function: pass\n\n\nclass Relu(Function):\n    def forward(self, t):\n        return t.clone()\n\n"
        "    def backward(self):\n        return self.saved\n"
    )
    assert judged(path, cases=0).parts == ()
