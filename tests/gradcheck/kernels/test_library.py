"""C functions in a shared library: in a process of their own, with guards around what they write."""

import shutil
import subprocess
from pathlib import Path

import pytest

from gradcheck.kernels.library import HOST

HERE = Path(__file__).parent
SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1-2x0_d1x2_g2"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Return the path of the compiled convolutions."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("a kernel in C needs a compiler: cc or gcc")
    path = tmp_path_factory.mktemp("native") / "libconvolutions.so"
    flags = ["-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-I", str(HOST.parent)]
    subprocess.run([compiler, *flags, "-o", path, HERE / "convolutions.c"], check=True)
    return path


@pytest.mark.slow
def test_right_library_function__passes_with_its_gradients(kernel, library):
    result = kernel(f"{library}:conv2d", "--problem", SMALL, "--strict")
    assert result.exit_code == 0, result.stdout
    assert "1 pass; libconvolutions.so; " in result.stdout


@pytest.mark.slow
def test_right_library_function__passes_the_whole_default_sets(judged, library):
    report = judged(f"{library}:conv2d", "--check", "exact")
    assert {problem["verdict"] for problem in report["problems"]} == {"pass"}


def test_int8_has_outputs_of_int32(kernel, library):
    assert kernel(f"{library}:whole", "--problem", SMALL, "--dtype", "int8", "--strict").exit_code == 0


@pytest.mark.parametrize(
    ("name", "check", "verdict", "said"),
    [
        ("one_stride", "exact", "fail", "not what exact arithmetic gives"),
        ("one_less", "exact", "fail", "not what exact arithmetic gives"),
        ("one_more", "exact", "fail", "one_more writes outside of out: 4 bytes around it have changed"),
        ("one_before", "exact", "fail", "one_before writes outside of out: 4 bytes around it have changed"),
        ("aligned_only", "alignment", "fail", "wrong where memory is not aligned"),
        ("crashing", "exact", "error", "crashing"),
        ("aborting", "exact", "error", "aborting"),
        ("no_groups", "exact", "missing", "no_groups returned 1: not implemented"),
    ],
)
def test_wrong_library_function__is_reported_with_its_fault(judged, library, name, check, verdict, said):
    report = judged(f"{library}:{name}", "--problem", SMALL, "--check", check)
    (finding,) = report["problems"][0]["outcomes"][0]["findings"]
    assert finding["verdict"] == verdict
    assert finding["message"].startswith(said)


def test_unwritten_entry__is_not_a_number(judged, library):
    report = judged(f"{library}:one_less", "--problem", SMALL, "--check", "exact")
    (finding,) = report["problems"][0]["outcomes"][0]["findings"]
    assert (finding["index"], finding["got"]) == ([1, 5, 3, 4], None)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["crashing", "aborting"])
def test_library_crash__does_not_end_the_run(judged, library, name):
    report = judged(f"{library}:{name}", "--problems", "battery", "--check", "exact")
    verdicts = [problem["verdict"] for problem in report["problems"]]
    assert verdicts.count("error") == 3  # those with groups
    assert verdicts.count("pass") == len(verdicts) - 3


def test_invalid_library_function__is_reported(kernel, library):
    assert f"{library} has no function 'nothing'" in kernel(f"{library}:nothing", "--problem", SMALL).stderr
    assert "there is no library 'absent.so'" in kernel("absent.so:conv2d", "--problem", SMALL).stderr
