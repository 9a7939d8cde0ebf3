"""Run gradcheck or pytest as on macOS or Windows: ``python elsewhere.py darwin|win32 COMMAND ARGUMENT...``.

Simulated: what Python's library lacks on that platform, and the platform's name. Before anything of gradcheck is
imported, modules can no longer be imported, and functions and constants are gone. Parts of the standard library, NumPy,
click and pytest are imported earlier, because they choose their own code by the true platform.

Not simulated: the platform's paths, file system, console, signals and way to start a process. `os.name` stays. A
process that this one starts is an ordinary one.
"""

import importlib
import io
import sys
from types import SimpleNamespace

# Imported before anything is hidden.
EARLY = (
    "click",
    "concurrent.futures.process",
    "concurrent.futures.thread",
    "ctypes.util",
    "hypothesis",
    "mmap",
    "multiprocessing.context",
    "multiprocessing.popen_spawn_posix",
    "multiprocessing.resource_tracker",
    "multiprocessing.shared_memory",
    "multiprocessing.spawn",
    "nbformat",
    "numpy.testing",
    "platform",
    "pytest",
    "select",
    "shutil",
    "socket",
    "subprocess",
    "sysconfig",
    "tempfile",
    "threadpoolctl",
    "xml.etree.ElementTree",
    "zipfile",
)

LINUX_ONLY = {
    "os": "memfd_create pidfd_open sched_getaffinity sched_setaffinity posix_fadvise MFD_CLOEXEC MFD_ALLOW_SEALING "
    "O_PATH getrandom setns unshare",
    "fcntl": "F_ADD_SEALS F_SEAL_SHRINK F_SEAL_GROW F_SEAL_WRITE",
    "signal": "pidfd_send_signal",
    "mmap": "MAP_POPULATE",
}

POSIX_ONLY = {
    "os": "fork forkpty killpg register_at_fork getuid geteuid getgid getegid getpgid getpgrp setsid uname sysconf "
    "getloadavg nice wait wait3 wait4 WNOHANG O_CLOEXEC O_NONBLOCK mkfifo chown fchown lchown setuid "
    "posix_spawn pread pwrite confstr sync ttyname ctermid",
    "signal": "SIGKILL SIGALRM SIGHUP SIGCHLD SIGUSR1 SIGUSR2 SIGPIPE setitimer alarm pthread_kill pause sigwait",
    "socket": "AF_UNIX send_fds recv_fds",
    "mmap": "MAP_PRIVATE MAP_SHARED MAP_ANONYMOUS PROT_READ PROT_WRITE",
    "select": "poll epoll",
    "time": "tzset clock_gettime",
}

POSIX_MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")


def hide(platform: str) -> None:
    """Take away what the platform does not have."""
    for name in EARLY:
        importlib.import_module(name)
    # The standard library starts processes in the way of the true platform, with what is hidden from all others.
    for each in ("popen_fork", "popen_spawn_posix", "resource_tracker", "spawn", "util"):
        module = sys.modules[f"multiprocessing.{each}"]
        for name in ("os", "signal"):
            if hasattr(module, name):
                setattr(module, name, SimpleNamespace(**vars(sys.modules[name])))
    kinds = (LINUX_ONLY,) if platform == "darwin" else (LINUX_ONLY, POSIX_ONLY)
    for kind in kinds:
        for name, names in kind.items():
            module = importlib.import_module(name)
            for each in names.split():
                vars(module).pop(each, None)
    for name in POSIX_MODULES if platform == "win32" else ():
        sys.modules[name] = None  # an import raises ModuleNotFoundError
    sys.platform = platform
    io._WindowsConsoleIO = type("_WindowsConsoleIO", (), {})  # pytest asks for it on Windows


def run(command: str) -> None:
    """Run a command with the arguments that are left."""
    if command == "pytest":
        import pytest

        sys.exit(pytest.main(sys.argv[1:]))
    if command == "python":
        exec(sys.argv[1], {"__name__": "__main__"})
        return
    from gradcheck.commands import main

    main(prog_name="gradcheck")


if __name__ == "__main__":
    _, platform, command, *sys.argv[1:] = sys.argv
    assert "gradcheck" not in sys.modules
    hide(platform)
    run(command)
