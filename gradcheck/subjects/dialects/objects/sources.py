"""Which array is which gradient: the one that agrees, else the one with the name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradcheck.contract import Array, Case, Shape
from gradcheck.subjects.dialects.inferred.layouts import OURS
from gradcheck.subjects.dialects.inferred.ways import Agreement, agreement
from gradcheck.subjects.dialects.inferred.words import words_of
from gradcheck.subjects.dialects.objects.finding import NAMES, is_gradient, leaf
from gradcheck.subjects.dialects.objects.places import Place, Source, layouts_of
from gradcheck.subjects.dialects.objects.using import Used


@dataclass(frozen=True)
class Candidate:
    """An array that may be a gradient, and where it is."""

    kind: Any
    key: str
    values: Array
    had_name: bool


def sources_of(used: Used, case: Case, right: dict[str, Array], found: list[Candidate]) -> Iterator[Source]:
    """Yield the source of each gradient that is found."""
    taken: set[tuple[Any, str]] = set()
    left = list(case.wanted)
    stack = next((place for place in used.places if len(place.tensors) == 2), None)
    if stack is not None:
        source = next((each for each in found if stack.fits(each.values, case.shapes)), None)
        if source is not None:
            yield Source(source.kind, source.key, stack)
            taken.add((source.kind, source.key))
            left = [name for name in left if name not in stack.tensors]
    for name in left:
        free = [each for each in found if (each.kind, each.key) not in taken]
        best = _best(used, case.shapes, name, right[name], free) or _misshapen(used, name, free)
        if best is not None:
            taken.add((best.kind, best.key))
            yield best


def _best(
    used: Used, shapes: dict[str, Shape], name: str, right: Array, found: list[Candidate]
) -> Source | None:
    """Return the source that agrees with the right gradient; else the first with the name; else the first that fits."""
    fitting: list[tuple[tuple[int, ...], int, Source]] = []
    for index, each in enumerate(found):
        for layout in _layouts(used, name, shapes):
            place = Place((name,), each.key, layout)
            if place.fits(each.values, shapes):
                agrees = agreement(place.ours(each.values)[name], right) is Agreement.RIGHT
                rank = int(not agrees), _strangeness(used, name, each)
                fitting.append((rank, index, Source(each.kind, each.key, place)))
                break
    usable = [each for each in fitting if each[0][1] < STRANGE or each[0][0] == 0]
    return min(usable, key=lambda each: each[:2])[2] if usable else None


STRANGE = 3


def _misshapen(used: Used, name: str, found: list[Candidate]) -> Source | None:
    """Return the source with a gradient's name where none has its shape: that is a fault, which a check reports."""
    own = next(
        (place.layout for place in used.places if place.tensors == (name,)), used.passed.get(name, OURS)
    )
    for each in found:
        if name == "x" and each.kind == "returned" and each.key in ("", "0"):
            return Source(each.kind, each.key, Place(("x",), each.key, used.x))
        if name != "x" and each.kind == "held" and _is_called(each.key, name):
            return Source(each.kind, each.key, Place((name,), each.key, own))
    return None


def _is_called(path: str, tensor: str) -> bool:
    """Return whether a name is that of the gradient of just this tensor: ``db``, ``grad_bias``, ``grads/b``."""
    words = set(words_of(leaf(path)))
    if is_gradient(path.rpartition("/")[0]):
        return bool(words & NAMES[tensor])
    names = {f"d{name}" for name in NAMES[tensor]}
    return bool(words & names) or (
        bool(words & {"grad", "gradient", "d", "delta"}) and bool(words & NAMES[tensor])
    )


def _strangeness(used: Used, name: str, each: Candidate) -> int:
    """Return how little speaks for an array to be the gradient of a tensor."""
    if each.kind == "step":
        return (
            0 if any(place.path == each.key and name in place.tensors for place in used.places) else STRANGE
        )
    if each.kind == "returned":
        return 0 if name == "x" or each.key not in ("", "0") else 2
    if name == "x":
        return 2 if each.had_name else STRANGE
    if not each.had_name:
        return STRANGE
    return 0 if _means(each.key, name) else 1


def _means(path: str, tensor: str) -> bool:
    text = path.lower()
    last = leaf(path).lower()
    hints = {
        "w": ("w", "kern", "filt"),
        "b": ("b",),
        "gamma": ("gamma", "scale", "weight"),
        "beta": ("beta", "shift", "bias"),
    }
    return any(hint in last or f"/{hint}" in text for hint in hints.get(tensor, (tensor,)))


def _layouts(used: Used, name: str, shapes: dict[str, Shape]) -> Any:
    """Return the layouts of a gradient, that of the parameter first."""
    if name == "x":
        return (used.x,)
    own = [place.layout for place in used.places if place.tensors == (name,)]
    return (*own, used.passed.get(name, OURS), *layouts_of(used.layer.name, name, shapes[name]))
