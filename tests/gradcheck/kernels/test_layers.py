"""Every layer is judged as a kernel, and so is every operation that only kernels have."""

from pathlib import Path

import pytest

from gradcheck.kernels import operations

KERNELS = Path(__file__).parent / "layer_kernels.py"


@pytest.mark.parametrize("name", [each for each in operations.names() if each not in ("conv2d", "affine")])
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
    ("name", "check"),
    [
        ("softmax_in_blocks", "reals"),
        ("softmax_in_half", "reals"),
        ("softmax_by_address", "reentrant"),
    ],
)
def test_wrong_kernel__is_caught(findings, name, check):
    found = findings(f"{KERNELS}:{name}", "--layer", "softmax", "--problems", "battery")
    assert (check, "out", "fail") in found


@pytest.mark.parametrize("name", ["softmax", "softmax_of_last_axis"])
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
