"""Who computes a convolution: `fast`, PyTorch, a textbook, and, where it ends in time, `naive`."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck import fast, naive
from gradcheck.contract import Case, Pair
from gradcheck.evidence import fill
from gradcheck.kernels.problems import Problem
from measuring import textbook

Calls = dict[str, Callable[[], object]]
"""Part -> a call of it, which returns all its results in fresh memory."""


def contenders(case: Case) -> dict[str, Calls]:
    """Return who takes part at every size, by name; PyTorch where it is installed."""
    numbers, dout = fill.tensors(case), fill.upstream(case)
    options = case.options
    found = {"fast": calls_of(Pair.of(fast, "conv2d"), numbers, options, dout)}
    with contextlib.suppress(ImportError):
        found["torch"] = _torch(case, numbers, dout)
    found["textbook"] = calls_of(Pair.of(textbook, "conv2d"), numbers, options, dout)
    return found


def own(package: ModuleType, case: Case) -> Calls:
    """Return the calls of one of our packages by itself."""
    options = case.options
    return calls_of(Pair.of(package, case.layer.name), fill.tensors(case), options, fill.upstream(case))


def loops(problem: Problem) -> Calls:
    """Return `naive` on one sample: its outermost loop goes over the samples, so more take as much longer."""
    return own(naive, problem.at_batch(1).case)


def calls_of(
    pair: Pair, numbers: Mapping[str, np.ndarray], options: Mapping[str, Any], dout: np.ndarray
) -> Calls:
    """Return the two calls of a pair of functions of our own. Backward runs forward, once, when it is first called."""
    forward = partial(pair.forward, *numbers.values(), **options)
    caches: list = []

    def backward():
        if not caches:
            caches.append(forward()[1])
        return pair.backward(dout, caches[0])

    return {"forward": forward, "backward": backward}


def _torch(case: Case, numbers: Mapping[str, np.ndarray], dout: np.ndarray) -> Calls:
    """Return PyTorch's kernels themselves, without autograd around them."""
    import torch

    x, w, b, upstream = (torch.from_numpy(values) for values in (*numbers.values(), dout))
    pads = case.params["pad"]
    assert all(before == after for before, after in pads), f"{case}: PyTorch pads both sides alike"
    geometry = (case.params["stride"], [pad[0] for pad in pads], case.params["dilation"], False, [0, 0])
    groups = case.params["g"]
    wanted = [True, True, True]
    return {
        "forward": lambda: torch.ops.aten.convolution(x, w, b, *geometry, groups),
        "backward": lambda: torch.ops.aten.convolution_backward(
            upstream, x, w, [len(w)], *geometry, groups, wanted
        ),
    }
