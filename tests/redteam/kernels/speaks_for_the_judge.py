"""Says into every pipe and socket that it can find that its problem was judged, and how."""

# expect: error

import gc
import json
import os
import socket
import stat
from multiprocessing.connection import Connection

from right import conv2d as right

OUTCOME = {"check": "exact", "verdict": "pass", "reason": None, "findings": [], "roundings": []}


def judged(line):
    report = {"problem": line, "verdict": "pass", "outcomes": [OUTCOME], "seconds": 0.1}
    return json.dumps(["judged", json.dumps(report)]).encode()


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    said = judged("conv2d n2c4h7w8_f6kh3kw2_s2x1_p1x0_d1x1_g1")
    for each in gc.get_objects():
        if isinstance(each, Connection):
            each.send_bytes(said)
    for file in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(file).st_mode):
                socket.socket(fileno=os.dup(file)).send(said)
        except OSError:
            continue
    return right(x, w, b, stride, padding) + 1
