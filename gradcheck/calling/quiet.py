"""Keeping what a subject prints, warns of, reads and draws at random to itself."""

import contextlib
import io
import sys
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
    """Keep a subject's prints, warnings and global random numbers to itself, and make the latter repeat.

    A subject that asks for input gets none: it would wait for as long as the user is away.
    """
    state, standard_input = np.random.get_state(), sys.stdin
    # PyTorch's, where the subject has brought it: never imported from here, and a stand-in may lack it.
    generator = getattr(sys.modules.get("torch"), "default_generator", None)
    drawn = None if generator is None else generator.get_state()
    sys.stdin = io.StringIO()
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
        sys.stdin = standard_input
        np.random.set_state(state)
        if generator is not None:
            generator.set_state(drawn)
