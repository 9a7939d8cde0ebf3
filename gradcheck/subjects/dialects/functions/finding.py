"""Which functions of a file are the forward and the backward of a layer: by their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gradcheck.calling.signature import Described, described
from gradcheck.contract import Layer
from gradcheck.layers import JUDGED
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.general import SUPPORT
from gradcheck.subjects.dialects.inferred.arguments import roles_of
from gradcheck.subjects.dialects.inferred.words import (
    BACKWARD,
    FORWARD,
    NOISE,
    OF_PAIRS,
    direction_of,
    layer_of_derived,
    layer_of_function,
    layer_of_pair,
    tensor_alone,
    words_of,
)

ALONE_A_HELPER = (*OF_PAIRS, "log_softmax")
"""Layers of which a forward alone is a helper of something else."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A function that is named after a layer.

    `tensor` is the one whose gradient it gives, where its name says so: w in ``conv2d_grad_w``. `manner` has the words
    that say how it is written.
    """

    name: str
    layer: str
    part: str
    tensor: str | None
    manner: frozenset[str]
    declared: Described


@dataclass(frozen=True, kw_only=True)
class Group:
    """The functions of a layer that belong together: one forward, and one backward or one for each tensor."""

    layer: Layer
    forward: Found | None = None
    backward: tuple[Found, ...] = ()

    @property
    def functions(self) -> dict[str, str]:
        """The functions' names by part, as the report writes them."""
        back = ", ".join(each.name for each in self.backward)
        front = self.forward.name if self.forward else back
        return {"forward": front, "backward": back or front}


def groups(members: Members) -> Iterator[Group]:
    """Yield the functions of each layer that belong together."""
    every = list(_found(members))
    found = [each for each in every if each.layer]
    for layer in dict.fromkeys(each.layer for each in found):
        own = [each for each in found if each.layer == layer]
        forwards = [each for each in own if each.part == "forward"]
        backwards = [each for each in own if each.part == "backward"]
        if not backwards and len(forwards) == 1:
            backwards = _nameless(layer, found, every)
        grouped = _grouped(JUDGED[layer], forwards, backwards)
        yield from (
            each for each in grouped if layer not in ALONE_A_HELPER or (each.forward and each.backward)
        )


def _nameless(layer: str, found: list[Found], every: list[Found]) -> list[Found]:
    """Return the functions that are named after a tensor's gradient alone, if there is one layer with that tensor."""
    weighted = {each.layer for each in found if "w" in roles_of(JUDGED[each.layer])}
    return [each for each in every if not each.layer] if weighted == {layer} else []


def _found(members: Members) -> Iterator[Found]:
    for name, value in members.items():
        if not callable(value) or name.startswith("_"):
            continue
        stem, part, tensor = direction_of(name)
        layer = layer_of_function(stem) or layer_of_pair(stem) or layer_of_derived(stem)
        layer = layer or ("" if tensor is not None and _is_gradient_of(name, tensor) else None)
        if layer is None:
            continue
        declared = described(value)
        is_ours = declared.module.startswith(SUPPORT)  # what a dialect adds to a file's names
        if declared.is_class or is_ours or not declared.parameters:
            continue
        alone = tensor_alone(name)
        if part == "forward" and alone is not None and _takes_upstream(declared):
            part, tensor = "backward", alone
        words = words_of(name)[:-1] if tensor is not None else words_of(name)
        manner = frozenset(words) & (NOISE - FORWARD - BACKWARD)
        yield Found(name=name, layer=layer, part=part, tensor=tensor, manner=manner, declared=declared)


def _is_gradient_of(name: str, tensor: str) -> bool:
    """Return whether a name says only of which tensor it is the gradient: ``grad_weight``, ``backward_input``."""
    rest = [word for word in words_of(name) if word not in BACKWARD and tensor_alone(word) != tensor]
    return not rest


def _takes_upstream(declared: Described) -> bool:
    return any("grad" in each.name or each.name in ("dout", "dy", "dz") for each in declared.parameters)


def _grouped(layer: Layer, forwards: list[Found], backwards: list[Found]) -> Iterator[Group]:
    """Yield each forward with the backward that is written in the same manner; one backward serves all forwards."""
    if not forwards:
        yield from (Group(layer=layer, backward=each) for each in _by_manner(backwards).values())
        return
    by_manner = _by_manner(backwards)
    common = next(iter(by_manner.values())) if len(by_manner) == 1 else ()
    taken = False
    for forward in forwards:
        own = by_manner.get(forward.manner, ())
        back = own or (common if not taken or len(forwards) == 1 else ())
        taken = taken or bool(back)
        yield Group(layer=layer, forward=forward, backward=back)


def _by_manner(backwards: list[Found]) -> Mapping[frozenset[str], tuple[Found, ...]]:
    """Return the functions that together are one backward: one for all tensors, or one for each."""
    kinds: dict[frozenset[str], list[Found]] = {}
    for each in backwards:
        kinds.setdefault(each.manner, []).append(each)
    return {manner: _one_or_each(each) for manner, each in kinds.items()}


def _one_or_each(found: list[Found]) -> tuple[Found, ...]:
    whole = [each for each in found if each.tensor is None]
    return (whole[0],) if whole else tuple({each.tensor: each for each in found}.values())
