"""Never returns, and catches what would end it."""

# expect: timeout

import signal
import time

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    while True:
        time.sleep(1)
