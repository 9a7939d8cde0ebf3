"""What only the kernel can promise: calls that Python's library does not have."""

import ctypes
import resource
import signal

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36
PR_CAPBSET_DROP, PR_CAP_AMBIENT, CLEAR_ALL = 24, 47, 4
CAPABILITIES_VERSION = 0x20080522
MOST_CAPABILITIES = 64
READ_SEARCH = 2
"""To read what belongs to others: root judges folders that only their owners may enter."""

libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Become the parent of every process further down whose own parent ends."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """End this process when its parent ends."""
    libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def close_memory() -> None:
    """Keep other processes of the same user from reading and writing this one's memory through ``/proc``."""
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def open_memory() -> None:
    """Let them again, as after the start of a program."""
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


class Header(ctypes.Structure):
    """Whose capabilities are meant."""

    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class Capabilities(ctypes.Structure):
    """Half of a process's capabilities."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_capabilities() -> None:
    """Give up root's rights, but for reading: above all those to other processes' memory."""
    libc.prctl(PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    for number in range(MOST_CAPABILITIES):
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    header, found = Header(CAPABILITIES_VERSION, 0), (Capabilities * 2)()
    if libc.capget(ctypes.byref(header), found):
        return
    for index, each in enumerate(found):
        kept = (1 << READ_SEARCH) * (index == 0)
        each.effective, each.permitted, each.inheritable = each.effective & kept, each.permitted & kept, 0
    libc.capset(ctypes.byref(header), found)


def no_new_privileges() -> None:
    """Give up, for good, every right that a program could be started with."""
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def limit(memory: int, seconds: int, file: int, processes: int) -> None:
    """Limit address space, processor time, the size of files, and how many processes the user may have."""
    ours = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: file,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in ours.items():
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
