"""Functions that take cs231n's dictionaries of parameters, under anybody's names: Conv.forward(x, w, b, conv_param)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gradcheck.calling.signature import Described
from gradcheck.contract import PARTS, Subject
from gradcheck.subjects.dialects.adapter import FunctionPair
from gradcheck.subjects.dialects.cs231n.layers import PAIRS, subject_of_pair
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.signatures import DICTS

MAXIMA = next(pair for pair in PAIRS if pair.layer == "max_pool2d")
KNOWN = (
    *PAIRS,
    replace(MAXIMA, layer="avg_pool2d", forward="avg_pool_forward", backward="avg_pool_backward"),
)
"""The course's layers, and means in the manner of its maxima."""


@dataclass(frozen=True)
class Judged:
    """A subject, and how well a small call agrees with its layer."""

    subject: Subject
    rank: tuple[int, int]
    is_stub: bool = False

    @property
    def is_understood(self) -> bool:
        """Whether forward gives an output of the layer's shape, from arguments that its signature accepts."""
        return self.rank[0] >= Agreement.SHAPED and not self.subject.interface.misfit


def takes_dictionary(declared: Described) -> bool:
    """Return whether a function takes a dictionary of parameters."""
    return any(each.name in DICTS or each.name.endswith("_param") for each in declared.parameters)


def with_dictionary(
    layer: str, functions: Mapping[str, str], forward: Callable[..., Any], backward: Callable[..., Any] | None
) -> Judged | None:
    """Return the subject of two functions that are called as cs231n's are; None where the course has no such layer."""
    pair = next((each for each in KNOWN if each.layer == layer), None)
    if pair is None:
        return None
    names = dict(functions)
    if backward is not None and names["backward"] == names["forward"]:
        names["backward"] = f"the gradient of {names['forward']}"
    pair = replace(pair, forward=names["forward"], backward=names["backward"])
    members = {pair.forward: forward, "dropout_forward": forward}
    if backward is not None:
        members[pair.backward] = backward
    subject = subject_of_pair(_with_parts(pair, backward), members)
    came = small_call(subject)
    return Judged(replace(subject, functions=dict(functions)), came.rank, came.is_stub)


def unfit(subject: Subject) -> Subject:
    """Return a subject that is not judged, because no call of it gives an output of the layer's shape."""
    why = "called with the course's dictionaries it gives no output of the layer's shape"
    return replace(subject, interface=replace(subject.interface, misfit=dict.fromkeys(PARTS, why)))


def _with_parts(pair: FunctionPair, backward: Any) -> FunctionPair:
    return pair if backward is not None else replace(pair, parts=("forward",))
