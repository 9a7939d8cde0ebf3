"""A kernel that ends the process it runs in fails where it does, and the run goes on."""

from pathlib import Path

import pytest

from gradcheck.isolation.levels import has_workers

ENDING = Path(__file__).with_name("ending_kernels.py")
SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crashing", "its process died: Segmentation fault"),
        ("leaving", "its process died: it left with 3"),
    ],
)
@pytest.mark.sample(1)
def test_crashing_kernel__fails_its_check_and_the_run_continues(judged, name, said):
    options = ("--problems", "battery", "--check", "exact")
    problems = judged(f"{ENDING}:{name}", *options, apart=True)["problems"]
    ended = [problem for problem in problems if problem["verdict"] == "error"]
    assert [problem["problem"][-2:] for problem in ended] == ["24", "g2"]  # those with groups and even pads
    assert {problem["verdict"] for problem in problems if problem not in ended} == {"pass", "skip"}
    (finding,) = ended[0]["outcomes"][0]["findings"]
    assert (finding["check"], finding["message"]) == ("exact", said)


@pytest.mark.slow
def test_kernel_output__is_not_unpickled_whatever_it_imitates(judged, tmp_path, monkeypatch):
    monkeypatch.setenv("GAINED", str(tmp_path / "gained"))
    options = ("--problem", SMALL, "--check", "exact")
    (problem,) = judged(f"{ENDING}:babbling", *options, apart=True)["problems"]
    (finding,) = problem["outcomes"][0]["findings"]
    assert finding["verdict"] == "error"
    assert finding["message"].startswith("its process sent a message that cannot be read: ")
    assert not (tmp_path / "gained").exists()


@pytest.mark.slow
def test_hanging_kernel__is_ended(judged):
    (problem,) = judged(f"{ENDING}:hanging", "--problem", SMALL, "--call-seconds", 5, apart=True)["problems"]
    (finding,) = problem["outcomes"][0]["findings"]
    assert (finding["verdict"], finding["message"]) == ("timeout", "nothing for 5 s: it was ended")


@pytest.mark.slow
def test_ended_kernel__is_reported_with_the_check_in_which_it_ended(judged):
    (problem,) = judged(f"{ENDING}:crashing", "--problem", SMALL, apart=True)["problems"]
    assert [outcome["check"] for outcome in problem["outcomes"]] == ["exact"]


def test_kernel_that_ends_while_it_is_opened__is_refused(kernel, tmp_path):
    path = tmp_path / "ended.py"
    path.write_text("import os\nos._exit(0)\n")
    result = kernel(f"{path}:conv2d", "--problem", SMALL, apart=True)
    assert result.exit_code == 2
    assert "ended.py:conv2d cannot be opened: its process died: it left with 0" in result.stderr


WRONG_TORCH = Path(__file__).with_name("wrong_torch_kernels.py")
EXTRA = 'torch is an extra: pip install -e ".[peers]"'

OF_ALL_KINDS = (
    "conv2d",
    "last_row_missing",
    "reused_buffer",
    "nan_swallowed",
    "refusing",
    "breaking",
    "square",
    f"{WRONG_TORCH}:frozen_weight_dx",
    "torch.nn.functional:conv2d",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_ALL_KINDS)
@pytest.mark.sample(every=4)
def test_apart_and_in_process_say_the_same(judged, name):
    if "torch" in name:
        pytest.importorskip("torch", reason=EXTRA)

    def said(**how):
        report = judged(name, "--problem", SMALL, **how)
        return [problem["outcomes"] for problem in report["problems"]], report["title"], report["notes"]

    assert said(apart=True) == said()


LAID_OUT = """
import numpy as np
from gradcheck.fast import conv2d_forward

def beside(x):
    memory = np.lib.stride_tricks.as_strided(x, (x.size,), (x.strides[-1] // 2 or x.itemsize,))
    return np.isnan(memory).any()

def reads_what_lies_beside(x, w, b=None, *, stride=(1, 1), pad=(0, 0), dilation=(1, 1), groups=1):
    out = conv2d_forward(x, w, b, stride=stride, pad=pad, dilation=dilation, groups=groups)[0]
    return out + np.nan if x.strides[-1] == 2 * x.itemsize and beside(x) else out

def minds_addresses(x, w, b=None, *, stride=(1, 1), pad=(0, 0), dilation=(1, 1), groups=1):
    out = conv2d_forward(x, w, b, stride=stride, pad=pad, dilation=dilation, groups=groups)[0]
    return out + (x.ctypes.data % 16 != 0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "check"), [("reads_what_lies_beside", "layout"), ("minds_addresses", "alignment")]
)
def test_memory_of_inputs__is_laid_out_as_in_the_judge(findings, tmp_path, name, check):
    path = tmp_path / "laid_out.py"
    path.write_text(LAID_OUT)
    options = ("--problem", SMALL, "--check", "exact", "--check", check)
    assert findings(f"{path}:{name}", *options, apart=True) == {(check, "out", "fail")}
    assert findings(f"{path}:{name}", *options) == {(check, "out", "fail")}


@pytest.mark.slow
def test_report__says_where_the_kernel_ran(judged):
    level = "rlimits" if has_workers() else "process"
    assert judged("conv2d", "--problem", SMALL, "--check", "exact", apart=True)["isolation"] == level
    assert judged("conv2d", "--problem", SMALL, "--check", "exact")["isolation"] == "process"


@pytest.mark.slow
def test_kernel__may_start_processes_and_print(judged, tmp_path):
    path = tmp_path / "starting.py"
    path.write_text(
        "import subprocess, sys\nfrom gradcheck.fast import conv2d_forward as conv2d\n"
        "done = subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True, check=True)\n"
        "assert done.stdout.strip() == b'7'\nprint('hello')\n"
    )
    assert judged(f"{path}:conv2d", "--problem", SMALL, apart=True)["verdict"] == "pass"


def test_library__has_its_worker_there_too(kernel):
    assert (
        "there is no library 'absent.so'" in kernel("absent.so:conv2d", "--problem", SMALL, apart=True).stderr
    )
