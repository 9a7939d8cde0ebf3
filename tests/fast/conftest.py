"""fast in pieces so small that the smallest case has several of them."""

import contextlib
import sys

import pytest
from gradcheck.fast.engine.threads import use_threads

SMALL = {"TARGET": 200, "ENOUGH": 1, "LIMIT": 4000, "PIECE": 100, "FEW": 0, "LONG": 2, "WORTH_THREADS": 0}
"""What decides how the work is cut, in every module of fast that asks for it."""


@contextlib.contextmanager
def in_small_pieces(threads, **sizes):
    """Let fast work in small pieces, and in so many threads; `sizes` in place of those above."""
    modules = [module for name, module in sys.modules.items() if name.startswith("gradcheck.fast.")]
    with pytest.MonkeyPatch.context() as patch, use_threads(threads):
        for name, size in {**SMALL, **sizes}.items():
            for module in modules:
                if hasattr(module, name):
                    patch.setattr(module, name, size)
        yield


@pytest.fixture(name="in_small_pieces", scope="session")
def _in_small_pieces():
    return in_small_pieces
