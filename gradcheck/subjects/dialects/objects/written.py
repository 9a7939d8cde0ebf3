"""A class as its author declares it: which layers it may be, and its two methods."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradcheck.calling import guarded
from gradcheck.calling.signature import described
from gradcheck.contract import SubjectError
from gradcheck.subjects.dialects.inferred.words import layer_of, words_of
from gradcheck.subjects.dialects.objects.roles import BACKWARD, FORWARD, INITIAL, IS_SLOPE, SHAPING

ANY_KIND = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
POOLS = frozenset({"pool", "pooling", "pool2d", "pooling2d"})
ACTIVATIONS = frozenset({"activation", "activations", "nonlinearity"})
ELEMENTWISE = frozenset({"relu", "leaky_relu", "sigmoid", "tanh", "identity"})
FORMS = frozenset({"layer", "function", "fn", "class", "my", "np", "numpy"})
OTHERS = frozenset({"Function", "ScalarFunction", "TensorOp", "TensorTupleOp", "Op", "Operation", "Operator"})
"""Base classes of operations on tensors of a class of their own, which hold neither parameters nor gradients."""

ALSO = {"batch_norm": ("spatial_batch_norm",)}
"""Layer -> what the same class may be on other inputs."""

Parameters = tuple[inspect.Parameter, ...]


@dataclass(frozen=True, kw_only=True)
class Written:
    """A class, and how its author declares it.

    Attributes
    ----------
    name : str
        What it is called.
    layers : tuple of str
        The layers that it may be, the likeliest first.
    forward, backward : str
        Its methods.
    made, given, back : tuple of inspect.Parameter
        The parameters of its constructor and of the two methods, without self.
    methods : frozenset of str
        All its methods.
    initial : tuple
        Methods that may make its parameters, and their parameters.
    """

    name: str
    layers: tuple[str, ...]
    forward: str
    backward: str
    made: Parameters
    given: Parameters
    back: Parameters
    methods: frozenset[str]
    initial: tuple[tuple[str, Parameters], ...] = ()

    @property
    def gives_slope(self) -> bool:
        """Whether backward may give the derivative at x, without dout."""
        return self.backward in IS_SLOPE


def written_class(name: str, thing: Any) -> Written | None:
    """Return a class that is a layer with a forward and a backward method; None for everything else."""
    layers = layers_named(name)
    facts = described(thing) if layers and callable(thing) else None
    if facts is None or not facts.is_class or not OTHERS.isdisjoint(facts.bases):
        return None
    forward = next((each for each in FORWARD if each in facts.methods), None)
    backward = next((each for each in BACKWARD if each in facts.methods and each != forward), None)
    if forward is None or backward is None:
        return None
    given, back = (_parameters_of(name, thing, method) for method in (forward, backward))
    if given is None or back is None:
        return None
    return Written(
        name=name,
        layers=layers,
        forward=forward,
        backward=backward,
        made=_named(facts.parameters),
        given=given,
        back=back,
        methods=frozenset(facts.methods),
        initial=tuple(_initial(name, thing, facts.methods)),
    )


def _initial(name: str, thing: Any, methods: tuple[str, ...]) -> Iterator[tuple[str, Parameters]]:
    for method in (*SHAPING, *INITIAL):
        parameters = _parameters_of(name, thing, method) if method in methods else None
        if parameters is not None:
            yield method, parameters


def layers_named(name: str) -> tuple[str, ...]:
    """Return the layers that a class of this name may be."""
    words = frozenset(words_of(name)) - FORMS
    if words and words <= POOLS:
        return "max_pool2d", "avg_pool2d"
    if words and words <= ACTIVATIONS:
        return "relu", "sigmoid", "tanh"
    layer = layer_of(name)
    if layer is None:  # Activation_ReLU
        bare = layer_of("_".join(word for word in words_of(name) if word not in ACTIVATIONS))
        layer = bare if bare in ELEMENTWISE else None
    return (layer, *ALSO.get(layer, ())) if layer else ()


def _parameters_of(name: str, thing: Any, method: str) -> Parameters | None:
    """Return the parameters of a method without self; None where they cannot be seen, and for a function."""
    try:
        signature = described(guarded(name, getattr, thing, method)).signature
    except SubjectError:
        return None
    if signature is None:
        return None
    every = tuple(signature.parameters.values())
    is_method = bool(every) and every[0].name in ("self", "this", "_self")
    return _named(every[1:]) if is_method else None


def _named(parameters: Parameters) -> Parameters:
    return tuple(each for each in parameters if each.kind not in ANY_KIND)
