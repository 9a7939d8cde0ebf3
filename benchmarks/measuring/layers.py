"""Who computes the other layers: `fast`, and PyTorch with its autograd."""

import contextlib
from collections.abc import Mapping

import numpy as np
from gradcheck.fast.engine.data_gradient import data_gradient

from gradcheck import fast
from gradcheck.contract import Case
from gradcheck.evidence import fill
from measuring.convolution import Calls, calls_of

DATA_GRADIENT = "conv2d, dx"
"""What a transposed convolution is compared with: the same computation as a part of another layer."""


def contenders(case: Case) -> dict[str, Calls]:
    """Return who takes part, by name: PyTorch where it is installed."""
    numbers, dout = fill.tensors(case), fill.upstream(case)
    # Whoever drops out draws the mask as well: PyTorch knows no other way.
    drawn = {"rng": np.random.default_rng(case.seed)} if numbers.pop("mask", None) is not None else {}
    options = case.options
    found = {"fast": calls_of(case.layer.ours.fast, numbers, {**options, **drawn}, dout)}
    with contextlib.suppress(ImportError):
        from measuring import torch_layers

        found["torch"] = torch_layers.calls(case, numbers, dout)
    if case.layer.name == "conv_transpose2d":
        found[DATA_GRADIENT] = {"forward": _data_gradient(case, numbers)}
    return found


def _data_gradient(case: Case, numbers: Mapping[str, np.ndarray]):
    """Return a call of the gradient by x of the convolution that a transposed one is the adjoint of."""
    out = np.zeros(case.output_shape, case.dtype)
    options = {name: case.params[name] for name in ("stride", "pad", "dilation")}
    cache = fast.conv2d_forward(out, numbers["w"], **options, groups=case.params["g"])[1]

    def call():
        dx = np.empty_like(out)
        data_gradient(numbers["x"], numbers["w"], cache.geometry, cache.groups, dx)
        return dx

    return call
