"""Which layers a class may be: its name says it, or hints at it."""

from gradcheck.subjects.dialects.inferred.words import ACTIVATIONS as CURVES
from gradcheck.subjects.dialects.inferred.words import layer_of_class, layer_of_derived, words_of
from gradcheck.subjects.dialects.objects.roles import KNOWN

POOLS = frozenset({"pool", "pooling", "pool2d", "pooling2d"})
ACTIVATIONS = frozenset({"activation", "activations", "nonlinearity"})
LOOKS = frozenset({"gray", "grey", "grayscale", "mono", "tiny", "mini", "small", "valid", "same"})
"""Words that do not change which layer a name means."""

VAGUE = {
    **dict.fromkeys(("projection", "proj", "hidden", "perceptron"), "affine"),
    **dict.fromkeys(("position_embedding", "positional_embedding", "pos_embedding"), "learned_encoding"),
    **dict.fromkeys(("l2_loss", "l2", "squared_loss", "quadratic_loss", "quadratic_cost"), "mse_loss"),
}
"""Names of layers, and of other things: such a class is judged only where its output is the layer's."""

FORMS = frozenset({"layer", "function", "fn", "class", "my", "np", "numpy"})
ALSO = {"batch_norm": ("spatial_batch_norm",)}
"""Layer -> what the same class may be on other inputs."""


def layers_named(name: str) -> tuple[str, ...]:
    """Return the layers that a class of this name may be."""
    words = frozenset(words_of(name)) - FORMS
    if words and words <= POOLS:
        return "max_pool2d", "avg_pool2d"
    if words and words <= ACTIVATIONS:
        return "relu", "sigmoid", "tanh"
    layer = layer_of_class(name) or layer_of_derived(name) or layer_of_class(_without(name, LOOKS))
    if layer is None:  # Activation_ReLU
        bare = layer_of_class(_without(name, ACTIVATIONS))
        layer = bare if bare in CURVES else None
    return (layer, *ALSO.get(layer, ())) if layer in KNOWN else ()


def _without(name: str, words: frozenset[str]) -> str:
    return "_".join(word for word in words_of(name) if word not in words)


def layers_hinted(name: str) -> tuple[str, ...]:
    """Return the layers that a class may be whose name says little."""
    layer = VAGUE.get("_".join(word for word in words_of(name) if word not in FORMS))
    return (layer,) if layer else ()
