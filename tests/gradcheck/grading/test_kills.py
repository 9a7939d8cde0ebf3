"""``kill -9`` of a running grading: nothing is lost, nothing is graded twice, and nothing goes on running."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from grading import stored

COUNT = 5
SLOW = "import time\ntime.sleep(0.5)\n"


def start(folder, rubric, out):
    command = ["grade", folder, "--rubric", rubric, "--out", out, "--processes", 2]
    return subprocess.Popen(
        [sys.executable, "-m", "gradcheck", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hears,
    )


def hears():
    """Have a process end with the signals of these tests also where they run in the background, which ignores some."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def is_running(session):
    """Return whether a process of a session is left."""
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.getsid(int(name)) == session:
                with open(f"/proc/{name}/stat") as file:
                    if file.read().rpartition(")")[2].split()[0] != "Z":
                        return True
        except OSError:
            continue
    return False


def wait_for_the_end(session):
    end = time.monotonic() + 20
    while is_running(session):
        assert time.monotonic() < end, "a process of the killed grading is left"
        time.sleep(0.05)


def wait_until(running, count):
    """Wait until a grading says that so many are graded; it may be more by then."""
    for line in running.stderr:
        assert " of " in line, line
        if int(line.split()[0]) >= count:
            return


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "counts"), [(signal.SIGKILL, (0, 2)), (signal.SIGTERM, (1,)), (signal.SIGINT, (1,))]
)
@pytest.mark.sample(1)
def test_grading_that_is_ended__goes_on_where_it_was(confined, folder, rubric, tmp_path, number, counts):
    right = (folder / "right.py").read_text()
    for index in range(COUNT - 2):
        (folder / f"s{index}.py").write_text(SLOW + right)
    out = tmp_path / "out"
    known = {}
    for count in counts:
        running = start(folder, rubric, out)
        wait_until(running, count)
        os.kill(running.pid, number)
        _, said = running.communicate(timeout=30)
        wait_for_the_end(running.pid)
        now = stored(out)
        assert running.returncode in (-number, 128 + number)
        # A judge that is being started when the grading is killed has nothing to read: Python itself says so.
        assert "Traceback" not in said or (number == signal.SIGKILL and "spawn_main" in said), said
        assert COUNT > len(now) >= count
        assert {name: now[name] for name in known} == known
        known = now
    running = start(folder, rubric, out)
    said, problems = running.communicate(timeout=120)
    assert running.returncode == 0, problems
    assert f"{COUNT} graded by small, {COUNT - len(known)} of them now" in said
    now = stored(out)
    assert len(now) == COUNT
    assert {name: now[name] for name in known} == known
    rows = json.loads((out / "grades.json").read_text())["submissions"]
    assert [row["score"] for row in rows] == [3] * (COUNT - 1) + [1]


@pytest.mark.slow
def test_two_gradings_at_once__do_not_share_a_folder(confined, folder, rubric, tmp_path):
    (folder / "slow.py").write_text("import time\ntime.sleep(5)\n" + (folder / "right.py").read_text())
    first = start(folder, rubric, tmp_path / "out")
    try:
        while not (tmp_path / "out" / "journal.sqlite").exists():
            time.sleep(0.05)
        time.sleep(0.2)
        second = start(folder, rubric, tmp_path / "out")
        _, said = second.communicate(timeout=30)
        assert second.returncode == 2
        assert "is in use by another grading" in said
    finally:
        first.kill()
        first.communicate()
        wait_for_the_end(first.pid)
