"""Functions that take many weights as arguments, called as an object that holds them.

Attention with projections, ``mha_forward(x, Wqkv, bqkv, Wo, bo, n_head)``, and recurrent layers with a matrix for each
gate, ``gru_forward(x, h0, Wz, Uz, bz, ...)``, with ``..._backward(dout, cache)``.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.signature import Described, described
from gradcheck.contract import Array, Subject
from gradcheck.layers import BY_NAME
from gradcheck.layers.recurrent import GATES
from gradcheck.subjects.dialects.attention.naming import EXTENTS
from gradcheck.subjects.dialects.dialect import Members, not_judged
from gradcheck.subjects.dialects.holders import cells, heads, sequences
from gradcheck.subjects.dialects.holders.classes import Declared
from gradcheck.subjects.dialects.holders.gates import gate_of
from gradcheck.subjects.dialects.holders.states import CACHES, squashed
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.inferred.words import OF_WEIGHTS

WEIGHT = re.compile(r"^(w|u|b|weights?|bias|kernel)(_?[a-z0-9]+)*$", re.I)
ENDINGS = ("_forward", "_fwd", "")
BIAS = re.compile(r"^b(ias)?|_b(ias)?$", re.I)
FUSED = ((("qkv", "kqv", "in_proj", "attn"), 3), (("kv",), 2))
BACK = ("_backward", "_bwd", "_grad")
LEAST, LEAST_OF_HEADS = 6, 2
"""How many weights a function of gates takes that has one for each gate, and one of attention with heads."""

MOST = 2
"""How many matrices, and how many biases, a function takes whose weights are of all gates."""


@dataclass(frozen=True, kw_only=True)
class DeclaredFunctions(Declared):
    """Two functions, declared as a class with two methods would be."""

    names: Mapping[str, str]

    @property
    def functions(self) -> dict[str, str]:
        """What the report calls them."""
        return dict(self.names)


@dataclass(frozen=True)
class Pair:
    """A forward and its backward, as their authors declare them.

    Attributes
    ----------
    kind : str
        ``mha``, or a recurrent layer: ``gru``, or a step of one: ``gru_step``.
    forward, backward : str
        What they are called.
    given, weights : tuple
        The parameters of forward: its inputs, and its weights.
    heads : str
        The one that is the number of heads; empty if there is none.
    dout : inspect.Parameter
        The upstream gradient.
    signature : inspect.Signature
        That of forward.
    """

    kind: str
    forward: str
    backward: str
    given: tuple[inspect.Parameter, ...]
    weights: tuple[str, ...]
    heads: str
    dout: inspect.Parameter
    facts: Described

    @property
    def gates(self) -> str:
        """The kind of the gates."""
        return self.kind.removesuffix("_step")

    @property
    def names(self) -> dict[str, str]:
        """What the report calls them."""
        return {"forward": self.forward, "backward": self.backward}


def subjects(members: Members) -> Iterator[Subject]:
    """Yield a subject for each pair of such functions."""
    for stem, kind in OF_WEIGHTS.items():
        for ending, back in product(ENDINGS, BACK):
            pair = _pair(kind, f"{stem}{ending}", f"{stem}{back}", members)
            if pair is not None:
                yield _subject(pair, members)
                break


def _pair(kind: str, forward: str, backward: str, members: Members) -> Pair | None:
    """Return a pair of functions whose forward takes weights by their names, and whose backward takes its cache."""
    if not (callable(members.get(forward)) and callable(members.get(backward))):
        return None
    facts, back = described(members[forward]), described(members[backward]).parameters
    is_usual = len(back) == 2 and squashed(back[1].name) in CACHES
    weights = tuple(each.name for each in facts.parameters if WEIGHT.match(each.name))
    is_whole = len(weights) >= LEAST_OF_HEADS if kind == "mha" else _has_all_gates(kind, weights)
    if facts.is_class or not is_usual or not is_whole:
        return None
    others = [each for each in facts.parameters if each.name not in weights]
    counts = [each.name for each in others if each.name.lower() in EXTENTS["heads"] and kind == "mha"]
    given = tuple(each for each in others if each.name not in counts[:1])
    return Pair(kind, forward, backward, given, weights, counts[0] if counts else "", back[0], facts)


def _has_all_gates(kind: str, weights: tuple[str, ...]) -> bool:
    """Return whether weights are those of a recurrent layer: of each gate by their names, or of all gates."""
    gates = kind.removesuffix("_step")
    by_gate = len(weights) >= LEAST and all(gate_of(each, gates, weights) is not None for each in weights)
    return by_gate or _is_fused(weights)


def _is_fused(weights: tuple[str, ...]) -> bool:
    """Return whether there are so few weights that each is of all gates."""
    biases = [each for each in weights if BIAS.search(each)]
    return len(biases) <= MOST and 0 < len(weights) - len(biases) <= MOST


def _subject(pair: Pair, members: Members) -> Subject:
    """Return the subject in the layout of the weights in which its two functions agree best with the layer."""
    found: list[Subject] = []
    reasons: list[str] = []
    for is_turned, axes in product((False, True), ("flat", "row", "column")):
        shaped = partial(_of_heads if pair.kind == "mha" else _of_gates, pair, is_turned, axes)
        each = _understood(pair, shaped, members)
        if isinstance(each, str):
            reasons.append(each)
            continue
        found.append(each)
        if _rank(each) == (Agreement.RIGHT, Agreement.RIGHT):
            break
    layer = BY_NAME["multi_head_attention" if pair.kind == "mha" else pair.kind]
    if found:
        return _named(pair, max(found, key=_rank))
    return not_judged(layer, pair.names, dict.fromkeys(pair.names, f"{pair.forward}: {reasons[0]}"))


def _rank(subject: Subject) -> tuple[int, int]:
    return small_call(subject).forward, sequences.agreement_of(subject)


Shaped = Callable[[int, int, str], Array]
"""Two extents, and the name of a weight -> an array in its shape."""


def _understood(pair: Pair, shaped: Shaped, members: Members) -> Subject | str:
    """Return the subject of the object that holds weights of some shapes; or why there is none."""
    sizes = ("d_model", "num_heads") if pair.kind == "mha" else ("input_size", "hidden_size")
    kept = sizes if pair.heads or pair.kind != "mha" else sizes[:1]
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in kept]
    declared = DeclaredFunctions(
        name=pair.forward,
        forward="forward",
        backward="backward",
        facts=replace(pair.facts, signature=inspect.Signature(parameters)),
        given=pair.given,
        back=(pair.dout,),
        names=pair.names,
    )
    own = {**members, pair.forward: partial(_made, pair, shaped, members)}
    if pair.kind == "mha":
        return heads.understood(declared, own)
    if pair.kind.endswith("_step"):
        return cells.understood(declared, pair.gates, own)
    return sequences.understood(declared, pair.gates, own)


def _made(pair: Pair, shaped: Shaped, members: Members, **sizes: int) -> Any:
    """Return the object for two extents."""
    one, two = [*sizes.values(), 1][:2]
    weights = {name: shaped(one, two, name) for name in pair.weights}
    counts = {pair.heads: two} if pair.heads else {}
    functions = members[pair.forward], members[pair.backward]
    return guarded(pair.forward, members["FunctionLayer"], *functions, weights, counts)


def _of_heads(pair: Pair, is_turned: bool, axes: str, width: int, count: int, name: str) -> Array:
    """Return a projection, or its bias: of several projections side by side, as its name says."""
    times = next((times for words, times in FUSED if any(word in name.lower() for word in words)), 1)
    if BIAS.search(name):
        return _bias(width * times, axes)
    return np.zeros((width * times, width) if is_turned else (width, width * times))


def _of_gates(pair: Pair, is_turned: bool, axes: str, d: int, h: int, name: str) -> Array:
    """Return the weights of its gates: of x, of the state, or of both where no other ones are of the state."""
    columns = GATES[pair.gates] * h if _is_fused(pair.weights) else h
    if BIAS.search(name):
        return _bias(columns, axes)
    is_split = any(_is_of_state(pair, each) for each in pair.weights)
    rows = h if _is_of_state(pair, name) else d if is_split else d + h
    return np.zeros((columns, rows) if is_turned else (rows, columns))


def _is_of_state(pair: Pair, name: str) -> bool:
    """Return whether weights are of the state alone: ``Uz``, ``W_hz``."""
    short = squashed(name)
    return short[0] == "u" or (len(short) > 2 and short[0] == "w" and short[1] == "h")


def _bias(count: int, axes: str) -> Array:
    return np.zeros({"flat": (count,), "row": (1, count), "column": (count, 1)}[axes])


def _named(pair: Pair, subject: Subject) -> Subject:
    """Return the subject with what the report says of functions, and not of a class."""
    texts = {
        part: re.sub(r"made as [^)]*\)(, )?", "", text).replace("params.", "").replace(" ()", "")
        for part, text in subject.interface.understood.items()
    }
    return replace(subject, interface=replace(subject.interface, understood=texts, spoken=None))
