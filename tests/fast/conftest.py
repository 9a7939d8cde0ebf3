"""Convolutions cut small: what a large one does at its seams, a small one can show."""

import contextlib

import pytest

from fast import blocks, correlation, data_gradient, weight_gradient
from fast.threads import use_threads


@contextlib.contextmanager
def pieces(target, threads):
    """Cut into blocks of so many bytes, and find any work worth the threads."""
    with pytest.MonkeyPatch.context() as patch, use_threads(threads):
        patch.setattr(blocks, "TARGET", target)
        patch.setattr(blocks, "LIMIT", 2 * target)
        patch.setattr(blocks, "ENOUGH", 2)
        patch.setattr(data_gradient, "TARGET", target)
        for module in (correlation, data_gradient, weight_gradient):
            patch.setattr(module, "WORTH_THREADS", 0)
        patch.setattr(weight_gradient, "ROWS", 1)
        yield


@pytest.fixture(scope="session")
def cut_small():
    """Return a context manager; of the session, so that Hypothesis may use it in every example."""
    return pieces
