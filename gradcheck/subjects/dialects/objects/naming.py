"""Which layers a class may be: its name says it, or hints at it."""

from gradcheck.subjects.dialects.inferred.words import layer_of, words_of

POOLS = frozenset({"pool", "pooling", "pool2d", "pooling2d"})
ACTIVATIONS = frozenset({"activation", "activations", "nonlinearity"})
ELEMENTWISE = frozenset({"relu", "leaky_relu", "sigmoid", "tanh", "identity"})
LOOKS = frozenset({"gray", "grey", "grayscale", "mono", "tiny", "mini", "small", "valid", "same"})
"""Words that do not change which layer a name means."""

VAGUE = {
    **dict.fromkeys(("projection", "proj", "hidden", "perceptron"), "affine"),
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
    layer = layer_of(name) or layer_of("_".join(word for word in words_of(name) if word not in LOOKS))
    if layer is None:  # Activation_ReLU
        bare = layer_of("_".join(word for word in words_of(name) if word not in ACTIVATIONS))
        layer = bare if bare in ELEMENTWISE else None
    return (layer, *ALSO.get(layer, ())) if layer else ()


def layers_hinted(name: str) -> tuple[str, ...]:
    """Return the layers that a class may be whose name says little."""
    layer = VAGUE.get("_".join(word for word in words_of(name) if word not in FORMS))
    return (layer,) if layer else ()
