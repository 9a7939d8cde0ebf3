"""Reading what somebody else has put there: a regular file, and no more of it than fits."""

import errno
import os
import stat

FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def beginning(path: str | os.PathLike[str], most: int) -> bytes:
    """Return the first `most` bytes of a file.

    Raises
    ------
    OSError
        It cannot be read; or it is no regular file: a pipe, a device or a socket may never say anything, or never end.
    """
    file = os.open(path, FLAGS)
    with os.fdopen(file, "rb") as opened:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", os.fspath(path))
        return opened.read(most)
