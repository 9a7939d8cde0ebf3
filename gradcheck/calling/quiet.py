"""Keeping what a subject prints, warns of and draws at random to itself."""

import contextlib
import io
import warnings
from collections.abc import Iterator

import numpy as np


class Sink(io.TextIOBase):
    """Where a subject's prints go: nowhere."""

    def write(self, text: str) -> int:
        """Take the text and forget it."""
        return len(text)


@contextlib.contextmanager
def quiet(seed: int) -> Iterator[None]:
    """Keep a subject's prints, warnings and global random numbers to itself, and make the latter repeat."""
    state = np.random.get_state()
    np.random.seed(seed % 2**32)
    try:
        with (
            contextlib.redirect_stdout(Sink()),
            contextlib.redirect_stderr(Sink()),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)
