"""The course's layer_utils.py: functions that call several layers in turn, as ``affine_relu_forward(x, w, b)``.

One of them is judged as the composition that its name says. If a function that it calls is wrong, that one is to blame.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import PARTS, Arrays, Layer, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers.derived.compositions import COMPOSED
from gradcheck.subjects.dialects.adapter import Arguments, FunctionPair, pair_call
from gradcheck.subjects.dialects.dialect import LENIENT, Members, usual
from gradcheck.subjects.dialects.expressing import stride_and_pad
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call

LAYER = re.compile(r"_(forward|backward)(_[a-z0-9]+)?$")
"""How the course ends the name of a layer's function."""

UNKNOWN = re.compile(r"NameError: name '(\w+)' is not defined")

PARTS_OF: Mapping[str, tuple[str, ...]] = {
    "affine": ("affine",),
    "conv": ("conv",),
    "bn": ("batchnorm", "spatial_batchnorm"),
    "relu": ("relu",),
    "pool": ("max_pool",),
}
"""Word of a composition's name -> how the functions are called that do it."""


@dataclass(frozen=True, kw_only=True)
class Sandwich(FunctionPair):
    """A composition as two functions."""

    @property
    def spec(self) -> Layer:
        """The composition that they implement."""
        return COMPOSED[self.layer]


def _bn_param(params: Params, tensors: Arrays) -> dict[str, Any]:
    gamma = tensors["gamma"]
    running = {"running_mean": np.zeros_like(gamma), "running_var": np.ones_like(gamma)}
    return {"mode": "train", "eps": params["eps"], "momentum": 0.9, **running}


def _pool_param(params: Params, tensors: Arrays) -> dict[str, Any]:
    return {"pool_height": 2, "pool_width": 2, "stride": 2}


WEIGHTED: Arguments = {"x": "x", "w": "w", "b": "b"}
SCALED: Arguments = {"gamma": "gamma", "beta": "beta"}
CONV: Arguments = {"conv_param": stride_and_pad}
BATCH: Arguments = {"bn_param": _bn_param}

ARGUMENTS: Mapping[str, Arguments] = {
    "affine_relu": WEIGHTED,
    "affine_bn_relu": {**WEIGHTED, **SCALED, **BATCH},
    "conv_relu": {**WEIGHTED, **CONV},
    "conv_bn_relu": {**WEIGHTED, **SCALED, **CONV, **BATCH},
    "conv_relu_pool": {**WEIGHTED, **CONV, "pool_param": _pool_param},
}

SANDWICHES = tuple(
    Sandwich(layer=layer, forward=f"{stem}_forward", backward=f"{stem}_backward", arguments=arguments)
    for layer, arguments in ARGUMENTS.items()
    for stem in dict.fromkeys((layer, layer.replace("_bn_", "_batchnorm_")))
)


def sandwiches(members: Members) -> Iterator[Subject]:
    """Yield the subject of each composition that a module defines."""
    for pair in SANDWICHES:
        if pair.is_in(members):
            yield _explained(pair, _subject(pair, members), members)


def _subject(pair: Sandwich, members: Members) -> Subject:
    # In a coarse precision, what comes before a kink may be on either side of it.
    interface = usual(pair.express, lenient=LENIENT | {"large", "precision"})
    subject = pair.subject(members, partial(pair_call, pair, members), interface)
    calls = {part: _called(members, name) for part, name in pair.names.items()}
    return pair.speaking(replace(subject, calls=calls))


def _called(members: Members, name: str) -> frozenset[str]:
    """Return the layers' functions that a function names; none where that cannot be seen."""
    if not callable(members.get(name)):
        return frozenset()
    try:
        names = guarded(name, getattr, guarded(name, getattr, members[name], "__code__"), "co_names")
    except SubjectError:
        return frozenset()
    found = names if isinstance(names, tuple) else ()
    return frozenset(str(each) for each in found if LAYER.search(str(each)))


def _explained(pair: Sandwich, subject: Subject, members: Members) -> Subject:
    """Return the subject; as one that is not judged, if it calls what is not there or what its name does not say."""
    if subject.interface.misfit:
        return subject
    came = small_call(subject)
    unknown = UNKNOWN.search(came.problem)
    if unknown is not None and LAYER.search(unknown[1]):
        return _unjudged(subject, f"it calls {unknown[1]}, which is not there")
    if came.is_stub or came.forward is Agreement.RIGHT:
        return subject
    others = [name for name in sorted(subject.calls["forward"]) if not _belongs(name, pair.layer)]
    return (
        _unjudged(subject, f"it calls {', '.join(others)}, which its name does not say")
        if others
        else subject
    )


def _belongs(name: str, layer: str) -> bool:
    stems = [stem for word in layer.split("_") for stem in PARTS_OF[word]]
    return any(name.startswith(f"{stem}_") for stem in stems)


def _unjudged(subject: Subject, why: str) -> Subject:
    return replace(subject, interface=replace(subject.interface, misfit=dict.fromkeys(PARTS, why)))
