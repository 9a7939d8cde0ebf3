"""The time limits of calls in this process: what they stop, and what they leave alone."""

import contextlib
import io
import itertools
import sys
import threading
import time

import numpy as np
import pytest

from gradcheck.calling import guarded, watchdog
from gradcheck.calling.watchdog import watched
from gradcheck.contract import Crashed, TimedOut


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(watchdog, "TICK", 0.01)
    monkeypatch.setattr(watchdog, "AGAIN", 0.05)


@pytest.fixture
def limited():
    """Limits that an endless loop reaches soon."""
    with watched(call=0.1, total=30.0, losses=2) as found:
        yield found


def endless():
    while True:
        pass


def test_watchdog__stops_an_endless_loop(limited):
    with pytest.raises(TimedOut, match=r"^loop did not return within 0\.1 s$"):
        guarded("loop", endless)


def test_watchdog__leaves_results_and_exceptions_alone(limited):
    assert guarded("add", lambda a, b: a + b, 1, b=2) == 3
    with pytest.raises(Crashed, match="raised ZeroDivisionError"):
        guarded("divide", lambda: 1 / 0)
    with pytest.raises(Crashed, match="raised SystemExit: 3"):
        guarded("leave", sys.exit, 3)


def test_watchdog__lets_an_interruption_pass(limited):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded("interrupted", interrupted)


@pytest.mark.parametrize("times", [1, 3])
def test_watchdog__asks_again_where_its_exception_is_swallowed(limited, times):
    def stubborn():
        for _ in range(times):
            try:  # noqa: SIM105
                endless()
            except:  # noqa: E722 - as some people write
                pass
        return 0

    with pytest.raises(TimedOut):
        guarded("stubborn", stubborn)


def test_watchdog__takes_what_an_interrupted_call_raises_for_the_interruption(limited):
    def confused():
        try:
            endless()
        except BaseException:  # noqa: BLE001
            raise ValueError("something went wrong") from None

    with pytest.raises(TimedOut):
        guarded("confused", confused)


def test_watchdog__has_a_slow_call_into_c_time_out_when_it_returns(limited):
    with pytest.raises(TimedOut):
        guarded("nap", time.sleep, 0.3)
    assert sum(range(10**5)) == 4999950000, "what was not raised during the call is raised after it"


def test_watchdog__notifies_the_user_of_what_it_cannot_stop(limited, monkeypatch):
    monkeypatch.setattr(sys, "__stderr__", io.StringIO())
    with pytest.raises(TimedOut):
        guarded("nap", time.sleep, 0.6)
    said = (
        "nap did not return within 0.1 s, and Python cannot stop it. If it never returns, end this process."
    )
    assert sys.__stderr__.getvalue() == f"gradcheck: {said}\n"


def test_watchdog__needs_no_stderr(limited, monkeypatch):
    monkeypatch.setattr(sys, "__stderr__", None)
    with pytest.raises(TimedOut):
        guarded("nap", time.sleep, 0.6)
    assert limited._thread.is_alive()


def test_watchdog__gives_a_function_up_that_was_late_twice(limited):
    calls = itertools.count()

    def late():
        next(calls)
        endless()

    for _ in range(4):
        with pytest.raises(TimedOut, match=r"did not return within 0\.1 s"):
            guarded("late", late)
    assert next(calls) == 2
    assert guarded("other", lambda: "still called") == "still called"


def test_watchdog__limits_all_calls_together():
    with watched(call=10.0, total=0.2, losses=9):
        with pytest.raises(TimedOut, match=r"nap was stopped: all calls together may take 0\.2 s"):
            guarded("nap", lambda: [time.sleep(0.02) for _ in range(99)])
        with pytest.raises(TimedOut, match="all calls together"):
            guarded("other", lambda: None)


def test_watchdog__watches_within_its_block_only():
    with watched(call=0.05, total=9.0, losses=9) as found:
        assert watchdog.HERE.get() is found
    assert watchdog.HERE.get() is None
    assert not found._thread.is_alive()
    guarded("nap", time.sleep, 0.1)


def test_watchdog__raises_in_no_other_thread(limited):
    """A call that is late is interrupted; one that another thread makes meanwhile is not."""
    seen = []
    other = threading.Thread(target=lambda: seen.append([time.sleep(0.01) for _ in range(30)]))
    other.start()
    with pytest.raises(TimedOut):
        guarded("loop", endless)
    other.join()
    assert len(seen[0]) == 30


def test_watchdog__raises_nothing_late_where_calls_end_at_their_limit():
    """However close to its limit a call ends, its exception never arrives outside of it."""
    with watched(call=0.004, total=60.0, losses=10**6):
        for _ in range(100):
            with contextlib.suppress(TimedOut):
                guarded("close", lambda: [np.sum(np.ones(2000)) for _ in range(500)])
            sum(range(1000))
