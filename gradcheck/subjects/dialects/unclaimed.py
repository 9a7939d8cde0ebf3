"""What looks like a layer and belongs to no dialect: it is listed, so that nobody takes it for judged."""

import re
from collections.abc import Iterator, Mapping

from gradcheck.calling.signature import Described, described, shown
from gradcheck.report import Unjudged
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.words import direction_of, layer_of_class, words_of

FORWARD = frozenset({"forward", "forward_pass", "fprop", "forward_propagation", "compute"})
OF_SEQUENCES = re.compile(r"(^|_)(rnn|lstm|gru|attention)")
"""Words for layers that the suite has, and that no class is judged as."""

BACKWARD = ("backward", "back_", "backprop", "bprop", "gradient", "grad_")
ENDINGS = ("_forward", "_backward", "_bwd", "_fwd", "_grad", "_backprop", "_fprop", "_bprop")


def unclaimed(members: Members, taken: frozenset[str], home: str) -> Iterator[Unjudged]:
    """Yield the functions and classes that look like layers, but for those that are taken or written elsewhere.

    `home` is the module's dotted name.
    """
    functions = {name: value for name, value in members.items() if callable(value)}
    known = {name: described(value) for name, value in functions.items() if not name.startswith("_")}
    own = {name: each for name, each in known.items() if name not in taken and _is_own(each.module, home)}
    bases = {base for each in known.values() for base in each.bases}
    for name, each in own.items():
        if name not in bases and _looks_like_a_layer(name, each, own):
            unknown = f"{shown(name, each.signature)} is in no interface that is known"
            yield Unjudged(name=name, reason=f"{unknown}{_why(name, each)}")


def _why(name: str, each: Described) -> str:
    """Return what would make a class judgeable."""
    if not each.is_class:
        return ""
    if OF_SEQUENCES.search("_".join(words_of(name))):
        return ": a class of such a layer is not understood; an adapter can say how it is called"
    if layer_of_class(name) is None:
        return ": its name is that of no layer of the suite; if it computes one, an adapter can say which"
    if not any(method.lower().startswith(BACKWARD) for method in each.methods):
        return f": it has no method for its gradients that is known by its name, such as {BACKWARD[0]}"
    return ": an adapter can say how its methods are called"


def _is_own(module: str, home: str) -> bool:
    return not module or module == home or module.rpartition(".")[2] == home.rpartition(".")[2]


def _looks_like_a_layer(name: str, each: Described, own: Mapping[str, Described]) -> bool:
    methods = frozenset(each.methods)
    if each.is_class:
        goes_back = any(method.lower().startswith(BACKWARD) for method in methods)
        return bool(methods & FORWARD and (goes_back or layer_of_class(name)))
    stem, part, _ = direction_of(name)
    return name.lower().endswith(ENDINGS) or (part == "backward" and stem in own)
