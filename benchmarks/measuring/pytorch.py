"""PyTorch's side: its convolution kernels, its layers as people use them, and its own check of gradients."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - what the field calls it

from gradcheck.contract import Case

Calls = dict[str, Callable[[], object]]

Params = Mapping[str, Any]
Tensors = dict[str, torch.Tensor]


def convolution(case: Case, numbers: Mapping[str, np.ndarray], dout: np.ndarray) -> Calls:
    """Return calls of PyTorch's kernels themselves, without autograd around them."""
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


def check(case: Case, *, fast_mode: bool) -> Callable[[], bool]:
    """Return a call of PyTorch's own check, of all three gradients."""
    rng = np.random.default_rng(case.seed)
    shapes = case.shapes.values()
    tensors = [torch.from_numpy(rng.normal(size=shape)).requires_grad_() for shape in shapes]
    pads = [before for before, _ in case.params["pad"]]
    kernel = partial(torch.nn.functional.conv2d, stride=case.params["stride"], padding=pads)
    return partial(torch.autograd.gradcheck, kernel, tensors, fast_mode=fast_mode)


def layer(case: Case, numbers: Mapping[str, np.ndarray], dout: np.ndarray) -> Calls:
    """Return a call of forward under autograd, and one of backward, which keeps the recorded graph."""
    tensors = {name: torch.from_numpy(values) for name, values in numbers.items()}
    leaves = [tensors[name].requires_grad_() for name in case.wanted]
    upstream = torch.from_numpy(np.asarray(dout))
    recorded: list[torch.Tensor] = []

    def forward() -> torch.Tensor:
        return FORWARDS[case.layer.name](tensors, case.params)

    def backward() -> object:
        if not recorded:
            recorded.append(forward())
        return torch.autograd.grad(recorded[0], leaves, upstream, retain_graph=True)

    return {"forward": forward, "backward": backward}


def _window(params: Params) -> dict[str, Any]:
    """Return the options of a window; both sides are padded alike in all sets."""
    return {"stride": params["stride"], "padding": [before for before, _ in params["pad"]]}


def _max_pool(t: Tensors, p: Params) -> torch.Tensor:
    ceil = p["rounding"] == "ceil"
    return F.max_pool2d(t["x"], p["kernel"], **_window(p), dilation=p["dilation"], ceil_mode=ceil)


def _avg_pool(t: Tensors, p: Params) -> torch.Tensor:
    ceil, padded = p["rounding"] == "ceil", p["divisor"] == "padded"
    return F.avg_pool2d(t["x"], p["kernel"], **_window(p), ceil_mode=ceil, count_include_pad=padded)


def _transposed(t: Tensors, p: Params) -> torch.Tensor:
    more = {"output_padding": p["output_pad"], "groups": p["g"], "dilation": p["dilation"]}
    return F.conv_transpose2d(t["x"], t["w"], t.get("b"), **_window(p), **more)


def _batch_norm(t: Tensors, p: Params) -> torch.Tensor:
    running = t["running_mean"], t["running_var"]
    return F.batch_norm(
        t["x"], *running, t["gamma"], t["beta"], p["mode"] == "train", p["momentum"], p["eps"]
    )


FORWARDS: dict[str, Callable[[Tensors, Params], torch.Tensor]] = {
    "affine": lambda t, p: F.linear(t["x"].flatten(1), t["w"].T, t["b"]),
    "relu": lambda t, p: F.relu(t["x"]),
    "leaky_relu": lambda t, p: F.leaky_relu(t["x"], p["slope"]),
    "sigmoid": lambda t, p: torch.sigmoid(t["x"]),
    "tanh": lambda t, p: torch.tanh(t["x"]),
    "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool,
    "conv_transpose2d": _transposed,
    "batch_norm": _batch_norm,
    "spatial_batch_norm": _batch_norm,
    "layer_norm": lambda t, p: F.layer_norm(t["x"], p["dims"], t["gamma"], t["beta"], p["eps"]),
    "group_norm": lambda t, p: F.group_norm(t["x"], p["g"], t["gamma"], t["beta"], p["eps"]),
    "dropout": lambda t, p: F.dropout(t["x"], 1 - p["keep_prob"], p["mode"] == "train"),
    "softmax_loss": lambda t, p: F.cross_entropy(t["x"], t["y"], ignore_index=int(p["label"])),
    # It divides by the number of classes as well, which costs nothing.
    "svm_loss": lambda t, p: F.multi_margin_loss(t["x"], t["y"], margin=p["margin"]),
    "mse_loss": lambda t, p: F.mse_loss(t["x"], t["y"]),
}
"""The forward of each layer in the set; `p` are the parameters of a case."""
