"""What the arguments of a layer's constructor mean: extents, which follow from the case, and options."""

import inspect
from collections.abc import Iterable, Sequence

from gradcheck.contract import Layer
from gradcheck.subjects.dialects.inferred.arguments import PLANE, RUNNING, WINDOW, Slot
from gradcheck.subjects.dialects.inferred.words import role_of

NAMES: dict[str, str] = {
    "in_extent": "in_features in_dim input_dim input_size n_in in_size d_in nin fan_in in_feats input_features dim_in "
    "in_channels in_channel c_in cin channels_in in_planes input_channels in_c num_channels n_channels in_ch inp "
    "n_inputs num_inputs in_units",
    "out_extent": "out_features out_dim output_dim output_size n_out out_size d_out nout fan_out out_feats "
    "output_features dim_out out_channels out_channel c_out cout channels_out out_planes output_channels out_c "
    "num_filters n_filters out_ch filters outp n_outputs num_outputs units out_units hidden_size",
    "over": "num_features features dim channels num_channels size hidden_size d_model n_features feature_dim embed_dim "
    "d c n_channels normalized_shape num_feature d_hidden",
    "inert": "bias use_bias has_bias with_bias affine device dtype name track_running_stats requires_grad nonlinearity",
}
"""What people call extents. `over` are those of a norm; the defaults of what is `inert` are the layer."""

IN, OUT, OVER, INERT = (frozenset(names.split()) for names in NAMES.values())

EXTENTS: dict[str, tuple[str, ...]] = {
    "affine": ("in_extent", "out_extent"),
    "conv2d": ("in_extent", "out_extent", "window"),
    "conv_transpose2d": ("in_extent", "out_extent", "window"),
    "max_pool2d": ("kernel",),
    "avg_pool2d": ("kernel",),
    "batch_norm": ("in_extent",),
    "spatial_batch_norm": ("in_extent",),
    "layer_norm": ("in_extent",),
    "group_norm": ("g", "in_extent"),
    "dropout": ("drop_prob",),
}
"""Layer -> what its constructor's first arguments are for, where their names do not say it."""

OPTIONS: dict[str, tuple[str, ...]] = {
    "conv2d": (*PLANE, "g"),
    "conv_transpose2d": (*PLANE, "output_pad", "g"),
    "max_pool2d": WINDOW[1:],
    "avg_pool2d": WINDOW[1:],
    "batch_norm": RUNNING[3:],
    "spatial_batch_norm": RUNNING[3:],
    "layer_norm": ("dims", "eps"),
    "group_norm": ("eps", "g"),
    "leaky_relu": ("slope",),
    "dropout": ("keep_prob", "drop_prob", "keep_or_drop"),
    "softmax_loss": ("y", "ignore_index"),
    "svm_loss": ("y", "margin"),
    "mse_loss": ("y",),
}


def read_constructor(
    layer: Layer, parameters: Iterable[inspect.Parameter]
) -> tuple[tuple[Slot, ...], tuple[str, ...]] | None:
    """Return the arguments of a constructor with their roles, and those that are not passed; None if one is unknown."""
    slots: list[Slot] = []
    unpassed: list[str] = []
    free = [*EXTENTS.get(layer.name, ()), *OPTIONS.get(layer.name, ())]
    unnamed: list[inspect.Parameter] = []
    for each in parameters:
        if each.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        role = _role(layer, each.name, free)
        if role is not None:
            free = _without(free, role)
            slots.append(Slot(name=each.name, role=role, default=each.default))
        elif each.default is inspect.Parameter.empty:
            unnamed.append(each)
        elif each.name not in INERT:
            unpassed.append(each.name)
    places = [role for role in EXTENTS.get(layer.name, ()) if role in free]
    if len(unnamed) > len(places):
        return None
    slots += [Slot(name=each.name, role=role) for each, role in zip(unnamed, places, strict=False)]
    return tuple(slots), tuple(unpassed)


def _without(free: Sequence[str], role: str) -> list[str]:
    """Return the roles that are left: a probability is one of three, the extents of a norm one of two."""
    same = next((group for group in SAME if role in group), (role,))
    return [each for each in free if each not in same]


SAME = (("keep_prob", "drop_prob", "keep_or_drop"), ("dims", "in_extent"))


def _role(layer: Layer, name: str, free: Sequence[str]) -> str | None:
    plain = name.lower().strip("_")
    if plain == "normalized_shape" and "dims" in free:
        return "dims"
    for role, names in (("in_extent", IN), ("out_extent", OUT), ("in_extent", _over(layer))):
        if role in free and plain in names:
            return role
    if "window" in free and role_of(name, ["kernel"]) is not None:
        return "window"
    return role_of(name, [role for role in free if role not in ("in_extent", "out_extent", "window")])


def _over(layer: Layer) -> frozenset[str]:
    return OVER if "norm" in layer.name else frozenset()
