"""Every layer is judged as a kernel, and so is every operation that only kernels have."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.kernels import operations, problems
from gradcheck.kernels.choosing import covering
from gradcheck.kernels.dtypes import BY_NAME
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.layers.outside import registry

EXTRA = 'needs ml_dtypes: pip install -e ".[peers]"'

KERNELS = Path(__file__).parent / "layer_kernels.py"


@pytest.mark.parametrize("name", [each for each in operations.names() if each not in ("conv2d", "affine")])
@pytest.mark.sample(every=9)
def test_our_own_functions__pass_on_the_battery(judged, name, tmp_path):
    place = tmp_path / "own.py"
    place.write_text(
        "from gradcheck.kernels import operations\n"
        f"pair = operations.of({name!r}).layer.ours.fast\n"
        f"{name}, {name}_backward = pair.forward, pair.backward\n"
    )
    report = judged(f"{place}:{name}", "--layer", name, "--problems", "battery", "--dtype", "float64")
    assert {problem["verdict"] for problem in report["problems"]} <= {"pass", "skip"}
    assert report["verdict"] == "pass"


@pytest.mark.parametrize(
    ("name", "check", "tensor"),
    [
        ("softmax_in_blocks", "reals", "out"),
        ("softmax_in_half", "reals", "out"),
        ("softmax_not_shifted", "overflow", "out"),
        ("softmax_by_address", "reentrant", "out"),
        ("softmax_of_flat_dout", "expanded", "dx"),
    ],
)
def test_wrong_kernel__is_caught(findings, name, check, tensor):
    found = findings(f"{KERNELS}:{name}", "--layer", "softmax", "--problems", "battery")
    assert (check, tensor, "fail") in found


@pytest.mark.parametrize("name", ["softmax", "softmax_of_what_is_there", "softmax_of_last_axis"])
@pytest.mark.parametrize("apart", [False, True])
def test_right_kernel__passes_where_it_has_a_call(judged, name, apart):
    report = judged(f"{KERNELS}:{name}", "--layer", "softmax", "--problems", "battery", apart=apart)
    verdicts = [problem["verdict"] for problem in report["problems"]]
    assert set(verdicts) <= {"pass", "skip", "inconclusive"}
    assert ("skip" in verdicts) == (name == "softmax_of_last_axis")


def test_problem_that_a_kernel_refuses__is_missing(judged):
    report = judged(f"{KERNELS}:softmax_not_implemented", "--layer", "softmax", "--problems", "battery")
    by_name = {problem["problem"]: problem["verdict"] for problem in report["problems"]}
    assert by_name["softmax n3d5"] == "pass"
    assert by_name["softmax n2d3x4"] == "missing"


@pytest.mark.parametrize(
    ("name", "layer", "dtype", "verdict"),
    [
        ("matmul", "matmul", "int8", "pass"),
        ("matmul_summed_in_eight_bits", "matmul", "int8", "fail"),
        ("matmul", "matmul", "float8_e4m3fn", "pass"),
        ("matmul", "matmul", "float8_e5m2", "pass"),
        ("matmul_flushed", "matmul", "float8_e4m3fn", "fail"),
        ("softmax", "softmax", "int8", "skip"),
        ("softmax", "softmax", "float8_e5m2", "skip"),
        ("argmax", "argmax", "float16", "pass"),
        ("batch_norm", "batch_norm", "float32", "pass"),
        ("attention", "attention", "float32", "pass"),
        ("attention_without_mask", "attention", "float32", "pass"),
    ],
)
def test_kernel__is_judged_in_a_dtype(judged, name, layer, dtype, verdict):
    if dtype.startswith("float8"):
        pytest.importorskip("ml_dtypes", reason=EXTRA)
    report = judged(f"{KERNELS}:{name}", "--layer", layer, "--problems", "battery", "--dtype", dtype)
    assert report["verdict"] == verdict


def test_kernel_without_a_mask__is_not_asked_for_one(judged):
    report = judged(f"{KERNELS}:attention_without_mask", "--layer", "attention", "--problems", "battery")
    reasons = {each["problem"]: each["outcomes"][0]["reason"] for each in report["problems"]}
    assert reasons["attention n1h2s5t3d4_bool"] == "it takes no mask"
    assert reasons["attention n2h1s4t4d3_cyes"] == "it takes no is_causal"


def test_half_precision__is_inconclusive_where_its_sums_may_be_anything(judged):
    common = (
        f"{KERNELS}:softmax",
        "--layer",
        "softmax",
        "--problem",
        "softmax n1d20001",
        "--dtype",
        "float16",
    )
    assert judged(*common)["verdict"] == "inconclusive"


def test_tiles__are_extents_in_turn(judged):
    report = judged(f"{KERNELS}:softmax_in_blocks", "--layer", "softmax", "--problems", "tiles")
    verdicts = {each["problem"].removeprefix("softmax "): each["verdict"] for each in report["problems"]}
    assert {"n2d63", "n2d64", "n2d65", "n129d2", "n9d9"} <= verdicts.keys()
    assert (verdicts["n2d64"], verdicts["n2d65"]) == ("pass", "fail")


@pytest.mark.parametrize("layer", ["conv1d", "conv3d"])
def test_covering__draws_windows_of_any_number_of_axes(layer):
    place = f"gradcheck.fast:{layer}_forward"
    with opened_kernel(place, None, None, layer) as kernel:
        found = covering(kernel, operations.of(layer).layer, BY_NAME["float32"])
    assert len(found) > 10


@pytest.mark.parametrize("name", ["transformer", "moe", "unet"])
def test_problems_of_networks__are_of_known_layers(name):
    layers = {problem.case.layer.name for problem in problems.read(name)}
    assert layers <= set(operations.names())
    assert len(layers) > 5


def test_markdown__has_no_times(kernel):
    options = ("--layer", "softmax", "--problems", "battery", "--format", "markdown")
    first, *_ = lines = kernel(f"{KERNELS}:softmax_in_half", *options).stdout.splitlines()
    assert first.startswith("## gradcheck: fail, 6 problems, float32, worst ")
    assert "| `n3d5` | **fail** |" in "\n".join(lines)
    assert kernel(f"{KERNELS}:softmax_in_half", *options).stdout.splitlines() == lines


def test_layer_of_an_installed_package__is_judged_as_a_kernel(judged, monkeypatch):
    swish = replace(operations.of("swiglu").layer, name="package_swish")
    monkeypatch.setitem(registry._outside, swish.name, registry.Outside(swish, "package", given=False))
    place = "gradcheck.kernels.operations.swiglu:forward"
    assert (
        judged(place, "--layer", "package_swish", "--problems", "battery", "--dtype", "float64")["verdict"]
        == "pass"
    )


@pytest.mark.parametrize(("sign", "verdict"), [("", "pass"), ("-", "fail")])
def test_backward_that_returns_more_gradients_than_are_asked__is_judged_by_those(
    judged, tmp_path, sign, verdict
):
    place = tmp_path / "turned.py"
    place.write_text(
        "import numpy as np\n"
        "from gradcheck.kernels import operations\n"
        "pair = operations.of('rotary').layer.ours.fast\n\n\n"
        "def rotary(x, cos, sin, interleaved=False):\n"
        "    return pair.forward(x, cos, sin, interleaved=interleaved)[0]\n\n\n"
        "def rotary_backward(dout, x, cos, sin, interleaved=False):\n"
        "    (dx,) = pair.backward(dout, (cos, sin, interleaved))\n"
        f"    return {sign}dx, np.zeros_like(cos), np.zeros_like(sin)\n"
    )
    report = judged(f"{place}:rotary", "--layer", "rotary", "--problems", "battery")
    assert report["verdict"] == verdict


@pytest.mark.parametrize("check", ["reals", "layout", "unchanged"])
def test_refusal_that_right_code_may_make__is_not_judged(judged, check):
    line = "instance_norm n2c3h1w1_e0.1"
    report = judged(
        f"{KERNELS}:instance_norm", "--layer", "instance_norm", "--problem", line, "--check", check
    )
    (problem,) = report["problems"]
    assert problem["verdict"] == "skip"
    (outcome,) = problem["outcomes"]
    assert outcome["reason"].startswith("not judged: it refuses one value per channel: instance_norm raised")


def test_refusal_of_what_nobody_may_refuse__is_an_error(judged):
    options = ("--layer", "instance_norm", "--problems", "battery")
    assert judged(f"{KERNELS}:instance_norm", *options)["verdict"] == "pass"
    assert judged(f"{KERNELS}:instance_norm_of_few_rows", *options)["verdict"] == "error"


def test_replay_line__names_the_layer(kernel):
    result = kernel(f"{KERNELS}:softmax_in_half", "--layer", "softmax", "--problem", "softmax n3d5")
    lines = result.stdout.splitlines()
    again = next(line.split(maxsplit=1)[1] for line in lines if line.startswith("  again"))
    repeated = CliRunner().invoke(main, shlex.split(again)[1:])
    assert repeated.exit_code == 1
    assert repeated.stdout.splitlines()[:4] == lines[:4]


@pytest.mark.parametrize("problems", ["battery", "tiles"])
def test_loss_of_probabilities__is_asked_for_nothing_else(judged, problems):
    options = ("--layer", "bce_loss", "--problems", problems)
    assert judged(f"{KERNELS}:bce_loss", *options)["verdict"] == "pass"


@pytest.mark.parametrize("name", ["cumprod_in_a_loop", "cumsum_of_others"])
def test_result_that_is_always_the_same__is_right_without_a_gradient(judged, name):
    pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')
    layer = name.partition("_")[0]
    words = ("--layer", layer, "--problem", f"{layer} n1d2x3_a0_xyes", "--framework", "torch")
    report = judged(f"{KERNELS}:{name}", *words)
    assert [each["verdict"] for each in report["problems"]] == ["pass"]


@pytest.mark.parametrize(
    ("name", "layer", "check"),
    [
        ("log_softmax_with_a_floor", "log_softmax", "overflow"),
        ("layer_norm_in_one_pass", "layer_norm", "offset"),
    ],
)
def test_kernel_that_is_wrong_for_large_numbers__is_caught(findings, name, layer, check):
    words = ("--layer", layer, "--problems", "tiles", "--framework", "numpy", "--check", check)
    found = findings(f"{KERNELS}:{name}", *words)
    assert {each[0] for each in found if each[2] == "fail"} == {check}


def test_kernel_that_knows_an_address_in_inference_alone__is_caught(findings):
    pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')
    words = ("--layer", "matmul", "--problems", "battery", "--framework", "torch")
    assert ("reentrant", "out", "fail") in findings(f"{KERNELS}:matmul_of_packed_weights", *words)


def test_group_of_one_value__may_be_refused():
    layer = operations.of("group_norm").layer
    lines = {"n1c4h1w1_g4_e0.1": True, "n2c4h1w1_g4_e0.1": False, "n1c4h1w1_g2_e0.1": False}
    for line, may_refuse in lines.items():
        assert bool(layer.cases.refusable(layer.case(line).params)) is may_refuse


@pytest.mark.parametrize(
    ("name", "line", "check", "tensor"),
    [
        ("matmul_of_something", "matmul m2k3f4", "zeros", "out"),
        ("cumprod", "cumprod n2d3", "zeros", "dx"),
        ("argmax_last", "argmax n3d5", "ties", "out"),
        ("batch_norm_of_many", "batch_norm n4d3_train_e0.1_m0.1", "lone", "out"),
        ("attention_from_the_end", "attention n1h2s3t5d4_cyes", "reals", "out"),
        ("softmax_of_a_larger_sum", "softmax n3d5", "lone", "out"),
        ("attention_with_a_large_number", "attention n1h2s5t3d4_bool", "overflow", "out"),
        ("batch_norm_with_a_floor", "batch_norm n4d3_eval_e0.001_m0.1", "scales", "out"),
        ("max_above_a_large_number", "max n3d5", "scales", "out"),
        ("bce_loss_with_a_floor", "bce_loss n3d5", "scales", "out"),
    ],
)
def test_kernel_that_is_wrong_in_one_place__is_caught(findings, name, line, check, tensor):
    words = ("--layer", line.split()[0], "--problem", line, "--framework", "numpy", "--check", check)
    assert (check, tensor, "fail") in findings(f"{KERNELS}:{name}", *words)


def test_scores_that_rounding_moves__are_not_judged(judged):
    pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')
    line = ("--problem", "softmax n2d65x24x3", "--framework", "torch", "--dtype", "bfloat16")
    options = ("--layer", "softmax", *line, "--check", "overflow")
    assert judged(f"{KERNELS}:softmax_by_exp2", *options)["verdict"] == "pass"


def test_gradient_of_an_expanded_dout__is_judged(findings):
    pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')
    words = ("--layer", "matmul", "--problem", "matmul m2k3f4", "--framework", "torch", "--check", "expanded")
    assert ("expanded", "dx", "fail") in findings(f"{KERNELS}:matmul_of_flat_dout", *words)


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("attention_from_any_end", "attention n1h2s3t5d4_cyes", ()),
        ("argmax_last", "argmax n3d5", ("--declare", "ties")),
    ],
)
def test_question_that_right_code_answers_in_several_ways__is_not_asked(judged, name, line, words):
    options = ("--layer", line.split()[0], "--problem", line, "--framework", "numpy", *words)
    report = judged(f"{KERNELS}:{name}", *options)
    assert {each["verdict"] for each in report["problems"]} <= {"pass", "skip"}


@pytest.mark.parametrize(("name", "verdict"), [("without_a_graph", "fail"), ("detached", "missing")])
def test_output_without_a_graph__is_judged_although_its_gradient_is_missing(judged, name, verdict):
    pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')
    words = ("--layer", "relu", "--problem", "relu n3d5", "--framework", "torch")
    report = judged(f"{KERNELS}:relu_{name}", *words)
    assert report["verdict"] == verdict
