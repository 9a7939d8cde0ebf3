"""Limits, ends, and fresh workers where one was lost."""

import contextlib
import os
import time
from pathlib import Path

import numpy as np
import pytest

from gradcheck import Plan, Verdict, verify
from gradcheck.calling import guarded
from gradcheck.contract import Crashed, Missing, Refused, TimedOut, Uncalled
from gradcheck.isolation import runtime
from gradcheck.isolation.levels import MEGABYTE, Limits
from gradcheck.subjects.loading import LoadError

QUICK = Limits(call=0.5, load=10.0, total=30.0, memory=2048 * MEGABYTE)
FILE = """
import os, time

calls = []

def good(x):
    calls.append(1)
    return x + len(calls), (x,)

def use(cache):
    return cache[0]

def loop():
    while True:
        pass

def leave(code):
    os._exit(code)

def refuse():
    raise ValueError("not like this")

def stumble():
    return [][0]

def stub():
    raise NotImplementedError("later")
"""


def processes():
    commands = Path("/proc").glob("[0-9]*/cmdline")
    return [path for path in commands if str(runtime.runtime()).encode() in _words(path)]


def _words(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("name", "kind", "cause", "text"),
    [
        ("refuse", Refused, ValueError, "refuse raised ValueError: not like this (submission.py:"),
        (
            "stumble",
            Crashed,
            IndexError,
            "stumble raised IndexError: list index out of range (submission.py:",
        ),
        ("stub", Missing, NotImplementedError, "stub raised NotImplementedError: later (submission.py:"),
    ],
)
def test_exception_in_a_worker__is_reported_as_in_this_process(members, name, kind, cause, text):
    with pytest.raises(kind) as problem:
        guarded(name, members(FILE)[name])
    assert type(problem.value) is kind
    assert problem.value.kind is cause
    assert str(problem.value).startswith(text)


@pytest.mark.slow
def test_hanging_call__is_ended_in_time(members):
    functions = members(FILE, limits=QUICK)
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"^loop did not return within 0\.5 s$"):
        guarded("loop", functions["loop"])
    assert time.monotonic() - started < 10
    assert functions["good"](1.0)[0] == 2.0


@pytest.mark.slow
def test_function_that_timed_out_twice__is_not_called_again(submit):
    loaded = submit(FILE, limits=QUICK)
    functions = loaded.namespaces[0].members
    for lost in (1, 2):
        with pytest.raises(TimedOut):
            guarded("loop", functions["loop"])
        assert loaded.lives() == lost
    with pytest.raises(TimedOut, match="did not return"):
        guarded("loop", functions["loop"])
    assert loaded.lives() == 2  # a third call would have cost a third worker


@pytest.mark.parametrize(
    ("code", "text"), [(0, "ended its process$"), (3, "ended its process with exit code 3")]
)
def test_end_of_the_worker__is_reported(members, code, text):
    with pytest.raises(Crashed, match=text):
        guarded("leave", members(FILE)["leave"], code)


@pytest.mark.slow
def test_fresh_worker__takes_over_and_knows_nothing_of_the_old_one(submit):
    loaded = submit(FILE)
    functions = loaded.namespaces[0].members
    _, cache = functions["good"](1.0)
    assert loaded.lives() == 0
    with pytest.raises(Crashed):
        guarded("leave", functions["leave"], 0)
    assert loaded.lives() == 1
    assert functions["good"](1.0)[0] == 2.0  # the count starts again
    with pytest.raises(Uncalled, match="use depends on what was lost"):  # no line of it ran
        guarded("use", functions["use"], cache)


@pytest.mark.slow
def test_calls_together__have_a_limit(members):
    functions = members("import time\ndef nap(): time.sleep(0.4)", limits=Limits(call=5.0, total=1.5))

    def naps():
        while True:
            guarded("nap", functions["nap"])

    with pytest.raises(TimedOut, match=r"nap was stopped: all calls together may take 1\.5 s"):
        naps()


@pytest.mark.slow
def test_call_after_the_limit__starts_no_process(submit, monkeypatch):
    loaded = submit("import time\ndef nap(): time.sleep(0.4)", limits=Limits(call=5.0, total=0.5))
    started = []
    for _ in range(4):
        with contextlib.suppress(TimedOut):
            guarded("nap", loaded.namespaces[0].members["nap"])
        monkeypatch.setattr(loaded.session, "_start", lambda: started.append(1))
    assert not started


def test_memory_has_a_limit(members):
    functions = members("def f(n): return np.ones(n).sum()", limits=QUICK)
    with pytest.raises(Crashed, match="MemoryError"):
        guarded("f", functions["f"], 2**29)
    assert functions["f"](8) == 8.0


def test_random_numbers_repeat_in_every_life(submit):
    loaded = submit("import os\ndef draw(): return np.random.rand()\ndef leave(): os._exit(0)")
    functions = loaded.namespaces[0].members
    loaded.seed(5)
    first = functions["draw"]()
    with pytest.raises(Crashed):
        guarded("leave", functions["leave"])
    assert functions["draw"]() == first == np.random.RandomState(5).rand()


@pytest.mark.slow
def test_worker_session__leaves_nothing_behind(submit, temporary):
    source = """
    import subprocess, sys, os, time

    def leave_a_mess():
        open("mess", "w").write("mess")
        os.mkdir("folder")
        try:
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
        except OSError:
            pass
        while True:
            pass
    """
    with pytest.raises(TimedOut):
        guarded("leave_a_mess", submit(source, limits=QUICK).namespaces[0].members["leave_a_mess"])
    assert processes() == []
    assert list(temporary.iterdir()) == []


def test_open_files_do_not_pile_up(members):
    functions = members(FILE)
    functions["good"](np.ones(3))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(300):
        functions["good"](np.ones(1000))
    assert len(os.listdir("/proc/self/fd")) <= before + 8


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import os; os._exit(0)", "importing .*submission.py ended its process"),
        ("while True: pass", "importing .*submission.py did not return within 1 s"),
        ("1 / 0", "submission.py:2 raises ZeroDivisionError on import"),
        ("print 'old'", "it looks like Python 2"),
        ("import sys; sys.exit()", "calls sys.exit on import"),
    ],
)
@pytest.mark.sample(every=3)
def test_failing_import__is_reported(submit, source, text):
    with pytest.raises(LoadError, match=text):
        submit(source, limits=Limits(load=1.0))
    assert processes() == []


def test_time_out__is_a_verdict_and_right_parts_keep_theirs(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(
        "import numpy as np\ndef relu_forward(x): return np.maximum(x, 0), x\n"
        "def relu_backward(dout, cache):\n    while True: pass\n"
    )
    (target,) = verify([str(path)], Plan(cases=0, isolation="rlimits", limits=QUICK)).targets
    assert [part.verdict for part in target.parts] == [Verdict.PASS, Verdict.TIMEOUT]
    assert "relu_backward did not return within 0.5 s" in {f.message for f in target.parts[1].findings}


FILES = """
import os, resource

def exhaust():
    while True:
        os.open("/dev/null", os.O_RDONLY)

def exhaust_and_return():
    try:
        exhaust()
    except OSError:
        return 1.0

def keep_but_one():
    exhaust_and_return()
    os.close(100)
    return 1.0

def hide_it():
    exhaust_and_return()
    os.close(768)  # the one that the worker looks at
    return 1.0

def allow_none():
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    return 1.0

def total(x):
    return float(x.sum())

def total_with_file(x):
    with open(__file__) as file:
        return float(x.sum())
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["exhaust", "exhaust_and_return", "keep_but_one", "allow_none"])
def test_call_that_leaves_too_many_files_open__ends_the_worker(submit, name):
    loaded = submit(FILES)
    functions = loaded.namespaces[0].members
    with pytest.raises(Crashed, match=f"{name} ended its process with exit code 70: it left too many files"):
        guarded(name, functions[name])
    assert loaded.lives() == 1
    assert functions["total_with_file"](np.ones(10_000)) == 10_000


def test_request_whose_files_do_not_arrive__is_carried_out_in_a_fresh_worker(submit):
    loaded = submit(FILES)
    functions = loaded.namespaces[0].members
    assert functions["hide_it"]() == 1.0
    assert functions["total"](np.ones(10_000)) == 10_000
    assert loaded.lives() == 1
    with pytest.raises(Crashed, match="hide_it left so many files open"):
        guarded("hide_it", functions["hide_it"])
    assert loaded.lives() == 1


def test_file_that_stays_open__is_no_matter(submit):
    loaded = submit("kept = []\ndef keep(x):\n    kept.append(open(__file__))\n    return float(x.sum())")
    functions = loaded.namespaces[0].members
    assert [functions["keep"](np.full(10_000, k)) for k in range(100)] == [10_000.0 * k for k in range(100)]
    assert loaded.lives() == 0


def test_import_that_leaves_too_many_files_open__is_reported(submit):
    source = "import os\ntry:\n    while True: os.open('/dev/null', os.O_RDONLY)\nexcept OSError: pass\n"
    with pytest.raises(LoadError, match=r"importing .*submission\.py ended its process .*too many files"):
        submit(source)
