"""The command among hostile files, ended by signals, without room, and without anybody who reads what it says."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradcheck.isolation.levels import has_workers

pytestmark = pytest.mark.skipif(not has_workers(), reason="workers need Linux")

RIGHT = """
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
ENDLESS = "def relu_forward(x):\n    while True: pass\n\ndef relu_backward(dout, cache):\n    return dout\n"
COMMAND = (sys.executable, "-m", "gradcheck", "verify", "--layer", "relu", "--cases", "0")
MARK = "import pathlib; pathlib.Path(r'{}').write_text('gained')\nraise ImportError('shadowed')\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a right file, and one for temporary files."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "endless.py").write_text(ENDLESS)
    return tmp_path


def environment(home: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(home / "temporary"), **more}


def run(home: Path, *words: str, **how: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*COMMAND, *words],
        cwd=how.pop("cwd", home),
        env=how.pop("env", environment(home)),
        capture_output="stdout" not in how,
        text=True,
        check=False,
        timeout=60,
        **how,
    )


# The folder in which somebody stands.


def shadowed(folder: Path, names: Iterator[str] | set[str]) -> Path:
    """Return a file that is there as soon as one of these modules has been imported from the folder."""
    for name in names:
        (folder / f"{name}.py").write_text(MARK.format(folder / "gained"))
    return folder / "gained"


SHADOWS = {
    "typing": {"typing"},
    "json and what it needs": {"json", "re", "enum", "functools"},
    "what the suite needs": {"numpy", "click", "msgspec", "rich", "nbformat", "naive", "fast"},
    "everything": set(sys.stdlib_module_names) - {"__future__"},
}
TARGETS = (["right.py"], ["right"], [])


@pytest.mark.slow
@pytest.mark.parametrize("shadows", SHADOWS)
@pytest.mark.sample(1)
def test_module_in_the_current_folder__does_not_run_in_the_judge(home: Path, shadows: str) -> None:
    gained = shadowed(home, SHADOWS[shadows])
    for target in TARGETS if shadows == "everything" else TARGETS[:1]:
        done = run(home, *target)
        assert (done.returncode, done.stderr) == (0, "")
        assert not gained.exists()


@pytest.mark.slow
def test_package_in_the_current_folder__does_not_run_in_the_judge(home: Path) -> None:
    for name in ("typing", "json", "gradcheck_layers"):
        (home / name).mkdir()
        (home / name / "__init__.py").write_text(MARK.format(home / "gained"))
    assert run(home, "right.py").returncode == 0
    assert not (home / "gained").exists()


# Signals.


def started(home: Path, target: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, target],
        cwd=home,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hears,
    )


def hears() -> None:
    """Let SIGHUP and SIGINT end the command, whatever this process has inherited.

    Under nohup the one is ignored, in a shell's background the other, and rightly.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until(condition: "object", seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.002)


def catches(process: int, number: int) -> bool:
    """Return whether a process has a handler for a signal."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def maps(process: int, name: str) -> bool:
    with contextlib.suppress(OSError):
        return name in Path(f"/proc/{process}/maps").read_text()
    return False


def descendants(process: int) -> list[int]:
    found = [process]
    for each in found:
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{each}/task/{each}/children").read_text().split()
            found += map(int, words)
    return found[1:]


def left(home: Path, processes: list[int]) -> list[str]:
    """Return what is left of a run: files, and processes that have not ended."""
    alive = [str(each) for each in processes if Path(f"/proc/{each}").exists()]
    return [*alive, *(path.name for path in (home / "temporary").iterdir())]


EARLY = "early"


@pytest.mark.parametrize("delay", [EARLY, 0.0, 0.05, 0.15, 0.35, 0.7])
@pytest.mark.sample(every=3)
def test_interrupted_command__says_one_line_and_leaves_nothing(home: Path, delay: object) -> None:
    process = started(home, "endless.py")
    if delay == EARLY:
        wait_until(lambda: maps(process.pid, "numpy"))
    else:
        wait_until(lambda: catches(process.pid, signal.SIGTERM))
        time.sleep(float(delay))  # type: ignore[arg-type]
    below = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip(), out) == (130, "interrupted", "")
    wait_until(lambda: left(home, below) == [])


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.sample(1)
def test_ended_command__says_one_line_and_leaves_nothing(home: Path, number: signal.Signals) -> None:
    process = started(home, "endless.py")
    wait_until(lambda: catches(process.pid, signal.SIGTERM))
    wait_until(lambda: len(descendants(process.pid)) >= 2)
    below = descendants(process.pid)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert said.strip() == f"ended by {number.name}"
    wait_until(lambda: left(home, below) == [])


@pytest.mark.slow
@pytest.mark.parametrize("which", ["judge", "supervisor", "submission", "all"])
@pytest.mark.sample(which=("all",))
def test_killed_process__leaves_nothing_that_the_next_run_does_not_clear_away(home: Path, which: str) -> None:
    process = started(home, "endless.py")
    wait_until(lambda: len(descendants(process.pid)) >= 2)
    time.sleep(0.3)
    below = descendants(process.pid)
    victims = {"judge": [process.pid], "supervisor": below[:1], "submission": below[-1:]}
    for victim in victims.get(which, [process.pid, *below]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    if which in ("supervisor", "submission"):
        time.sleep(0.2)
        below += descendants(process.pid)
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    wait_until(lambda: not [each for each in below if Path(f"/proc/{each}").exists()])
    assert run(home, "right.py").returncode == 0
    assert left(home, []) == []


OUTLIVING = """
import ctypes, os, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # PR_SET_PDEATHSIG: nothing comes when the parent ends
try:
    os.setsid()
except OSError:
    pass
while True:
    time.sleep(1)
"""


@pytest.mark.slow
def test_submission_that_wants_to_outlive_its_supervisor__does_not(home: Path) -> None:
    (home / "outliving.py").write_text(OUTLIVING)
    process = started(home, "outliving.py")
    wait_until(lambda: len(descendants(process.pid)) >= 2)
    time.sleep(0.8)
    below = descendants(process.pid)
    supervisor, submission = below[-2:]  # above them may be the image that they are forked from
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{submission}").exists(), seconds=5.0)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert left(home, below) == []


@pytest.mark.slow
def test_run_that_lives__is_not_cleared_away_by_another(home: Path) -> None:
    process = started(home, "endless.py")
    wait_until(lambda: len(descendants(process.pid)) >= 2)
    before = set(left(home, []))
    assert run(home, "right.py").returncode == 0
    assert before
    assert before <= set(left(home, []))
    process.terminate()
    process.communicate(timeout=30)


@pytest.mark.slow
def test_folder_of_somebody_else__is_not_cleared_away(home: Path) -> None:
    place = home / "temporary"
    (home / "kept").mkdir()
    (home / "kept" / "file").write_text("")
    (place / "gradcheck-scratch-link").symlink_to(home / "kept")
    (place / "gradcheck-mine").mkdir()
    (place / "gradcheck-runtime-file").write_text("")
    assert run(home, "right.py").returncode == 0
    assert (home / "kept" / "file").exists()
    assert sorted(path.name for path in place.iterdir()) == [
        "gradcheck-mine",
        "gradcheck-runtime-file",
        "gradcheck-scratch-link",
    ]


# No room, and nobody who listens.


def redirected(home: Path, words: str, *more: str, **how: str) -> "subprocess.CompletedProcess[str]":
    """Run the command from a shell, which closes and redirects."""
    line = " ".join([sys.executable, "-m", "gradcheck", words])
    return subprocess.run(
        ["sh", "-c", line, "sh", *more],
        cwd=home,
        env=environment(home, **how),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


QUICK = "--layer relu --cases 0"
SILENCED = {
    "stdout is closed": ("verify right.py >&-", 2, "stdout is closed"),
    "stdout is full": ("verify right.py > /dev/full", 2, "No space left on device"),
    "stdout is full, and help is asked for": ("verify --help > /dev/full", 2, "No space left on device"),
    "stdout is full, and the version is asked for": ("--version > /dev/full", 2, "No space left on device"),
    "stdout is full, and a list is asked for": ("list checks > /dev/full", 2, "No space left on device"),
    "stderr is closed": ("verify right.py 2>&-", 0, ""),
    "stderr is full": ("verify right.py --output x.txt 2> /dev/full", 0, ""),
    "all are closed": ("verify right.py <&- >&- 2>&-", 2, ""),
    "stdin is closed": ("verify right.py <&-", 0, ""),
    "nobody reads": ("verify right.py | true", 0, ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SILENCED)
@pytest.mark.sample(every=5)
def test_command_that_cannot_say_anything__ends_without_a_traceback(home: Path, name: str) -> None:
    words, code, message = SILENCED[name]
    done = redirected(home, words.replace("right.py", f"right.py {QUICK}"))
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) <= 1
    assert left(home, []) == []


@pytest.mark.slow
@pytest.mark.parametrize("where", ["nowhere", "right.py", "read-only"])
@pytest.mark.sample(1)
def test_folder_for_temporary_files_that_is_none__is_reported(home: Path, where: str) -> None:
    (home / "read-only").mkdir(mode=0o500)
    done = redirected(home, f"verify right.py {QUICK}", TMPDIR=str(home / where))
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode in (0, 2)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("size", ["4k", "64k", "512k"])
@pytest.mark.sample(1)
def test_full_disk__is_reported(home: Path, size: str) -> None:
    mount = f"mount -t tmpfs -o size={size} none {home / 'temporary'}"
    line = f"{mount} && exec {sys.executable} -m gradcheck verify right.py {QUICK}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", line],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("nothing can be mounted here")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert "No space left on device" in done.stderr + done.stdout


@pytest.mark.slow
def test_report__is_written_as_a_whole_or_not_at_all(home: Path) -> None:
    path = home / "report.txt"
    path.write_text("the last report")
    path.chmod(0o640)
    done = redirected(home, f"verify right.py {QUICK} --output report.txt")
    assert done.returncode == 0
    assert "all 2 functions pass" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in home.glob(".*")) == []
    assert redirected(home, f"verify right.py {QUICK} --output /dev/full").returncode == 2
    assert redirected(home, f"verify right.py {QUICK} --output /dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()


def test_link_in_place_of_a_report__stays(home: Path) -> None:
    (home / "reports").mkdir()
    (home / "report.txt").symlink_to("reports/of-today.txt")
    assert redirected(home, f"verify right.py {QUICK} --output report.txt").returncode == 0
    assert (home / "report.txt").is_symlink()
    assert "pass" in (home / "reports" / "of-today.txt").read_text()


# Baselines.

STATS = '{"iqr": %s, "median": %s, "rounds": %s, "q1": %s, "data": %s}'
BENCHMARK = '{"benchmarks": [{"name": "x", "stats": ' + STATS + "}]}"
BASELINES = {
    "nested": "[" * 100_000,
    "nested objects": '{"benchmarks":' * 50_000,
    "a median of 0": BENCHMARK % (1, 0, 5, 1, "[]"),
    "no rounds": BENCHMARK % (1, 1, 0, 1, "[]"),
    "negative": BENCHMARK % (1, -1, 5, 1, "[]"),
    "not a number": BENCHMARK % (1, "NaN", 5, 1, "[]"),
    "endless": BENCHMARK % (1, 1, 5, "Infinity", "[]"),
    "a huge number": BENCHMARK % (1, "9" * 400, 5, 1, "[]"),
    "a text": BENCHMARK % (1, '"x"', 5, 1, "[]"),
    "a list": BENCHMARK % (1, "[1]", 5, 1, "[]"),
    "samples of 0": BENCHMARK % (1, 1, 5, 1, "[0, 0]"),
    "samples that are texts": BENCHMARK % (1, 1, 5, 1, '["x"]'),
    "samples that are one text": BENCHMARK % (1, 1, 5, 1, '"xyz"'),
    "a benchmark that is a text": '{"benchmarks": ["x"]}',
    "benchmarks that are a number": '{"benchmarks": 7}',
    "no object": "[1, 2]",
    "null": "null",
    "nothing": "",
    "bytes": "\x00\x01",
    "escapes": '{"benchmarks": [{"name": "\\u001b[2J", "stats": {"\\u001b": 1}}]}',
}


@pytest.mark.parametrize("name", BASELINES)
def test_file_that_holds_no_times__is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    from gradcheck.timing import history

    path = tmp_path / "times.json"
    path.write_text(BASELINES[name])
    with pytest.raises(history.HistoryError) as caught:
        history.read(path)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_pipe_and_device_in_place_of_times__do_not_hold_anyone_up(tmp_path: Path) -> None:
    from gradcheck.timing import history

    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "pipe.json", Path("/dev/zero"), tmp_path):
        with pytest.raises(history.HistoryError):
            history.read(path)


# Files of others that the judge itself reads.


def test_pipe_in_place_of_a_file__does_not_hold_up_the_report(tmp_path: Path) -> None:
    from gradcheck.reporting.github import place_of

    (tmp_path / "layers.py").write_text(RIGHT)
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    found = place_of(str(tmp_path), "relu_forward")
    assert found is not None
    assert found.line == 4
    assert place_of(str(tmp_path / "pipe.py"), "relu_forward") is None


@pytest.mark.slow
def test_package_file_that_is_a_pipe__does_not_hold_anyone_up(home: Path) -> None:
    (home / "net").mkdir()
    (home / "net" / "layers.py").write_text(RIGHT)
    os.mkfifo(home / "net" / "__init__.py")
    assert run(home, "net").returncode in (0, 2)
    assert run(home, "./net").returncode in (0, 2)


# Kernels that are none.


CONSTRUCTOR = """
#include <stdlib.h>
__attribute__((constructor)) void begin(void) { abort(); }
int conv(void) { return 0; }
"""
NO_KERNELS = {
    "nosuch.py:conv": "there is no file 'nosuch.py'",
    "pipe.py:conv": "there is no file 'pipe.py'",
    "text.so:conv": "text.so cannot be opened",
    "ends.so:conv": "ends.so cannot be opened",
    "right.py:relu_forward --problems pipe.py": "there are no problems 'pipe.py'",
}


@pytest.mark.parametrize("words", NO_KERNELS)
@pytest.mark.sample(1)
def test_kernel_that_is_none__is_refused_in_one_sentence(home: Path, words: str) -> None:
    os.mkfifo(home / "pipe.py")
    (home / "text.so").write_text("no library\n" * 100)
    compiler = shutil.which("cc") or shutil.which("gcc")
    if words.startswith("ends.so"):
        if not compiler:
            pytest.skip("a library in C needs a compiler: cc or gcc")
        (home / "ends.c").write_text(CONSTRUCTOR)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", home / "ends.so", home / "ends.c"], check=True)
    problem = "" if "--problems" in words else "--problem 'conv2d n2c4h7w8_f6kh3kw2_s2x1_p1x0_d1x1_g1'"
    done = redirected(home, f"kernel {words} {problem}")
    assert done.returncode == 2
    assert NO_KERNELS[words] in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert left(home, []) == []
