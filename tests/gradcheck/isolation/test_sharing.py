"""Two processes share the pieces of work, and what comes of it is what one would have given."""

import math
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import msgspec
import pytest

from gradcheck import Plan, verify
from gradcheck.isolation import levels
from gradcheck.judging import sharing
from gradcheck.judging.sharing import shared
from gradcheck.report import Finding, PartReport, Severity, Verdict

ROOT = Path(__file__).parents[3]
WRONG = ROOT / "examples" / "cs231n_layers.py"
HERE = os.getpid()
QUICK = "'--dialect', 'cs231n', '--call-seconds', '1'"
"""Before the two are judged, each is tried once, and that call does not end."""
WORKERS = [level for level in levels.available() if level is not levels.Level.PROCESS]


def reported(function, got=0.0):
    finding = Finding(check="output", severity=Severity.FAULT, verdict=Verdict.FAIL, message="", got=got)
    return PartReport(
        layer="relu",
        part="forward",
        function=function,
        verdict=Verdict.FAIL,
        cases=1,
        miss_bound=None,
        seconds=0.0,
        findings=(finding,),
        checks=(),
    )


def done_by(index):
    """Take a while, and return a report that says which process made it."""
    time.sleep(0.02)
    return [reported(f"{index} {'first' if os.getpid() == HERE else 'second'}", math.nan)]


def names(found):
    return [part.function for parts in found for part in parts]


def test_sharing__uses_both_processes_and_keeps_the_order():
    begun = []
    found = names(shared([partial(done_by, index) for index in range(12)], nullcontext, begun.append))
    assert [name.split()[0] for name in found] == [str(index) for index in range(12)]
    assert {name.split()[1] for name in found} == {"first", "second"}
    assert [name for name in found if "first" in name] == [f"{index} first" for index in begun]


def test_nan_in_a_finding__comes_back_from_the_other_process():
    found = shared([partial(done_by, index) for index in range(8)], nullcontext, lambda index: None)
    assert all(math.isnan(parts[0].findings[0].got) for parts in found)


@pytest.mark.parametrize("ending", [lambda: os._exit(3), lambda: 1 / 0])
def test_lost_work_of_the_second_process__is_done_by_the_first(ending):
    @contextmanager
    def lost():
        ending()
        yield

    def late():
        if os.getpid() != HERE:
            ending()
        return [reported("late")]

    assert names(shared([late] * 6, nullcontext, lambda index: None)) == ["late"] * 6
    assert names(shared([late] * 6, lost, lambda index: None)) == ["late"] * 6


def test_truncated_message__is_left_out():
    out, into = os.pipe()
    message = msgspec.msgpack.encode((7, [reported("whole")]))
    framed = len(message).to_bytes(8) + message
    os.write(into, framed + framed[:-1])
    os.close(into)
    assert sharing._received(out) == {7: [reported("whole")]}
    os.close(out)


def test_exception_in_the_first_process__ends_the_second(monkeypatch):
    children, fork = [], sharing._fork

    def noted():
        children.append(fork())
        return children[0]

    def breaks():
        if os.getpid() == HERE:
            raise KeyboardInterrupt
        time.sleep(60)

    monkeypatch.setattr(sharing, "_fork", noted)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        shared([breaks] * 2, nullcontext, lambda index: None)
    assert time.monotonic() - started < 30
    with pytest.raises(ChildProcessError):
        os.waitpid(children[0], os.WNOHANG)


def timeless(report):
    parts = [msgspec.structs.replace(part, seconds=0) for part in report.parts()]
    return [msgspec.structs.replace(target, parts=parts) for target in report.targets]


@pytest.mark.slow
@pytest.mark.parametrize("level", WORKERS)
@pytest.mark.parametrize("layers", [("affine", "svm_loss"), ("affine", "relu", "max_pool2d", "layer_norm")])
@pytest.mark.sample(1)
@pytest.mark.diagnosed
def test_sharing__reports_what_one_process_reports(level, layers):
    one, two = (
        verify([str(WRONG)], Plan(layers=layers, cases=2, isolation=level, processes=n)) for n in (1, 2)
    )
    assert timeless(one) == timeless(two)
    assert {part.verdict for part in two.parts()} == {"pass", "fail"}


@pytest.mark.slow
def test_loss_in_one_process__does_not_touch_the_other(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(WRONG.read_text() + "\n\ndef relu_forward(x):\n    import os\n    os._exit(1)\n")
    report = verify([str(path)], Plan(layers=("affine", "relu"), cases=2, isolation=WORKERS[-1], processes=2))
    verdicts = {part.function: part.verdict for part in report.parts()}
    assert verdicts["relu_forward"] == "error"
    assert verdicts["affine_forward"] == verdicts["affine_backward"] == "pass"


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.sample(1)
def test_ended_command__leaves_no_process(tmp_path, how):
    path = tmp_path / "layers.py"
    loops = "def {}_forward(*args):\n    while True: pass\n"
    path.write_text(loops.format("relu") + loops.format("affine"))
    code = (
        f"from gradcheck.commands import main; main(['verify', {str(path)!r}, '--processes', '2', {QUICK}])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, start_new_session=True)
    while len(below(process.pid)) < 5:  # two workers under their supervisors, and the second judge
        assert process.poll() is None
        time.sleep(0.05)
    there = below(process.pid)
    os.kill(process.pid, how)
    process.wait()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{each}/fd").exists() and alive(each) for each in there):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def below(process):
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [int(each) for each in children] + [deep for each in children for deep in below(int(each))]
