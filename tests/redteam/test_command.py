"""The command among hostile files, ended by signals, without room, and without anybody who reads what it says."""

import contextlib
import os
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
TARGETS = {"a file": ["right.py"], "a module": ["right"], "its own": []}


@pytest.mark.parametrize("shadows", SHADOWS)
def test_module_in_the_current_folder__does_not_run_in_the_judge(home: Path, shadows: str) -> None:
    gained = shadowed(home, SHADOWS[shadows])
    for target in TARGETS.values():
        done = run(home, *target)
        assert (done.returncode, done.stderr) == (0, "")
        assert not gained.exists()


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
    )


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


@pytest.mark.parametrize("delay", [EARLY, 0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 0.9])
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
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


@pytest.mark.parametrize("which", ["judge", "supervisor", "submission", "all"])
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


def test_run_that_lives__is_not_cleared_away_by_another(home: Path) -> None:
    process = started(home, "endless.py")
    wait_until(lambda: len(descendants(process.pid)) >= 2)
    before = set(left(home, []))
    assert run(home, "right.py").returncode == 0
    assert before
    assert before <= set(left(home, []))
    process.terminate()
    process.communicate(timeout=30)


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
