"""The command on kernels that are right, wrong, and none."""

import shlex

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.kernels.choosing import MOST

SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"
FOURIER = "conv2d n2c3h12w13_f4kh3kw5_s1x1_p0x0_d1x1_g1_bnone"
SQUARE = "conv2d n2c2h7w7_f3kh3kw3_s2x2_p1x1_d1x1_g1"


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("name", ["conv2d", "naive:conv2d_forward", "fast:conv2d_forward"])
def test_right_kernel__passes(kernel, name, dtype):
    result = kernel(name, "--dtype", dtype, "--problem", SMALL, "--strict")
    assert result.exit_code == 0, result.stdout
    assert f"1 problem of conv2d in {dtype}: 1 pass; NumPy " in result.stdout


@pytest.mark.slow
def test_right_kernel__passes_whole_sets(judged):
    report = judged("conv2d")
    verdicts = [problem["verdict"] for problem in report["problems"]]
    count = 12 + MOST + 1  # the battery, what covers, and one of many numbers
    assert len(verdicts) == count
    assert verdicts.count("pass") == count - 1  # no uneven pads in this signature, and none in what covers
    (skipped,) = (problem for problem in report["problems"] if problem["verdict"] == "skip")
    assert skipped["outcomes"][0]["reason"] == "it takes one padding for both sides"


@pytest.mark.parametrize(
    ("name", "check", "tensor"),
    [
        ("last_row_missing", "exact", "out"),
        ("swapped", "exact", None),
        ("zeros", "exact", "out"),
        ("not_finite", "exact", "out"),
        ("half_sums", "exact", "out"),
        ("short_operands", "operands", "out"),
        ("transposed_result", "exact", None),
        ("double_result", "exact", None),
    ],
)
def test_wrong_kernel__fails(findings, name, check, tensor):
    assert (check, tensor, "fail") in findings(name, "--problem", SMALL)


def test_gradient_kernel__is_not_blamed_for_the_output(findings):
    found = findings("last_row_missing", "--problem", SMALL, "--check", "exact")
    assert found == {("exact", "out", "fail")}


@pytest.mark.slow
def test_kernel_failure__has_the_place_both_numbers_and_a_replay_line(kernel):
    result = kernel("last_row_missing", "--problem", SMALL)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "conv2d · out    FAIL    (exact)"
    assert lines[2] == f"  problem         {SMALL}"
    assert ": yours 0, expected " in lines[3]
    assert "where           rows 2..2, every sample, every channel, every column" in lines[4]
    (again,) = (line.split(maxsplit=1)[1] for line in lines if line.startswith("  again") and "exact" in line)
    assert again.startswith("gradcheck kernel ")
    repeated = CliRunner().invoke(main, shlex.split(again)[1:])
    assert repeated.exit_code == 1
    assert repeated.stdout.splitlines()[:6] == lines[:6]


def test_int8_is_summed_in_int32(kernel):
    assert kernel("integer", "--dtype", "int8", "--problem", SMALL).exit_code == 0
    assert kernel("saturating", "--dtype", "int8", "--problem", SMALL).exit_code == 1
    wrong = kernel("conv2d", "--dtype", "int8", "--problem", SMALL)
    assert "returned int8; expected int32 (out)" in wrong.stdout


def test_inexpressible_problem__is_skipped(judged):
    def reason(name, problem):
        (only,) = judged(name, "--problem", problem)["problems"]
        return only["verdict"], only["outcomes"][0]["reason"]

    assert reason("without_groups", SMALL) == ("skip", "it takes no dilation")
    assert reason("square", "conv2d n1c1h5w5_f1kh2kw2_s2x1_p0x0_d1x1_g1") == (
        "skip",
        "it takes one stride for both axes",
    )
    assert reason("square", SQUARE) == ("pass", None)


@pytest.mark.parametrize("name", ["without_groups", "refusing"])
def test_kernel_command__with_nothing_to_judge_is_exit_2(kernel, name):
    assert kernel(name, "--problem", SMALL).exit_code == 2


@pytest.mark.slow
def test_problem_too_large_for_memory__is_not_the_kernel_s_fault(judged):
    huge = "conv2d n1000000c1h10000w10000_f1kh3kw3_s1x1_p1x1_d1x1_g1"
    (problem,) = judged("conv2d", "--problem", huge)["problems"]
    assert problem["verdict"] == "inconclusive"
    assert {each["reason"] for each in problem["outcomes"]} >= {"too large for the memory here"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fail-slower", "10%"], "--fail-slower has no effect without --bench"),
        (["--against", "fast:conv2d_forward"], "--against has no effect without --bench"),
        (["--backward"], "--backward has no effect without --bench"),
        (["--bench", "--fail-slower", "0%"], "--fail-slower needs something to compare with"),
    ],
)
def test_option_without_effect__is_refused(kernel, options, said):
    result = kernel("conv2d", "--problem", SMALL, *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_unimplemented_kernel__is_missing_and_wrong_only_where_strict(kernel):
    assert kernel("refusing", "--problems", "battery").exit_code == 0
    assert kernel("refusing", "--problem", SMALL, "--strict").exit_code == 1


def test_kernel_crash__is_an_error(findings):
    assert ("exact", None, "error") in findings("breaking", "--problem", SMALL)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "has no function 'nothing'"),
        ("nosuchmodule:conv2d", "nosuchmodule cannot be imported: ModuleNotFoundError"),
        ("nofile.py:conv2d", "there is no file 'nofile.py'"),
        ("naive.conv", "names no kernel; expected package.module:function"),
        (r"C:\kernels\fast.py", "names no kernel; expected package.module:function"),
        ("tf32", "tf32 is not to be called: it takes no x and w"),
    ],
)
def test_invalid_kernel__is_exit_2(kernel, name, said):
    result = kernel(name, "--problem", SMALL)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.slow
def test_invalid_problem__is_exit_2(kernel):
    assert "a case line begins with a layer" in kernel("conv2d", "--problem", "").stderr
    assert "no problems 'resnet51'" in kernel("conv2d", "--problems", "resnet51").stderr
    assert "no problems of the layer" not in kernel("conv2d", "--problems", "course", "--batch", 1).stderr
    assert "none of these problems is of the layer" in kernel("conv2d", "--problems", "layers").stderr


def test_summary__goes_to_stderr_where_the_report_goes_to_a_file(kernel, tmp_path):
    path = tmp_path / "report.txt"
    result = kernel("conv2d", "--problem", SMALL, "--output", path)
    assert result.stdout == ""
    assert result.stderr.endswith(f"; written to {path}\n")
    assert "1 pass" in path.read_text()


def test_sums_in_half_precision_are_wrong_only_where_longer_ones_are_demanded(kernel):
    half = ("--dtype", "float16", "--problem", SMALL, "--check", "reals", "--strict")
    assert kernel("sums_in_half", *half).exit_code == 0
    assert kernel("sums_in_half", *half, "--sums-in", "float32").exit_code == 1
    assert kernel("fast:conv2d_forward", *half, "--sums-in", "float32").exit_code == 0


def test_half_precision_bound__knows_that_small_products_lose_bits(findings):
    small = "conv2d n1c42h7w255_f42kh2kw2_s2x2_p0x0_d1x1_g42_bnone"
    options = ("--dtype", "float16", "--problem", small, "--check", "reals")
    assert findings("fast:conv2d_forward", *options) == set()


def test_sums_of_half_precision_that_may_be_anything_say_nothing(judged):
    long = "conv2d n2c256h6w7_f3kh3kw3_s1x1_p1x1_d1x1_g1"
    report = judged("fast:conv2d_forward", "--problem", long, "--check", "reals", "--dtype", "float16")
    assert report["problems"][0]["outcomes"][0]["reason"].endswith(
        "demand longer ones with --sums-in float32"
    )


def test_inexact_kernel__gets_the_bound_of_its_kind_and_the_report_says_so(judged):
    report = judged("short_operands", "--problem", SMALL, "--inexact", "tf32")
    reasons = {each["check"]: each["reason"] for each in report["problems"][0]["outcomes"]}
    assert report["verdict"] == "pass"
    assert (reasons["exact"], reasons["reals"]) == ("declared tf32", "declared tf32: a normwise bound")
    assert judged("last_row_missing", "--problem", SMALL, "--inexact", "tf32")["verdict"] == "fail"


def test_empty_batch__may_be_declared_unsupported(judged):
    assert judged("needs_samples", "--problem", SMALL, "--check", "empty")["verdict"] == "error"
    report = judged("needs_samples", "--problem", SMALL, "--declare", "empty")
    reasons = {each["check"]: each["reason"] for each in report["problems"][0]["outcomes"]}
    assert report["verdict"] == "pass"
    assert reasons["empty"] == "declared not to take a batch of no samples"


def test_fft_passes_where_it_is_declared(kernel):
    assert kernel("by_fft", "--problem", FOURIER, "--inexact", "fft").exit_code == 0
    assert kernel("by_fft", "--problem", FOURIER).exit_code == 1


def test_reals_are_told_in_units_in_the_last_place(judged):
    report = judged("conv2d", "--problem", SMALL, "--check", "reals")
    (reals,) = report["problems"][0]["outcomes"]
    assert [each["tensor"] for each in reals["roundings"]] == ["out", "dx", "dw", "db"]
    out = reals["roundings"][0]
    assert sum(out["histogram"]) == 2 * 6 * 3 * 5
    assert 0 < out["share"] < 1
    assert out["ulps"] > 0


@pytest.mark.parametrize(
    ("name", "check", "tensor"),
    [
        ("reused_buffer", "reentrant", "out"),
        ("nan_swallowed", "special", "out"),
        ("no_empty_batch", "empty", None),
    ],
)
def test_kernel_right_on_ordinary_numbers_only__fails(findings, name, check, tensor):
    assert findings(name, "--problem", SMALL) == {(check, tensor, "fail")}


@pytest.mark.slow
def test_image_of_more_than_two_to_the_31_pixels__is_tried_on_request(kernel):
    one = "conv2d n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1_bnone"
    result = kernel("stepping", "--problem", one, "--check", "large", "--dtype", "int8", "--strict")
    assert result.exit_code == 0, result.stdout
    assert (
        kernel("stepping_in_32_bits", "--problem", one, "--check", "large", "--dtype", "int8").exit_code == 1
    )
