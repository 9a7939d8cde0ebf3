"""A candidate that never ends is ended, with a signal and without."""

import contextlib
import sys
import threading
import time

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
