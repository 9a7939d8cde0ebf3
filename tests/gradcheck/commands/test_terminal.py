"""The command as a process: pipes, terminals, interruptions."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLE = str(ROOT / "examples" / "cs231n_layers.py")
COMMAND = [sys.executable, "-c", "from gradcheck.commands import main; main(prog_name='gradcheck')"]
WRONG = [*COMMAND, "verify", EXAMPLE, "--layer", "svm_loss", "--cases", "0", "--hint", "mistake"]
PLAIN = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM", "COLUMNS")}
TERMINAL = {**PLAIN, "TERM": "xterm-256color", "COLUMNS": "80"}


def test_piped_output_is_plain():
    told = subprocess.run(WRONG, cwd=ROOT, capture_output=True, env={**TERMINAL, "FORCE_COLOR": "1"})
    assert told.returncode == 1
    assert b"\x1b" not in told.stdout
    assert told.stderr == b""
    assert f'  again           gradcheck replay {EXAMPLE} "svm_loss n'.encode() in told.stdout


def on_a_terminal(environment):
    """Run the command on a terminal of its own, and return what is written there."""
    master, slave = pty.openpty()
    process = subprocess.Popen(WRONG, cwd=ROOT, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    written = b""
    while chunk := _read(master):
        written += chunk
    os.close(master)
    assert process.wait() == 1
    return written.decode()


def _read(master):
    """Read what is there; a terminal that nobody has open any more is an error on some systems."""
    try:
        return os.read(master, 4096)
    except OSError:
        return b""


@pytest.mark.slow
def test_terminal_output__has_colour_and_progress_that_goes_away():
    told = on_a_terminal(TERMINAL)
    assert "\x1b[1;31mFAIL\x1b[0m" in told
    assert f"svm_loss  ({EXAMPLE[:20]}" in told.replace("\r\n", "").split("FAIL")[0]
    assert "\x1b[2K" in told


@pytest.mark.slow
def test_variable_no_color__removes_colour():
    told = on_a_terminal({**TERMINAL, "NO_COLOR": "1"})
    assert "FAIL    (svm_loss)" in told
    assert "\x1b[1;31m" not in told


@pytest.mark.slow
def test_closed_pipe__is_no_error():
    process = subprocess.Popen(WRONG, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN)
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert complaint == b""


@pytest.mark.slow
def test_characters_that_a_terminal_has_not_are_replaced():
    told = subprocess.run(WRONG, cwd=ROOT, capture_output=True, env={**PLAIN, "PYTHONIOENCODING": "ascii"})
    assert told.returncode == 1
    assert told.stdout.startswith(b"svm_loss ? backward ? dx    FAIL")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals of this sort")
def test_interruption__is_one_line_and_exit_130(tmp_path):
    started = tmp_path / "started"
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import pathlib, time\n\n\ndef relu_forward(x):\n"
        f"    pathlib.Path({str(started)!r}).touch()\n    time.sleep(60)\n"
    )
    # Where the tests themselves run in the background, SIGINT is ignored, and a child inherits that.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    process = subprocess.Popen(
        [*COMMAND[:2], heard + COMMAND[2], "verify", str(slow), "--in-process"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=PLAIN,
    )
    while not started.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == (b"", b"interrupted\n")
    assert process.returncode == 130


@pytest.mark.slow
def test_importing_the_suite_imports_no_tools():
    code = "import sys, gradcheck, gradcheck.judging.run, gradcheck.reporting.formats; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"rich", "click", "pytest", "hypothesis", "torch"}.isdisjoint(told.stdout.split())
