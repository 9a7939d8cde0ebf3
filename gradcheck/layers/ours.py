"""The suite's two implementations of a layer; no other file of the layers imports `naive` or `fast`."""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

# Not `from gradcheck import fast`: that names the public API, which stands above this file.
import gradcheck.fast as fast
import gradcheck.naive as naive
from gradcheck.contract import Array, Function, Ours, Pair
from gradcheck.grammar import Params


def ours(
    name: str,
    options: Callable[[Params], dict[str, Any]] = lambda params: {},
    outputs: tuple[str, ...] = ("out",),
) -> Ours:
    """Return the functions that `naive` and `fast` define for a layer.

    Parameters
    ----------
    name : str
        The layer: ``conv2d`` for ``conv2d_forward`` and ``conv2d_backward``.
    options : callable
        Parameters -> the keyword arguments of their forward; none by default.
    outputs : tuple of str
        What their forward returns before the cache.
    """
    return Ours(naive=pair_of(naive, name, outputs), fast=pair_of(fast, name, outputs), options=options)


def pair_of(module: ModuleType, name: str, outputs: tuple[str, ...]) -> Pair:
    """Return the pair that a module defines for a layer; of several outputs as functions of their stack."""
    pair = Pair.of(module, name)
    return pair if len(outputs) == 1 else Pair(_stacking(pair.forward), _unstacking(pair.backward))


def as_defined(function: Function) -> Function:
    """Return a function of a pair as its module defines it."""
    found: Function = getattr(function, "defined", function)
    return found


def as_written(pair: Pair, outputs: tuple[str, ...]) -> Pair:
    """Return a pair of functions of a stack as an author writes them: with several outputs and upstream gradients."""
    if len(outputs) == 1:
        return pair

    def forward(*tensors: Array, **named: Any) -> tuple[Any, ...]:
        out, cache = pair.forward(*tensors, **named)
        return (*out, cache)

    def backward(*upstream_and_cache: Any) -> Any:
        *upstream, cache = upstream_and_cache
        return pair.backward(np.stack(upstream), cache)

    return Pair(forward, backward)


def _stacking(forward: Function) -> Function:
    @wraps(forward)
    def stacking(*tensors: Array, **named: Any) -> tuple[Array, Any]:
        *outputs, cache = forward(*tensors, **named)
        return np.stack(outputs), cache

    return _defined(stacking, forward)


def _unstacking(backward: Function) -> Function:
    @wraps(backward)
    def unstacking(dout: Array, cache: Any) -> Any:
        return backward(*dout, cache)

    return _defined(unstacking, backward)


def _defined(function: Any, by: Function) -> Function:
    function.defined = by
    made: Function = function
    return made
