"""Kernels that are wrong at some geometries only: the default sets have a problem that shows each."""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from gradcheck.kernels import dtypes, problems
from gradcheck.kernels.choosing import Asked
from gradcheck.kernels.engine import KernelPlan, judge_problem
from gradcheck.kernels.library import HOST
from gradcheck.kernels.resolving import opened_kernel

HERE = Path(__file__).parent
PLAN = KernelPlan(dtype=dtypes.BY_NAME["float32"])
SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"
SOURCE = (HERE / "wrong_kernels.py").read_text()


def decorated(name):
    """Return the names of the functions that stand below a decorator."""
    lines = SOURCE.splitlines()
    return [
        below.removeprefix("def ").partition("(")[0] for line, below in pairwise(lines) if line == f"@{name}"
    ]


OUTPUTS, GRADIENTS = ["group_offset", *decorated("forward")], decorated("backward")


def first_wrong(target):
    """Return what is found on the first problem of the default sets that shows a kernel to be wrong, if one does."""
    battery = [each for each in problems.battery() if each.case.layer.name == "conv2d"]
    with opened_kernel(str(target)) as kernel:
        for problem in Asked.of(battery, "conv2d", covers=True).problems(kernel, PLAN.dtype):
            report = judge_problem(kernel, problem, PLAN)
            if report.verdict.is_wrong:
                return {(each.check, each.tensor) for outcome in report.outcomes for each in outcome.findings}
    return set()


def test_wrong_kernels__are_many():
    assert len(OUTPUTS + GRADIENTS) > 30


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.sample(every=11)
def test_wrong_output__is_caught_by_the_default_sets(name):
    assert first_wrong(f"{HERE / 'wrong_kernels.py'}:{name}") == {("exact", "out")}


@pytest.mark.parametrize("name", GRADIENTS)
@pytest.mark.sample(every=5)
def test_wrong_gradient__is_caught_by_the_default_sets(name):
    assert first_wrong(f"{HERE / 'wrong_kernels.py'}:right,{name}") == {("exact", name[-2:])}


@pytest.mark.parametrize("tensor", ["x", "w", "b", "dout"])
def test_input_changed_in_place__is_named_and_is_not_blamed_on_results(findings, tensor):
    target = f"{HERE / 'wrong_kernels.py'}:changes_{tensor}"
    assert findings(target, "--problem", SMALL) == {("unchanged", tensor, "fail")}
    assert findings(target, "--problem", SMALL, "--declare", "unchanged") == set()


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Return the path of the compiled wrong convolutions."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("a kernel in C needs a compiler: cc or gcc")
    path = tmp_path_factory.mktemp("native") / "libwrong.so"
    flags = ["-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-I", str(HOST.parent)]
    subprocess.run([compiler, *flags, "-o", path, HERE / "wrong_convolutions.c"], check=True)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("tensor", ["x", "w", "b", "dout"])
def test_input_changed_by_a_library__is_named(findings, library, tensor):
    checks = ("--check", "exact,unchanged")
    assert findings(f"{library}:changes_{tensor}", "--problem", SMALL, *checks) == {
        ("unchanged", tensor, "fail")
    }


def test_library_that_writes_before_an_input__is_reported(judged, library):
    report = judged(f"{library}:before_x", "--problem", SMALL, "--check", "exact")
    (finding,) = report["problems"][0]["outcomes"][0]["findings"]
    assert finding["message"] == "before_x writes outside of x: 4 bytes around it have changed"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["short_row", "row_stride"])
@pytest.mark.sample(1)
def test_wrong_library_function__is_caught_by_the_default_sets(library, name):
    assert ("exact", "out") in first_wrong(f"{library}:{name}")


# Gradients that are asked one at a time.

TORCH = HERE / "wrong_torch_kernels.py"


@pytest.fixture
def torch_findings(findings):
    """Return a function that gives the findings on a function of PyTorch's."""
    pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')
    return lambda name: findings(f"{TORCH}:{name}", "--problem", SMALL)


@pytest.mark.parametrize("name", ["right", "all_at_once"])
def test_right_gradients__pass_whatever_is_asked(torch_findings, name):
    assert torch_findings(name) == set()


@pytest.mark.parametrize(
    ("name", "tensor", "verdict"),
    [
        ("frozen_weight_db", "db", "fail"),
        ("frozen_weight_dx", "dx", "fail"),
        ("frozen_bias_dw", "dw", "fail"),
        ("only_bias_db", "db", "fail"),
        ("frozen_image", None, "fail"),
        ("frozen_crash", None, "error"),
    ],
)
def test_gradient_wrong_where_another_is_not_asked__fails(torch_findings, name, tensor, verdict):
    assert torch_findings(name) == {("frozen", tensor, verdict)}


def test_tensor_changed_in_place__is_named(torch_findings):
    """PyTorch itself refuses where it needs the tensor for backward; elsewhere it is this check that says so."""
    assert torch_findings("changes_b") == {("unchanged", "b", "fail")}


def test_frozen_check__is_not_asked_of_a_backward_that_gives_all_gradients(judged):
    (problem,) = judged("conv2d", "--problem", SMALL, "--check", "frozen")["problems"]
    assert problem["outcomes"][0]["reason"] == "its gradients are asked together"
