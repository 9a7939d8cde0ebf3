"""Which argument of a constructor has which role."""

import inspect
from collections.abc import Iterator

from gradcheck.subjects.dialects.objects.roles import MAKING, has_role, roles_for
from gradcheck.subjects.dialects.objects.written import Parameters, Written

EMPTY = inspect.Parameter.empty


def assignments(written: Written, layer: str) -> Iterator[dict[str, str]]:
    """Yield the roles of the constructor's arguments, by name; several where only their order says something."""
    order = roles_for(layer)
    if _takes_arrays(written, layer):
        order = ("W", "b", *order)
    found = roles_of(written.made, order)
    lacking = unknown(written.made, found)
    guesses = [
        dict(zip(lacking, guess[-len(lacking) :], strict=True))
        for guess in BY_PLACE.get(layer, ())
        if lacking and len(lacking) <= len(guess) and not set(found.values()) & set(guess)
    ]
    for guess in guesses or [{}]:
        each = _without_words(written, layer, found | guess)
        yield _with_extents(each) if layer in ("conv2d", "conv_transpose2d") else each


BY_PLACE: dict[str, tuple[tuple[str, ...], ...]] = {
    "affine": (("in", "out"), ("out", "in")),
    **dict.fromkeys(
        ("batch_norm", "spatial_batch_norm", "layer_norm", "rms_norm", "instance_norm"), (("d",),)
    ),
    "word_embedding": (("v", "e"),),
}
"""Layer -> the roles of arguments with names in any language, the last ones where there are fewer."""


def roles_of(parameters: Parameters, order: tuple[str, ...]) -> dict[str, str]:
    """Return the roles of arguments by their names, each role once; an earlier role is preferred."""
    found: dict[str, str] = {}
    for each in parameters:
        if isinstance(each.default, bool):  # whether there is a bias, and the like
            continue
        left = [role for role in order if role not in found.values()]
        role = next((role for role in left if _has(each.name, role)), None)
        if role is not None:
            found[each.name] = role
    return found


def _without_words(written: Written, layer: str, roles: dict[str, str]) -> dict[str, str]:
    """Return the roles without a padding in words, which a convolution along a line is not passed."""
    words = {each.name for each in written.made if isinstance(each.default, str)}
    is_in_words = {name for name, role in roles.items() if role == "pad" and name in words}
    return {name: role for name, role in roles.items() if layer != "conv1d" or name not in is_in_words}


def _takes_arrays(written: Written, layer: str) -> bool:
    """Return whether a constructor takes the bias, and so the weights: ``kernel`` is no extent then."""
    is_trained = layer in (
        "affine",
        "temporal_affine",
        "conv1d",
        "conv2d",
        "depthwise_conv2d",
        "conv_transpose2d",
    )
    return is_trained and any(_has(each.name, "b") and each.default is EMPTY for each in written.made)


def _has(name: str, role: str) -> bool:
    return has_role(name, frozenset(MAKING[role].split()))


def _with_extents(found: dict[str, str]) -> dict[str, str]:
    """W next to H is the width of the images, and not the weights."""
    has_sizes = "f" in found.values() or "kernel" in found.values()
    return {
        name: "w" if role == "W" and name in ("w", "W") and has_sizes and "h" in found.values() else role
        for name, role in found.items()
    }


def unknown(parameters: Parameters, roles: dict[str, str]) -> list[str]:
    """Return the arguments that must be passed, and of which the role is not known."""
    return [each.name for each in parameters if each.default is EMPTY and each.name not in roles]
