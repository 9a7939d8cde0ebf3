"""Landlock: from now on this process sees only the files that it was given. It needs no rights, and no package."""

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterable

from gradcheck.isolation.inside.kernel import libc

CREATE, ADD, RESTRICT = 444, 445, 446
VERSION = 1
BENEATH = 1

EXECUTE, WRITE, READ, LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, DEVICE = 1 << 14, 1 << 15
FILES_ONLY = EXECUTE | WRITE | READ | TRUNCATE | DEVICE
KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""What each version of the interface can forbid about files."""

NETWORK = 0b11
SCOPES = 0b11


class Ruleset(ctypes.Structure):
    """What is to be forbidden unless a rule allows it."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class Rule(ctypes.Structure):
    """What is allowed beneath a folder, or of a file."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return the version of the interface that this kernel has; 0 where it has none."""
    return max(0, int(libc.syscall(CREATE, None, 0, VERSION)))


def restrict(readable: Iterable[str], listable: Iterable[str], writable: Iterable[str]) -> bool:
    """Allow reading beneath some paths, listing others, writing beneath the last, and nothing else.

    Returns
    -------
    bool
        Whether the kernel holds this process to it.
    """
    found = version()
    if not found:
        return False
    handled = KNOWN[min(found, 5)]
    wanted = Ruleset(handled, NETWORK if found >= 4 else 0, SCOPES if found >= 6 else 0)
    size = 24 if found >= 6 else 16 if found >= 4 else 8
    rules = libc.syscall(CREATE, ctypes.byref(wanted), size, 0)
    if rules < 0:
        return False
    for path in readable:
        _allow(rules, path, (EXECUTE | READ | LIST) & handled)
    for path in listable:
        _allow(rules, path, LIST & handled)
    for path in writable:
        _allow(rules, path, handled & ~EXECUTE & ~DEVICE)
    held = bool(libc.syscall(RESTRICT, rules, 0) == 0)
    os.close(rules)
    return held


def _allow(rules: int, path: str, what: int) -> None:
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            is_folder = stat.S_ISDIR(os.fstat(file).st_mode)
            rule = Rule(what if is_folder else what & FILES_ONLY, file)
            libc.syscall(ADD, rules, BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(file)
