from pathlib import Path

import numpy as np
import pytest

from gradcheck import Plan, verify
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.nhwc import NHWC, ours, theirs

DATA = Path(__file__).parents[3] / "data" / "nhwc"
RIGHT = (DATA / "steps.py").read_text()
WRONG = {
    ("conv_backward", "conv2d"): {"dx", "dw"},
    ("pool_forward", "avg_pool2d"): {"out"},
    ("pool_backward", "max_pool2d"): {"dx"},
    ("conv_single_step", "affine"): {"out"},
    ("create_mask_from_window", "max_pool2d"): {"dx"},
    ("distribute_value", "avg_pool2d"): {"dx"},
}


def target_of(path, **plan):
    (target,) = verify([str(path)], Plan(**{"hint": "mistake"} | plan)).targets
    return target


def changed(folder, was, now, layer):
    """Return the parts of one layer of the right file after an edit."""
    assert RIGHT.count(was) == 1
    (folder / "steps.py").write_text(RIGHT.replace(was, now))
    return {part.function: part for part in target_of(folder / "steps.py", cases=0, layers=(layer,)).parts}


@pytest.mark.parametrize("name", ["steps.py", "windows.py"])
@pytest.mark.sample(1)
def test_right_file__passes_in_every_part(name):
    target = target_of(DATA / name, cases=8)
    assert target.dialect == "nhwc"
    assert {part.function: part.findings for part in target.parts if part.verdict != "pass"} == {}


def test_modes_and_helpers__are_all_judged():
    parts = target_of(DATA / "steps.py", cases=0, checks=("implemented",)).parts
    assert [(part.function, part.layer) for part in parts] == [
        *(("conv_forward", "conv2d"), ("conv_backward", "conv2d")),
        *(("pool_forward", "max_pool2d"), ("pool_backward", "max_pool2d")),
        *(("pool_forward", "avg_pool2d"), ("pool_backward", "avg_pool2d")),
        ("conv_single_step", "affine"),
        *(("create_mask_from_window", "max_pool2d"), ("distribute_value", "avg_pool2d")),
    ]


def test_wrong_file__is_wrong_exactly_where_its_mistakes_are():
    parts = target_of(DATA / "wrong.py", cases=2).parts
    faults = {
        (part.function, part.layer): {
            finding.tensor for finding in part.findings if finding.severity == "fault"
        }
        for part in parts
        if part.verdict != "pass"
    }
    assert faults == WRONG
    assert {part.verdict for part in parts} == {"pass", "fail"}


@pytest.mark.slow
@pytest.mark.diagnosed
def test_mistake__has_its_name():
    parts = {
        part.function: part for part in target_of(DATA / "wrong.py", cases=0, layers=("max_pool2d",)).parts
    }
    faults = [f for f in parts["create_mask_from_window"].findings if f.severity == "fault"]
    assert {finding.mutant for finding in faults} == {"winner-swapped"}


class Hostile(np.ndarray):
    def __array_finalize__(self, other):
        if other is not None and type(other) is not np.ndarray:
            raise RuntimeError("looked at")

    def __array_ufunc__(self, *args, **kwargs):
        return True

    shape = ndim = property(lambda self: 1 / 0)


def test_array_subclass__is_looked_at_as_a_plain_array():
    hostile = np.zeros((1, 2, 3, 4)).view(Hostile)
    assert type(ours("x", hostile)) is np.ndarray
    assert ours("x", hostile).shape == (1, 4, 2, 3)


@pytest.mark.slow
def test_stubs_are_missing():
    target = target_of(DATA / "stubs.py", cases=2)
    assert target.error == "there are only stubs in it"
    assert {part.verdict for part in target.parts} == {"missing"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("was", "now", "advice"),
    [
        (
            "float(np.squeeze(b))",
            "float(b)",
            "since NumPy 2.4 float(b) and int(b) take only arrays without axes",
        ),
        ("Z + float(np.squeeze(b))", "Z + b", "write + b.item()"),
    ],
)
@pytest.mark.sample(1)
def test_bias_of_three_axes__is_the_files_crash_and_says_what_to_do(tmp_path, was, now, advice):
    parts = changed(tmp_path, was, now, "conv2d")
    told = [finding.message for finding in parts["conv_forward"].findings if finding.severity == "fault"]
    if np.lib.NumpyVersion(np.__version__) < "2.4.0":
        assert not told
    else:
        assert parts["conv_forward"].verdict == "error"
        assert all(message.startswith("conv_forward raised ") and "(steps.py:" in message for message in told)
        assert advice in told[0]
        assert parts["conv_backward"].verdict == "inconclusive"


@pytest.mark.slow
def test_crop_of_the_course__fails_at_pad_0_and_says_what_to_do(tmp_path):
    crop = "da_prev_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]"
    parts = changed(tmp_path, crop, "da_prev_pad[pad:-pad, pad:-pad, :]", "conv2d")
    assert parts["conv_forward"].verdict == "pass"
    assert parts["conv_backward"].verdict == "error"
    messages = [finding.message for finding in parts["conv_backward"].findings]
    assert any("empty where pad is 0: write [pad:pad + H]" in message for message in messages)


@pytest.mark.slow
@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now", "function", "layer", "tensor"),
    [
        ("db[:, :, :, c] += dZ", "db[:, :, :, c] += 2 * dZ", "conv_backward", "conv2d", "db"),
        ("dW[:, :, :, c] += a_slice", "dW[:, :, :, c] = a_slice", "conv_backward", "conv2d", "dw"),
        ("W[:, :, :, c] * dZ", "W[::-1, :, :, c] * dZ", "conv_backward", "conv2d", "dx"),
        ("Z[i, h, w, c] = conv", "Z[i, h, w, -1 - c] = conv", "conv_forward", "conv2d", "out"),
        ("A[i, h, w, c] = np.mean", "A[i, h, w, c] = np.sum", "pool_forward", "avg_pool2d", "out"),
        ("A[i, h, w, c] = np.max", "A[-1 - i, h, w, c] = np.max", "pool_forward", "max_pool2d", "out"),
    ],
)
@pytest.mark.sample(1)
def test_single_mistake__is_one_verdict(tmp_path, was, now, function, layer, tensor):
    parts = changed(tmp_path, was, now, layer)
    assert [name for name, part in parts.items() if part.verdict.is_wrong] == [function]
    assert {f.tensor for f in parts[function].findings if f.severity == "fault"} == {tensor}


@pytest.mark.slow
@pytest.mark.usefixtures("undiagnosed")
def test_wrong_forward__does_not_excuse_a_backward_that_has_the_inputs(tmp_path):
    source = (DATA / "wrong.py").read_text().replace("+ b[0, 0, 0, c]", "- b[0, 0, 0, c]")
    (tmp_path / "wrong.py").write_text(source)
    parts = target_of(tmp_path / "wrong.py", cases=0, layers=("conv2d",)).parts
    assert [part.verdict for part in parts] == ["fail", "fail"]


@pytest.mark.parametrize("body", ["raise NotImplementedError", "return None, (A_prev, W, b, hparameters)"])
def test_gradient__is_judged_while_forward_is_not_written(tmp_path, body):
    head = "def conv_forward(A_prev, W, b, hparameters):\n"
    parts = changed(tmp_path, head, f"{head}    {body}\n", "conv2d")
    assert parts["conv_forward"].verdict == "missing"
    found = {check.check: check.verdict for check in parts["conv_backward"].checks}
    assert found["gradient"] == found["ones"] == "pass"


def test_changed_argument__is_seen_through_the_turned_axes(tmp_path):
    parts = changed(tmp_path, "    n_C = n_C_prev\n", "    n_C = n_C_prev\n    A_prev += 1\n", "max_pool2d")
    messages = [finding.message for finding in parts["pool_forward"].findings]
    assert any("changes its argument x" in message for message in messages)


def test_windows__are_square_in_every_case():
    for subject in NHWC.subjects(dict.fromkeys(NHWC.names, print)):
        for geometry in subject.layer.cases.battery:
            params = subject.interface.express(subject.layer.cases.grammar.read(geometry))
            assert subject.interface.express(params) == params
            kernel = params.get("kernel") or (params.get("kh"), params.get("kw"))
            assert kernel[0] == kernel[1]


@pytest.mark.parametrize("name", ["x", "w", "b"])
def test_layouts_survive_the_turn(name):
    shape = BY_NAME["conv2d"].shapes.inputs(
        BY_NAME["conv2d"].cases.grammar.read("n2c3h4w5_f6kh2kw2_s1x1_p0x0_d1x1_g1")
    )[name]
    values = np.arange(np.prod(shape)).reshape(shape)
    for arranged in (values, np.asfortranarray(values), values[::-1]):
        given = theirs(name, arranged)
        assert given.flags.c_contiguous == (arranged.flags.c_contiguous)
        assert np.array_equal(ours(name, given), arranged)
        assert np.shares_memory(ours(name, given), given)
    values.flags.writeable = False
    assert not theirs(name, values).flags.writeable


@pytest.mark.parametrize(
    ("was", "now", "layer", "message"),
    [
        (
            "return mask",
            "return mask[0]",
            "max_pool2d",
            "create_mask_from_window returned an array of shape (",
        ),
        (
            "return mask",
            "return 1",
            "max_pool2d",
            "create_mask_from_window returned a int; expected an array",
        ),
        (
            "return a\n",
            "return a.astype(object)\n",
            "avg_pool2d",
            "distribute_value returned an array of dtype object",
        ),
    ],
)
@pytest.mark.sample(1)
def test_helper__returns_an_array_of_the_windows_shape(tmp_path, was, now, layer, message):
    parts = changed(tmp_path, was, now, layer)
    helper = message.split(" ")[0]
    assert parts[helper].verdict == "fail"
    assert parts[helper].findings[0].message.startswith(message)
