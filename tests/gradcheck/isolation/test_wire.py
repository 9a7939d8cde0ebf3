"""Frames that are none, and arrays that are not all there."""

import socket
import struct
import threading
import time

import numpy as np
import pytest

from gradcheck.isolation import wire
from gradcheck.isolation.foreign import Failed
from gradcheck.isolation.packing import Packer
from gradcheck.isolation.wire import Garbled, Gone, Outgoing

HOSTILE = [
    ["array", "|O8", [2], 0, 1],
    ["array", "<U4", [1], 0, 1],
    ["array", "V8", [1], 0, 1],
    ["array", "<f8", [-1], 0, 1],
    ["array", "<f8", [2**62, 4], 0, 1],
    ["array", "<f8", [5], 0, 1],
    ["array", "<f8", [1], -8, 1],
    ["array", "<f8", [1.0], 0, 1],
    ["array", "<f8", [True], 0, 1],
    ["array", "<f8", [1] * 65, 0, 1],
    ["array", "<f8", [1], 0],
    ["array", ["<f8"], [1], 0, 1],
    ["view", "<f8", [1], 1, 0, [8]],
    ["view", "<f8", [1], 0, -1, [8]],
    ["view", "<f8", [2**40], 0, 0, [0]],
    ["file", "<f8", [1], 0],
    ["file", "<f8", [1], "0"],
    ["handle", "1", True, "x"],
    ["handle", 1, True, 7],
    ["complex", "1", 2],
    ["tuple", [["tuple", []]]],
    ["tuple", 3],
    ["trouble", "passed", "x", ""],
    ["unheard of"],
    [],
    {"a": 1},
    [[]],
]


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    one.settimeout(0.05)
    with one, other:
        yield one, other


def later(seconds=5.0):
    return time.monotonic() + seconds


def test_frame__comes_as_it_went(pair):
    one, other = pair
    out = Outgoing()
    header = [1, "value", None, float("inf"), "a\nb", ["array", "<f8", [2], out.add(np.array([1.5, np.nan]))]]
    wire.send(other, header, out)
    frame = wire.receive(one, later())
    assert frame.header == header
    assert np.array_equal(wire.inline(header[5], frame.raw), [1.5, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack("<IQ", 2**32 - 1, 0),
        struct.pack("<IQ", 4, 2**63),
        struct.pack("<IQ", 4, 0) + b"nope",
        struct.pack("<IQ", 2, 0) + b"\xff\xfe",
        struct.pack("<IQ", 200_000, 0) + b"[" * 200_000,
        struct.pack("<IQ", 2, 0) + b"[]and more",
    ],
    ids=["header too long", "too many bytes", "no JSON", "no text", "too deep", "two at once"],
)
def test_invalid_frame__is_refused(pair, sent):
    one, other = pair
    writer = threading.Thread(target=other.sendall, args=(sent,))
    writer.start()
    with pytest.raises(Garbled):
        wire.receive(one, later(5.0))
    writer.join()


def test_half_a_frame_is_waited_for_until_the_deadline(pair):
    one, other = pair
    other.sendall(struct.pack("<IQ", 10, 0) + b"[1")
    with pytest.raises(TimeoutError):
        wire.receive(one, later(0.2))


def test_closed_connection__is_reported(pair):
    one, other = pair
    other.sendall(struct.pack("<IQ", 10, 0) + b"[1")
    other.close()
    with pytest.raises(Gone):
        wire.receive(one, later())


class NoLink:
    def request(self, what, label, *arguments):
        raise AssertionError(what)

    def free(self, node, life):
        pass


@pytest.mark.parametrize("node", HOSTILE, ids=repr)
def test_invalid_value__is_refused(node):
    with pytest.raises(Garbled):
        Packer(NoLink(), 0, 2**20).result(node, bytearray(32), "f")


@pytest.mark.parametrize(
    "changes",
    [[[5, [], []]], [[0, [["a"]], []]], [[0, [[["x"], 1]], []]], [[0, 3, []]], [3], 7, [[True, [], []]]],
)
def test_dictionary_that_was_not_given__is_not_written_into(changes):
    given = {"a": 1}
    with pytest.raises(Garbled):
        Packer(NoLink(), 0, 2**20).write_back(changes, [given], bytearray())
    assert given == {"a": 1}


@pytest.mark.parametrize("size", [0, -1, 2**21, "8", 8.0, True])
def test_memory_is_not_granted_without_end(size):
    packer = Packer(NoLink(), 0, 2**20)
    with pytest.raises(Garbled):
        packer.grant(size)
    packer.close()


def test_failure__is_one_printable_line():
    node = ["trouble", "crashed", "raised ValueError: \x1b[2J\n", "ValueError"]
    with pytest.raises(Failed, match=r"^raised ValueError: \\x1b\[2J$") as problem:
        Packer(NoLink(), 0, 8).result(node, bytearray(), "f")
    assert problem.value.trouble.cause is ValueError


def test_cause__is_always_an_exception():
    with pytest.raises(Failed) as problem:
        Packer(NoLink(), 0, 8).result(["trouble", "crashed", "x", "print"], bytearray(), "f")
    assert problem.value.trouble.cause is None
