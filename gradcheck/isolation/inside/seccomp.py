"""A filter in the kernel: no new process, no signal to another one, no network, no memory that outlives the process.

Nor are the rights, owners and times of files changed.

It needs no rights, holds for good and for root too; where the kernel has none, or on another machine than the two
it knows, nothing happens.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence

from gradcheck.isolation.inside.kernel import libc

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, DENY = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24
THREAD = 0x00010000
OTHER_ABI = 0x40000000

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls the machine."""

# By name: the numbers on x86_64 and on aarch64; None where there is no such call.
FORKS = {"fork": (57, None), "vfork": (58, None)}
CLONE, CLONE3 = (56, 220), (435, 435)
KILLS = {"kill": (62, 129), "tgkill": (234, 131)}
PRCTL = (157, 167)
HIDES = (1, 4)
"""What would let a submission outlive the process above it, or hide its open files from that."""

ABOUT = {"prlimit64": (302, 261), "sched_setaffinity": (203, 122)}
"""Calls about a process, which 0 stands for too."""

REFUSED = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "socket": (41, 198),
    "io_uring_setup": (425, 425),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "setpriority": (141, 140),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "kcmp": (312, 272),
    "process_madvise": (440, 440),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "socketpair": (53, 199),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "syslog": (103, 116),
}
IGNORED = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}
"""What would change a file's rights, owner, times or attributes, which Landlock lets anybody do to any file of theirs.

It does nothing, and says that it is done: to copy a file with its rights is no mistake.
"""

COMMANDS = {
    (72, 25): (8, 10, 15),
    (16, 29): (0x8901, 0x8902, 0x5452, 0x5412, 0x541C, 0x540E),
}
"""What fcntl and ioctl must not do: have signals sent to somebody, and write to a terminal as if someone typed."""


NEEDED = frozenset({
    "execve", "execveat", "socket", "shmget", "semget", "msgget", "mq_open", "memfd_create", "memfd_secret",
    "userfaultfd", "perf_event_open", "move_pages", "migrate_pages", "keyctl", "add_key",
    "socketpair", "setsid", "setpgid", "inotify_init", "inotify_init1",
})  # fmt: skip
"""What compilers, drivers and libraries of a kernel's own may need."""

EVERYBODY = 0xFFFFFFFF
"""Whom `kill` means by -1."""


class Program(ctypes.Structure):
    """What the kernel takes: how many instructions, and where."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def refuse(*, may_signal: bool = False) -> bool:
    """Install the filter for this process, which may perhaps signal others; return whether it is there."""
    return _installed(program(platform.machine(), os.getpid(), may_signal=may_signal))


def spare(processes: Sequence[int]) -> bool:
    """Install a filter that forbids little more than to signal some processes; return whether it is there.

    It is for code that may start compilers and talk to drivers. A number below 0 is that of a group of processes.
    """
    return _installed(sparing(platform.machine(), processes))


def _installed(code: bytes | None) -> bool:
    if code is None:
        return False
    given = Program(len(code) // 8, code)
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0) == 0)


def program(machine: str, own: int, *, may_signal: bool = False) -> bytes | None:
    """Return the filter for a machine and a process that may send signals to itself; None for a machine unknown."""
    if machine not in MACHINES:
        return None
    column = list(MACHINES).index(machine)
    rows = [
        _step(LOAD, ARCHITECTURE),
        _step(EQUAL, MACHINES[machine], 1, 0),
        _step(RETURN, KILL),
        _step(LOAD, NUMBER),
        _step(AT_LEAST, OTHER_ABI, 0, 1),
        _step(RETURN, DENY | errno.ENOSYS),
    ]
    for numbers in (*FORKS.values(), *REFUSED.values()):
        refused = errno.EAGAIN if numbers in FORKS.values() else errno.EPERM
        rows += _unless(numbers[column], [_step(RETURN, DENY | refused)])
    for numbers in IGNORED.values():
        rows += _unless(numbers[column], [_step(RETURN, DENY)])
    rows += _unless(
        CLONE3[column], [_step(RETURN, DENY | errno.ENOSYS)]
    )  # clone instead, which can be looked at
    threads = [_step(LOAD, FIRST), _step(ANY_BIT, THREAD, 1, 0), _step(RETURN, DENY | errno.EAGAIN)]
    rows += _unless(CLONE[column], [*threads, _step(RETURN, ALLOW)])
    refusal = _step(RETURN, DENY | errno.EPERM)
    itself, nobody = _step(EQUAL, own, 1, 0), _step(EQUAL, 0, 1, 0)
    for numbers in () if may_signal else KILLS.values():
        rows += _unless(numbers[column], [_step(LOAD, FIRST), itself, refusal, _step(RETURN, ALLOW)])
    for numbers in ABOUT.values():
        steps = [_step(LOAD, FIRST), _step(EQUAL, own, 2, 0), nobody, refusal, _step(RETURN, ALLOW)]
        rows += _unless(numbers[column], steps)
    hides = [step for each in HIDES for step in (_step(EQUAL, each, 0, 1), refusal)]
    rows += _unless(PRCTL[column], [_step(LOAD, FIRST), *hides, _step(RETURN, ALLOW)])
    for places, commands in COMMANDS.items():
        checks = [step for each in commands for step in (_step(EQUAL, each, 0, 1), refusal)]
        rows += _unless(places[column], [_step(LOAD, SECOND), *checks, _step(RETURN, ALLOW)])
    return b"".join([*rows, _step(RETURN, ALLOW)])


def sparing(machine: str, processes: Sequence[int]) -> bytes | None:
    """Return the filter that keeps some processes from being signalled; None for a machine unknown."""
    if machine not in MACHINES:
        return None
    column = list(MACHINES).index(machine)
    rows = [
        _step(LOAD, ARCHITECTURE),
        _step(EQUAL, MACHINES[machine], 1, 0),
        _step(RETURN, KILL),
        _step(LOAD, NUMBER),
        _step(AT_LEAST, OTHER_ABI, 0, 1),
        _step(RETURN, DENY | errno.ENOSYS),
    ]
    refusal = _step(RETURN, DENY | errno.EPERM)
    for name, numbers in REFUSED.items():
        rows += [] if name in NEEDED else _unless(numbers[column], [refusal])
    spared = [each & EVERYBODY for each in (*processes, -1)]
    checks = [step for each in spared for step in (_step(EQUAL, each, 0, 1), refusal)]
    for numbers in (*KILLS.values(), *ABOUT.values()):
        rows += _unless(numbers[column], [_step(LOAD, FIRST), *checks, _step(RETURN, ALLOW)])
    for places, commands in COMMANDS.items():
        checks = [step for each in commands for step in (_step(EQUAL, each, 0, 1), refusal)]
        rows += _unless(places[column], [_step(LOAD, SECOND), *checks, _step(RETURN, ALLOW)])
    return b"".join([*rows, _step(RETURN, ALLOW)])


def _unless(number: int | None, then: list[bytes]) -> list[bytes]:
    """Return steps that are jumped over unless the call has the number."""
    return [] if number is None else [_step(EQUAL, number, 0, len(then)), *then]


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_so, if_not, value)
