"""Hostile kernels: what is wrong in them gains nothing, nothing that they leave goes on, and it ends.

Each file in kernels/ says in its docstring what it does, and in the line below what it deserves. That is a verdict; or,
if it is timed, that its results are wrong, that it is slow, or that it gains nothing.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gradcheck.isolation.levels import has_workers
from gradcheck.kernels.library import HOST
from tests.redteam.beforehand import ahead

pytestmark = pytest.mark.skipif(not has_workers(), reason="workers need Linux")

KERNELS = Path(__file__).parent / "kernels"
NAMES = sorted(path.stem for path in KERNELS.glob("*.py"))
JUDGED = [name for name in NAMES if not name.startswith("bench_")]
TIMED = [name for name in NAMES if name.startswith("bench_")]
EXPECT = re.compile(r"^# expect: (.*)$", re.MULTILINE)
SMALL = "conv2d n2c4h7w8_f6kh3kw2_s2x1_p1x0_d1x1_g1"
LARGER = "conv2d n2c16h28w28_f32kh3kw3_s1x1_p1x1_d1x1_g1"
BOUND = 40.0
SAME = 0.7
"""A kernel that gains nothing takes at least such a part of the other's time, on a machine that others use."""

LEAVES = "forks_and_goes_on"
MARK = "left-by-a-hostile-kernel"


def run(target: str, *options: str) -> tuple[dict, int, float, list[str]]:
    """Run the command, and return its report, the exit code, the seconds, and what is left in the temporary folder."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TMPDIR": folder, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "gradcheck", "kernel", target, "--format", "json", *options]
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment,
            timeout=BOUND,
            check=False,
        )
        seconds, left = time.monotonic() - started, os.listdir(folder)
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done.returncode, seconds, left


def judged(name: str) -> tuple[dict, int, float, list[str]]:
    report, code, seconds, left = run(
        f"{KERNELS / name}.py:conv2d", "--problem", SMALL, "--call-seconds", "2"
    )
    # Only that one leaves processes; they may be there as long as it is judged, beside other tests.
    return report, code, seconds, [*left, *(running() if name == LEAVES else ())]


def timed(name: str) -> tuple[dict, int, float, list[str]]:
    clock = "cpu" if name == "bench_in_a_child" else "wall"
    options = ("--against", f"{KERNELS}/right.py:conv2d", "--fail-slower", "50%", "--clock", clock)
    return run(f"{KERNELS / name}.py:conv2d", "--problem", LARGER, "--bench", "--budget", "0.7", *options)


def expected(name: str) -> str:
    (found,) = EXPECT.findall((KERNELS / f"{name}.py").read_text())
    return str(found)


@ahead(judged)
@pytest.mark.parametrize("name", JUDGED)
@pytest.mark.sample(every=9)
def test_hostile_kernel__gets_its_expected_verdict(name, outcome):
    report, code, _, left = outcome
    assert report["verdict"] in expected(name).split()
    assert code == (0 if report["verdict"] == "pass" else 1)
    assert report["isolation"] == "rlimits"
    assert left == []


@pytest.mark.slow
@ahead(timed)
@pytest.mark.parametrize("name", TIMED)
@pytest.mark.sample(name=("bench_addresses", "bench_patches_the_clock"))
def test_hostile_kernel__gains_nothing_when_it_is_timed(name, outcome):
    report, _, _, left = outcome
    (timing,) = report["timings"]
    if expected(name) == "wrong":
        assert timing["verdict"] == "fail"
        assert timing["reason"].startswith("a timed call gave another out than that of its inputs")
    elif expected(name) == "error":
        assert timing["verdict"] == "error"
    else:
        assert timing["ratio"] > (1 if expected(name) == "slow" else SAME)
    assert left == []


@pytest.mark.slow
def test_library_that_remembers_results__is_wrong_when_it_is_timed(tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("a kernel in C needs a compiler: cc or gcc")
    library = tmp_path / "libremembers.so"
    flags = ["-O1", "-shared", "-fPIC", "-I", str(HOST.parent)]
    subprocess.run([compiler, *flags, "-o", library, KERNELS / "bench_remembers.c"], check=True)
    options = ("--problem", SMALL, "--bench", "--budget", "1")
    for name, verdict in (("conv2d", "fail"), ("honest", "pass")):
        report, _, _, left = run(f"{library}:{name}", *options)
        assert report["timings"][0]["verdict"] == verdict
        assert left == []


def test_hostile_kernels__are_many():
    assert len(NAMES) >= 28


def running() -> list[str]:
    """Return the processes that hostile kernels have left."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        found += [text] if text.startswith("sh -c sleep") and MARK in text else []
    return found
