"""The first thing that runs where this package is the command: before any module is looked for, or interrupted.

It needs only what every Python has loaded already.
"""

import os
import sys

COMMANDS = ("gradcheck", "gradcheck.exe")
INTERRUPTED = 130
"""What the command exits with after Ctrl-C: 128 and the number of the signal."""


def begin() -> None:
    """Take the current folder off the path of ``python -m gradcheck``, and end without a traceback after Ctrl-C.

    The command is often run in a folder of submissions, where a file ``typing.py`` would run in the judge.
    """
    if IS_MODULE and sys.path and not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    if IS_COMMAND:
        _fill_standard_files()
        signal = __import__("_signal")  # Python's own `signal` would load more modules first
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end)


def _fill_standard_files() -> None:
    """Open nothing where a standard file is closed: else the next file that is opened gets its number."""
    for file in range(3):
        try:
            os.fstat(file)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _is_module() -> bool:
    """Return whether this process is being started as ``python -m gradcheck``."""
    words = getattr(sys, "orig_argv", ())
    named = [words[i] + words[i + 1] for i in range(len(words) - 1) if words[i] == "-m"]
    # Until the module is found, Python puts "-m" in the place of its name.
    return sys.argv[:1] == ["-m"] and "-mgradcheck" in (*named, *words)


IS_MODULE = _is_module()
IS_COMMAND = IS_MODULE or (bool(sys.argv) and os.path.basename(sys.argv[0]) in COMMANDS)


def _end(number: int, frame: object) -> None:
    """End before there is anything to put away."""
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)
