"""The inputs of functions on a file's own tensors: what they are made into, and which gradient belongs to which."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gradcheck.calling.signature import Described
from gradcheck.contract import Layer
from gradcheck.subjects.dialects.inferred.arguments import NEEDED, Read, Slot, read_forward, roles_of
from gradcheck.subjects.dialects.inferred.words import role_of


def by_place(declared: Described, layer: Layer, other: Sequence[str] = ()) -> tuple[Slot, ...] | None:
    """Return the roles of a function's inputs by their places; None where it takes another number of them.

    `other` are the roles of what it gets in another way: the labels of a loss may be given to a constructor.
    """
    wanted = set(roles_of(layer)) - {"kernel", *other}
    roles = [role for role in NEEDED if role in wanted]
    given = [each for each in declared.parameters if each.default is each.empty]
    least = sum(1 for role in roles if role in ("x", "w", "y"))
    if len(given) != len(declared.parameters) or not least <= len(given) <= len(roles):
        return None
    return tuple(Slot(name=each.name, role=role) for each, role in zip(given, roles, strict=False))


def readings(declared: Described, layer: Layer) -> Iterator[Read]:
    """Yield what the arguments mean: tensors by their places and options by name, or all of them by name."""
    placed = None if layer.name == "word_embedding" and _names_table(declared) else _placed(declared, layer)
    if placed is not None:
        yield placed
    named = read_forward(layer, declared.parameters)
    roles = [slot.role for slot in named.slots]
    if not named.open and "x" in roles and (placed is None or roles != [slot.role for slot in placed.slots]):
        yield named


def _names_table(declared: Described) -> bool:
    """Return whether an argument has the name of an embedding's table, which comes first or last."""
    return any(role_of(each.name, ["W"]) is not None for each in declared.parameters)


def _placed(declared: Described, layer: Layer) -> Read | None:
    required = [each for each in declared.parameters if each.default is each.empty]
    optional = [each for each in declared.parameters if each.default is not each.empty]
    inputs = by_place(replace(declared, signature=inspect.Signature(required)), layer)
    rest = read_forward(layer, optional)
    if inputs is None or {slot.role for slot in rest.slots} & {slot.role for slot in inputs}:
        return None
    return Read(slots=(*inputs, *rest.slots), unpassed=rest.unpassed)


def manners(layer: Layer, tensor: Any) -> Iterator[tuple[Any, bool]]:
    """Yield what arrays are made into, None for arrays as they are, and whether labels are made into it, too."""
    if tensor is not None:
        yield tensor, True
        if layer.shapes.is_loss or layer.name == "word_embedding":
            yield tensor, False
    yield None, False


def order_of(read: Read, layer: Layer) -> tuple[str, ...]:
    """Return the tensors whose gradients a backward returns: in the order of forward's inputs."""
    wanted = layer.shapes.differentiable
    return tuple(slot.role for slot in read.slots if slot.role in wanted)


def gradients_by_place(back: Callable[..., Any], read: Read, layer: Layer, dout: Any, left: Any) -> Any:
    """Call a backward that returns one result for each argument of forward, and return the layer's gradients.

    An author may leave out what is behind the last tensor, and may give gradients that the layer does not define: of
    the targets of a loss, or None for an option.
    """
    returned = back(dout, left)
    wanted = layer.shapes.differentiable
    places = [place for place, slot in enumerate(read.slots) if slot.role in wanted]
    if not isinstance(returned, tuple | list) or not places[-1] < len(returned) <= len(read.slots):
        return returned
    chosen = tuple(returned[place] for place in places)
    return chosen[0] if len(chosen) == 1 else chosen
