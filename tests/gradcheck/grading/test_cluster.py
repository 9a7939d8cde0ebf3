"""Several machines: real schedulers and workers on the loopback, of which some are killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from gradcheck.grading import carried, cluster
from gradcheck.grading.cluster import About, unfit
from gradcheck.grading.submissions import Submission
from gradcheck.isolation.levels import Level
from gradcheck.judging.plan import Plan
from grading import stored
from tests.gradcheck.grading.test_kills import hears, wait_until

SLOW = "import time\ntime.sleep(0.7)\n"
COUNT = 8


@pytest.fixture
def dask(confined):
    pytest.importorskip("distributed", reason='Dask is an extra: pip install -e ".[cluster]"')


@contextmanager
def running(*words, **environment):
    """Run a command of Dask until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **environment},
        cwd="/",
        preexec_fn=hears,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def scheduler(tmp_path):
    """Run a scheduler, and give its process and its address."""
    file = tmp_path / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file)
    with running("scheduler", *words) as process:
        end = time.monotonic() + 60
        while not file.exists() or not file.read_text():
            assert time.monotonic() < end
            time.sleep(0.05)
        yield process, json.loads(file.read_text())["address"]


def worker(address, tmp_path, **environment):
    own = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--local-directory", tmp_path / "dask")
    return running("worker", address, *own, **environment)


def start(folder, rubric, out, address):
    command = ["grade", folder, "--rubric", rubric, "--out", out, "--dask", address, "--seed", 3]
    return subprocess.Popen(
        [sys.executable, "-m", "gradcheck", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears,
    )


def grades(out):
    rows = json.loads((out / "grades.json").read_text())["submissions"]
    return {row["name"]: (row["score"], row["verdict"]) for row in rows}


def timeless(path):
    """Return the text of a report without its times."""
    return re.sub(r'"seconds": ?[0-9.e-]+', "", path.read_text())


@pytest.fixture
def slow(folder):
    """A folder of submissions that take a moment."""
    right, wrong = ((folder / name).read_text() for name in ("right.py", "wrong.py"))
    for number in range(COUNT - 2):
        (folder / f"s{number}.py").write_text(SLOW + (wrong if number % 2 else right))
    return folder


def test_worker_that_is_killed__loses_nothing_and_nothing_is_graded_twice(
    dask, slow, rubric, tmp_path, grade
):
    with ExitStack() as stack:
        _, address = stack.enter_context(scheduler(tmp_path))
        workers = [stack.enter_context(worker(address, tmp_path)) for _ in range(2)]
        grading = start(slow, rubric, tmp_path / "out", address)
        wait_until(grading, 2)
        workers[0].send_signal(signal.SIGKILL)
        before = stored(tmp_path / "out")
        said, problems = grading.communicate(timeout=120)
    assert grading.returncode == 0, problems
    assert f"{COUNT} graded by small, {COUNT} of them now" in said
    counted = [int(line.split()[0]) for line in problems.splitlines() if " of " in line]
    assert counted == sorted(set(counted))
    now = stored(tmp_path / "out")
    assert len(now) == COUNT
    assert {name: now[name] for name in before} == before
    assert grade("--out", tmp_path / "here", "--seed", 3).exit_code == 0
    assert grades(tmp_path / "out") == grades(tmp_path / "here")
    right, wrong = (grades(tmp_path / "out")[name] for name in ("right", "wrong"))
    assert (right, wrong) == ((3, "pass"), (1, "fail"))
    for name in ("right", "wrong"):
        there, here = (timeless(tmp_path / each / name / "report.json") for each in ("out", "here"))
        assert there == here


def test_scheduler_that_is_killed__is_one_sentence_and_the_same_command_goes_on(dask, slow, rubric, tmp_path):
    out = tmp_path / "out"
    with scheduler(tmp_path) as (process, address), worker(address, tmp_path):
        grading = start(slow, rubric, out, address)
        wait_until(grading, 2)
        process.kill()
        _, problems = grading.communicate(timeout=120)
        assert grading.returncode == 2
        assert "the Dask scheduler was lost; what was graded is kept" in problems
        assert "Traceback" not in problems
    kept = stored(out)
    assert 2 <= len(kept) < COUNT
    (tmp_path / "scheduler.json").unlink()
    with scheduler(tmp_path) as (_, address), worker(address, tmp_path):
        grading = start(slow, rubric, out, address)
        said, problems = grading.communicate(timeout=120)
    assert grading.returncode == 0, problems
    assert f"{COUNT} graded by small, {COUNT - len(kept)} of them now" in said
    assert {name: stored(out)[name] for name in kept} == kept


def test_scheduler_that_does_not_answer_or_has_no_workers__is_one_sentence(
    dask, grade, monkeypatch, tmp_path
):
    monkeypatch.setattr(cluster, "PATIENCE", 2)
    found = grade("--dask", "tcp://127.0.0.1:9")
    assert found.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in found.output
    assert "start one with `dask scheduler`" in " ".join(found.output.split())
    with scheduler(tmp_path) as (_, address):
        found = grade("--dask", address)
    assert found.exit_code == 2
    assert f"{address} has no workers: start some with `dask worker {address}`" in " ".join(
        found.output.split()
    )


def test_worker_without_gradcheck__is_refused(dask, grade, tmp_path):
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "gradcheck.py").write_text("raise ImportError('not installed here')\n")
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, tmp_path, PYTHONPATH=str(tmp_path / "hidden")),
    ):
        found = grade("--dask", address)
    assert found.exit_code == 2
    said = " ".join(found.output.split())
    assert "has no gradcheck of this version: install the same on all machines" in said
    assert "Traceback" not in said


def test_local_cluster__grades_as_this_process_does(dask, grade, tmp_path):
    assert grade("--dask", "local", "--seed", 3).exit_code == 0
    assert grade("--out", tmp_path / "here", "--seed", 3).exit_code == 0
    assert grades(tmp_path / "out") == grades(tmp_path / "here")


def test_without_dask__the_option_is_one_sentence(grade, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    found = grade("--dask", "local")
    assert found.exit_code == 2
    assert "pip install 'gradcheck-suite[cluster]'" in " ".join(found.output.split())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"suite": "0.0+x"}, "has gradcheck 0.0+x, and this process 1.0+y: install the same on all machines"),
        ({"numpy": "1.0"}, "has numpy 1.0, and this process 2.0"),
        ({"python": "3.9"}, "has python 3.9, and this process 3.11"),
        ({"level": Level.RLIMITS}, "cannot confine submissions (it has rlimits)"),
        ({}, None),
    ],
)
def test_worker_that_would_grade_otherwise__is_unfit(changed, said):
    wanted = About("1.0+y", "3.11", "2.0", Level.LANDLOCK)
    found = unfit(msgspec.structs.replace(wanted, **changed), wanted, Plan(isolation="strongest"))
    assert (found is None) if said is None else found.startswith(said)


def test_worker_that_cannot_confine__is_fit_where_nothing_is_to_be_confined():
    wanted = About("1", "3", "2", Level.PROCESS)
    assert unfit(wanted, wanted, Plan(isolation=Level.PROCESS)) is None


@pytest.mark.parametrize("data", [b"", b"\xc1", msgspec.msgpack.encode({"target": 3}), "text", None])
def test_answer_that_cannot_be_read__is_no_verdict(data):
    found = cluster._answered(Submission("ann", "ann.py", "/ann.py"), data)
    assert "gave no answer that can be read" in found.is_ours


def test_submission__arrives_as_it_was(tmp_path):
    top = tmp_path / "ann"
    (top / "deep" / "empty").mkdir(parents=True)
    (top / "deep" / "layers.py").write_bytes(b"x = 1\r\n")
    (top / os.fsdecode(b"odd\xff.txt")).write_text("?")
    (top / "link").symlink_to("/etc/passwd")
    (top / "loop").symlink_to(top)
    os.mkfifo(top / "pipe")
    (tmp_path / "there").mkdir()
    found = carried.unpacked_into(tmp_path / "there", carried.packed(str(top)))
    assert found == str(tmp_path / "there" / "ann")
    there = {
        os.path.relpath(os.path.join(place, each), found) for place, a, b in os.walk(found) for each in a + b
    }
    here = {os.path.relpath(os.path.join(place, each), top) for place, a, b in os.walk(top) for each in a + b}
    assert there == here - {"pipe"}
    assert os.readlink(os.path.join(found, "link")) == "/etc/passwd"
    assert (tmp_path / "there" / "ann" / "deep" / "layers.py").read_bytes() == b"x = 1\r\n"
    (tmp_path / "one.py").write_text("one")
    found = carried.unpacked_into(tmp_path / "there", carried.packed(str(tmp_path / "one.py")))
    assert Path(found).read_text() == "one"


def test_submission_that_is_too_large__is_not_sent(tmp_path, monkeypatch):
    monkeypatch.setattr(carried, "MOST", 10)
    (tmp_path / "large.py").write_text("#" * 11)
    with pytest.raises(carried.TooLarge):
        carried.packed(str(tmp_path / "large.py"))
