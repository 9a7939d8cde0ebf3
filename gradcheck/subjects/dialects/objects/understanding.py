"""How a class was understood, in words for the report."""

import inspect

from gradcheck.calling.signature import shown
from gradcheck.contract import Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import spelled, written
from gradcheck.subjects.dialects.objects.places import Place, Source
from gradcheck.subjects.dialects.objects.using import Used, times_dout


def understood(used: Used) -> dict[str, str]:
    """Return how each method is called, and where parameters and gradients are."""
    made, given, back = (_call(used, part) for part in ("made", "given", "back"))
    layouts = [layout.name for layout in (used.x, used.out) if layout.name]
    places = [_place(place) for place in used.places]
    forward = "; ".join(dict.fromkeys([f"{made}{given}", *layouts, *places]))
    is_slope = bool(used.back) and used.turn.gradient is times_dout
    gives = [_slope(used)] if is_slope else [*map(_source, used.sources)]
    return {"forward": forward, "backward": "; ".join([f".{back}", *gives])}


def _slope(used: Used) -> str:
    """Say that backward gives the derivative, and where."""
    return f"gives the derivative at {', '.join(used.back)}, without dout"


def _call(used: Used, part: str) -> str:
    names = {"made": used.name, "given": f".{used.written.forward}", "back": used.written.backward}
    passed = {"made": used.making, "given": used.given, "back": used.back}[part]
    parameters = [each for each in getattr(used.written, part) if each.name in passed]
    bare = [
        each.replace(default=inspect.Parameter.empty, kind=each.POSITIONAL_OR_KEYWORD) for each in parameters
    ]
    return shown(names[part], inspect.Signature(bare))


def _place(place: Place) -> str:
    layout = place.layout.name if len(place.tensors) == 1 else "bias as a row"
    return f"{', '.join(place.tensors)} in {place.path}" + (f" ({layout})" if layout else "")


def _source(source: Source) -> str:
    what = ", ".join(f"d{name}" for name in source.place.tensors)
    if source.kind == "held":
        return f"{what} in {source.key}"
    if source.kind == "step":
        return f"{what} from the step of {source.key} at learning rates of 2^30 and 2^20"
    return f"{what} returned"


def said(used: Used, params: Params, tensors: Arrays) -> str:
    """Return the calls of a class as its author would write them, with arrays by the shape that is passed."""
    values = used.values(tensors)
    made = spelled(used.name, written(used.making, params, values))
    return spelled(f"{made}.{used.written.forward}", written(used.given, params, values))


def unpassed(used: Used) -> tuple[str, ...]:
    """Return the arguments that no call passes."""
    passed = {*used.making, *used.given, *used.back}
    every = (*used.written.made, *used.written.given, *used.written.back)
    return tuple(dict.fromkeys(each.name for each in every if each.name not in passed))
