"""Layers on PyTorch's tensors in a file that may not import PyTorch: they are missing, and the report says why."""

from collections.abc import Iterator
from functools import partial

from gradcheck.calling import LocalCall, guarded
from gradcheck.calling.signature import described
from gradcheck.contract import Arrays, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.cs231n.layers import PAIRS
from gradcheck.subjects.dialects.dialect import Members, usual
from gradcheck.subjects.dialects.functions.finding import groups
from gradcheck.subjects.dialects.functions.fitting import Unfit, fitted
from gradcheck.subjects.dialects.inferred.words import layer_of, layer_of_class
from gradcheck.subjects.dialects.tensors.arrays import direct
from gradcheck.subjects.dialects.tensors.dictionaries import takes_dictionary, with_dictionary


def subjects(members: Members) -> Iterator[Subject]:
    """Yield the layers that do nothing on arrays, where their file imports PyTorch and may not."""
    for layer, functions in (*_classes(members), *_functions(members)):
        why = why_absent(members, functions["forward"].partition(".")[0])
        if why is not None:
            yield _absent(layer, functions, why)


def why_absent(members: Members, name: str) -> str | None:
    """Return what is to be done for PyTorch; None where a function's file has it, or does not use it."""
    if "torch_use" not in members or name not in members:
        return None
    try:
        guarded(name, members["torch_use"], members[name])
    except Missing as problem:
        return str(problem)
    except SubjectError:
        return None
    return None


def _absent(layer: str, functions: dict[str, str], why: str) -> Subject:
    return Subject(
        layer=BY_NAME[layer],
        functions=functions,
        forward=partial(_missing, why),
        parts=("forward",),
        interface=usual(),
    )


def _missing(why: str, params: Params, tensors: Arrays) -> LocalCall:
    raise Missing(why)


def _classes(members: Members) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the classes that are named after a layer and have a forward."""
    for name, value in members.items():
        layer = layer_of_class(name)
        declared = described(value) if layer is not None and callable(value) else None
        if layer_of(name) is None and declared is not None and "backward" not in declared.methods:
            continue  # a module, of which the constructor is not known
        if layer is not None and declared is not None and declared.is_class and "forward" in declared.methods:
            yield layer, {part: f"{name}.{part}" for part in ("forward", "backward")}


def _functions(members: Members) -> Iterator[tuple[str, dict[str, str]]]:
    for pair in PAIRS:
        forward = members.get(pair.forward)
        if callable(forward) and takes_dictionary(described(forward)):
            found = with_dictionary(pair.layer, pair.names, direct(members, pair.forward), None)
            if found is not None and not found.is_understood:
                yield pair.layer, pair.names
    for group in groups(members):
        if group.forward is not None and isinstance(fitted(group, members), Unfit):
            yield group.layer.name, group.functions
