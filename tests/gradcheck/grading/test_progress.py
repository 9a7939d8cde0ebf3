"""On a terminal a bar with counts and an estimate; elsewhere plain lines."""

import os
import pty
import subprocess
import sys
import time

import pytest

from gradcheck.commands.grade import Estimate


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "about 9 s left"), (0.01, "about 1 s left"), (30, "about 4 min left"), (3600, "about 9.0 h left")],
)
def test_estimate__is_of_what_is_left(seconds, said):
    now = [0.0]
    estimate = Estimate(lambda: now[0])
    assert estimate.left(5, 15) == ""
    now[0] += seconds
    assert estimate.left(6, 15) == said
    assert estimate.left(15, 15) == ""


def seen_on_a_terminal(command):
    """Return what a command writes to stderr where that is a terminal."""
    above, below = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=below, stdin=subprocess.DEVNULL)
    os.close(below)
    found, end = b"", time.monotonic() + 120
    while time.monotonic() < end:
        try:
            piece = os.read(above, 4096)
        except OSError:  # the other side is closed
            break
        found += piece
    os.close(above)
    assert process.wait() == 0
    return found.decode()


@pytest.mark.slow
def test_bar__has_counts_and_an_estimate_on_a_terminal(confined, folder, rubric, tmp_path):
    command = [sys.executable, "-m", "gradcheck", "grade", folder, "--rubric", rubric, "--processes", 1]
    seen = seen_on_a_terminal([*map(str, command), "--out", str(tmp_path / "one")])
    assert "0/2" in seen
    assert "1/2" in seen
    assert "2/2" in seen
    assert " left right" in seen


@pytest.mark.slow
def test_progress__is_lines_where_there_is_no_terminal(grade, judged):
    piped = grade()
    assert piped.stderr == "0 of 2 graded\n1 of 2 graded\n2 of 2 graded\n"
    assert "graded by small" in piped.stdout
    assert "\r" not in piped.stdout + piped.stderr
