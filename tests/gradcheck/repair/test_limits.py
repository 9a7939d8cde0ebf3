"""A candidate that never ends is ended, with a signal and without."""

import contextlib
import gc
import sys
import threading
import time
import weakref

import pytest

from gradcheck.repair.limits import Endless, Limiter


def endless():
    while True:
        pass


def stubborn():
    """Swallow what ends it, again and again."""
    for _ in range(20):
        with contextlib.suppress(BaseException):
            endless()
    return 1


@pytest.mark.parametrize("action", [endless, stubborn])
def test_endless_action__is_ended(action):
    limiter = Limiter()
    with limiter.ready(), pytest.raises(Endless):
        limiter.run(action, 0.02)


def test_short_action__is_left_alone():
    limiter = Limiter()
    with limiter.ready():
        assert limiter.run(lambda: 3, 0.02) == 3
        time.sleep(0.03)


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["callback", "destructor", "finalizer"])
def test_limit_that_is_reached_while_python_cleans_up__waits_for_that(kind, monkeypatch):
    problems, cleaned = [], []

    def callback(phase, info):
        burn(0.03)
        cleaned.append(phase)

    class Dies:
        def __del__(self):
            burn(0.03)
            cleaned.append(1)

    class Watched:
        def __init__(self):
            weakref.finalize(self, lambda: (burn(0.03), cleaned.append(1)))

    def action():
        {"callback": gc.collect, "destructor": Dies, "finalizer": Watched}[kind]()
        endless()

    limiter = Limiter()
    monkeypatch.setattr(sys, "unraisablehook", problems.append)
    gc.disable()
    if kind == "callback":
        gc.callbacks.append(callback)
    try:
        with limiter.ready(), pytest.raises(Endless):
            limiter.run(action, 0.02)
    finally:
        if kind == "callback":
            gc.callbacks.remove(callback)
        gc.enable()
    assert cleaned
    assert problems == []


def test_endless_destructor__is_ended(monkeypatch):
    class Dies:
        def __del__(self):
            endless()

    problems = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: problems.append(found.exc_type))
    limiter = Limiter()
    with limiter.ready(), pytest.raises(Endless):
        limiter.run(lambda: (Dies(), None)[1] or burn(1), 0.02)
    assert problems == [Endless]


def test_endless_action__is_ended_where_there_is_no_signal():
    ended = []

    def run():
        limiter = Limiter()
        with limiter.ready():
            try:
                limiter.run(endless, 0.02)
            except Endless:
                ended.append(sys.gettrace())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert ended == [None]
