"""A signal ends what runs also where Python loses the exception that its handler raises."""

import contextlib
import os
import signal
import sys
import time
import weakref

import pytest

from gradcheck import interruption
from gradcheck.interruption import AGAIN, Ended, endings, is_due

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")


def ring():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.01)  # the handler runs in here


def caught():
    with contextlib.suppress(BaseException):
        ring()


class Dying:
    def __del__(self):
        ring()


def in_a_destructor():
    del [Dying()][0]


def in_a_callback():
    watched = Dying.__new__(type("Watched", (), {}))
    watching = weakref.ref(watched, lambda _: ring())
    del watched
    assert watching() is None


def lost_and_gone_on(lost):
    lost()
    assert is_due()
    while True:
        time.sleep(0.01)


@pytest.mark.parametrize("lost", [ring, caught, in_a_destructor, in_a_callback])
def test_signal__ends_what_runs_wherever_it_comes(lost, monkeypatch):
    said = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    with pytest.raises(Ended) as problem, endings():
        lost_and_gone_on(lost)
    assert problem.value.number == signal.SIGTERM
    assert not is_due()
    assert said == []
    assert sys.unraisablehook == said.append


@pytest.mark.slow
def test_signal__is_not_repeated_while_things_are_put_away():
    done = []

    def put_away():
        try:
            raise LookupError
        except LookupError:
            time.sleep(3 * AGAIN)
        done.append("put away")

    def ended():
        try:
            ring()
        finally:
            put_away()

    with pytest.raises(Ended), endings():
        ended()
    assert done == ["put away"]


def test_handlers__are_given_back():
    before = [signal.getsignal(number) for number in interruption.ENDINGS]
    with endings(ignored=False):
        assert signal.getsignal(signal.SIGTERM) is interruption.raised
    assert [signal.getsignal(number) for number in interruption.ENDINGS] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_another_exception_that_python_loses__is_said_as_ever(monkeypatch):
    said = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: said.append(found.exc_type))

    class Failing:
        def __del__(self):
            raise LookupError

    with endings():
        del [Failing()][0]
    assert said == [LookupError]
