"""What an author's arguments mean: from a signature to a role for each, and from a role to what is passed."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Layer
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.inferred.words import role_of

PLANE = ("stride", "pad", "dilation", "stride_h", "stride_w", "pad_h", "pad_w", "options")
WINDOW = ("x", "kernel", "kernel_h", "kernel_w", *PLANE, "rounding", "divisor")
NORM = ("x", "gamma", "beta")
RUNNING = ("running_mean", "running_var", "training", "eps", "momentum", "options")

ROLES: dict[str, tuple[str, ...]] = {
    "affine": ("x", "w", "b"),
    "conv1d": ("x", "w", "b", "stride", "pad", "dilation", "g"),
    "conv2d": ("x", "w", "b", *PLANE, "g"),
    "conv3d": ("x", "w", "b", "stride", "pad", "dilation", "g"),
    "depthwise_conv2d": ("x", "w", "b", *PLANE),
    "conv_transpose2d": ("x", "w", "b", "output_pad", *PLANE, "g"),
    "max_pool2d": WINDOW,
    "avg_pool2d": WINDOW,
    "max_pool1d": ("x", "kernel", "stride", "pad", "dilation", "options", "rounding"),
    "avg_pool1d": ("x", "kernel", "stride", "pad", "options", "rounding", "divisor"),
    "adaptive_avg_pool2d": ("x", "size"),
    "leaky_relu": ("x", "slope"),
    "batch_norm": (*NORM, *RUNNING),
    "spatial_batch_norm": (*NORM, *RUNNING),
    "layer_norm": ("dims", *NORM, "eps", "options"),
    "rms_norm": ("dims", "x", "gamma", "eps"),
    "group_norm": (*NORM, "g", "eps", "options"),
    "instance_norm": (*NORM, "eps"),
    "dropout": ("x", "keep_prob", "drop_prob", "keep_or_drop", "training", "mask", "rng", "seed", "options"),
    "softmax_loss": ("x", "y", "ignore_index"),
    "smoothed_softmax_loss": ("x", "y", "smoothing"),
    "svm_loss": ("x", "y", "margin"),
    "mse_loss": ("x", "y"),
    "elu": ("x", "alpha"),
    **dict.fromkeys(("softmax", "log_softmax"), ("x", "axis")),
    "word_embedding": ("W", "x"),
    "l1_loss": ("x", "y"),
    "huber_loss": ("x", "y", "delta"),
    "bce_loss": ("x", "y"),
    "bce_with_logits_loss": ("x", "y"),
    "kl_div_loss": ("x", "y"),
}
"""Layer -> the roles that arguments of its forward can have, the likelier first."""

TENSORS = ("x", "w", "b", "gamma", "beta", "y", "running_mean", "running_var")
NEEDED = ("x", "w", "W", "b", "gamma", "beta", "y", "kernel", "size")
"""What an argument whose name says nothing is taken for, in this order."""

BACK = ("dout", "cache", "mask")
LATE = ("out", "x_shape", "w_shape")


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One argument of the author's function: its name, its role, and whether it is passed by name."""

    name: str
    role: str
    by_name: bool = False
    default: Any = inspect.Parameter.empty

    @property
    def is_optional(self) -> bool:
        """Whether it may be left out."""
        return self.default is not inspect.Parameter.empty


@dataclass(frozen=True, kw_only=True)
class Read:
    """A signature as it was understood.

    `open` are the arguments that must be passed and have no known role, `unpassed` those that need not be, in order.
    """

    slots: tuple[Slot, ...]
    open: tuple[Slot, ...] = ()
    unpassed: tuple[str, ...] = ()

    def has(self, role: str) -> bool:
        """Return whether an argument has a role."""
        return any(slot.role == role for slot in self.slots)

    def slot(self, role: str) -> Slot | None:
        """Return the argument with a role, if there is one."""
        return next((slot for slot in self.slots if slot.role == role), None)

    def filled(self, roles: Sequence[str]) -> "Read":
        """Return the same with roles for the open arguments."""
        given = dict(zip((slot.name for slot in self.open), roles, strict=True))
        slots = tuple(
            Slot(name=s.name, role=given.get(s.name, s.role), by_name=s.by_name, default=s.default)
            for s in self.slots
        )
        return Read(slots=slots, unpassed=self.unpassed)


def roles_of(layer: Layer) -> tuple[str, ...]:
    """Return the roles that arguments of a layer's forward can have."""
    return ROLES.get(layer.name, ("x",))


def read_forward(layer: Layer, parameters: Iterable[inspect.Parameter]) -> Read:
    """Return what the arguments of a forward mean. The first whose name says nothing is x, the next w, and so on."""
    every = tuple(parameters)
    return _named_by_place(_read(roles_of(layer), every, _by_logarithm(layer, every)), NEEDED, layer)


def _by_logarithm(layer: Layer, parameters: Sequence[inspect.Parameter]) -> dict[str, str]:
    """Return the roles of the two distributions of a KL divergence, where one name says that it is a logarithm."""
    needed = [each.name for each in parameters if each.default is each.empty]
    logs = [name for name in needed if "log" in name.lower().split("_") or name.lower().startswith("log")]
    if layer.name != "kl_div_loss" or len(needed) != len(("x", "y")) or len(logs) != 1:
        return {}
    return {name: "x" if name in logs else "y" for name in needed}


def read_backward(layer: Layer, parameters: Iterable[inspect.Parameter], forward: Read) -> Read:
    """Return what the arguments of a backward mean. One whose name says nothing stays open.

    A mean is the running one only where forward takes one, too, and so is the label that is ignored.
    """
    shared = ("running_mean", "running_var", "ignore_index")
    own = [role for role in roles_of(layer) if role not in shared or forward.has(role)]
    roles = ("dout", *own, "cache", "mask", *LATE)
    known = {slot.name: slot.role for slot in forward.slots if slot.role not in ("", "mask")}
    return _read(tuple(dict.fromkeys(roles)), parameters, known)


def _read(
    roles: Sequence[str], parameters: Iterable[inspect.Parameter], known: Mapping[str, str] | None = None
) -> Read:
    """Return the arguments with their roles; `known` has the names that forward uses, with what they mean there."""
    slots: list[Slot] = []
    unpassed: list[str] = []
    free = list(roles)
    for each in parameters:
        if each.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        meant = _meant(each.name, known or {})
        role = meant if meant in free else role_of(each.name, free)
        optional = each.default is not inspect.Parameter.empty
        if role is None and optional:
            unpassed.append(each.name)
            continue
        if role is not None:
            free.remove(role)
        by_name = each.kind is inspect.Parameter.KEYWORD_ONLY or bool(unpassed)
        slots.append(Slot(name=each.name, role=role or "", by_name=by_name, default=each.default))
    return Read(slots=tuple(slots), open=tuple(s for s in slots if not s.role), unpassed=tuple(unpassed))


def _meant(name: str, known: Mapping[str, str]) -> str | None:
    """Return what a name means by what forward calls its own: ``images_shape`` is the shape of its ``images``."""
    tensor, ending = name.rpartition("_")[::2]
    if ending in ("shape", "size") and known.get(tensor) in ("x", "w"):
        return f"{known[tensor]}_shape"
    return known.get(name)


def _named_by_place(read: Read, needed: Sequence[str], layer: Layer) -> Read:
    known = [role for role in needed if role in roles_of(layer) and not read.has(role)]
    if len(known) < len(read.open):
        return read
    return read.filled(known[: len(read.open)])


Value = Callable[[Params, Mapping[str, Array]], Any]


def number(parameter: str) -> Value:
    """Return what passes a pair as one number."""
    return lambda params, tensors: params[parameter][0]


def pair(parameter: str) -> Value:
    """Return what passes a parameter as it is: a pair."""
    return lambda params, tensors: params[parameter]


def pad_number(params: Params, tensors: Mapping[str, Array]) -> Any:
    """Pass the padding as one number."""
    return params["pad"][0][0]


def pad_pair(params: Params, tensors: Mapping[str, Array]) -> Any:
    """Pass the padding of each axis."""
    return tuple(before for before, _ in params["pad"])


def one_hot(params: Params, tensors: Mapping[str, Array]) -> Any:
    """Pass labels as one-hot rows; targets that are no labels as they are."""
    return tensors["y"] if "c" not in params else np.eye(params["c"])[tensors["y"]]
