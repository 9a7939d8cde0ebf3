"""The suite's two implementations of a layer; no other file of the layers imports `naive` or `fast`."""

from collections.abc import Callable
from typing import Any

# Not `from gradcheck import fast`: that names the public API, which stands above this file.
import gradcheck.fast as fast
import gradcheck.naive as naive
from gradcheck.contract import Ours, Pair
from gradcheck.grammar import Params


def ours(name: str, options: Callable[[Params], dict[str, Any]] = lambda params: {}) -> Ours:
    """Return the functions that `naive` and `fast` define for a layer.

    Parameters
    ----------
    name : str
        The layer: ``conv2d`` for ``conv2d_forward`` and ``conv2d_backward``.
    options : callable
        Parameters -> the keyword arguments of their forward; none by default.
    """
    return Ours(naive=Pair.of(naive, name), fast=Pair.of(fast, name), options=options)
