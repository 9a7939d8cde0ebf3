"""How the arrays of a recurrent cell may be read as the layer's weights: by their shapes, and gates by their names."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product

from gradcheck.contract import Array
from gradcheck.subjects.dialects.holders.names import WRAPPERS, Found, words
from gradcheck.subjects.dialects.holders.slots import Piece, Slot

GATES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "rnn": (("",),),
    "lstm": (
        ("i", "input", "in", "inp", "ig"),
        ("f", "forget", "fg"),
        ("o", "output", "out", "og"),
        ("g", "c", "cell", "candidate", "cand", "ctilde", "chat", "cc", "cbar", "a", "gate", "u"),
    ),
    "gru": (
        ("r", "reset"),
        ("z", "u", "update"),
        ("n", "h", "c", "g", "new", "candidate", "cand", "htilde", "hhat", "hcand", "hbar", "a", "s"),
    ),
}
"""Kind -> what its gates are called, in the order of the layer's columns."""

UPDATE = "u"
"""What an LSTM's input gate is called where its candidate is c."""

KINDS_OF_WEIGHT = frozenset({"w", "u", "b", "v", "weight", "weights", "bias", "biases", "kernel"})

SHARES = (0.25, 0.75)
"""Two biases that are added, as shares of the layer's one."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One way to read the arrays of a cell.

    Attributes
    ----------
    slots : tuple of Slot
        What each array holds.
    text : str
        What is particular about it, for the report.
    is_named : bool
        Whether the names and shapes say so: no order of gates was guessed.
    before : bool
        Whether the reset gate of a GRU acts on the state, and not on its product with the weights.
    """

    slots: tuple[Slot, ...]
    text: str = ""
    is_named: bool = True
    before: bool = False

    @property
    def held(self) -> frozenset[str]:
        """The tensors that are there, at least in part."""
        return frozenset(piece.tensor for slot in self.slots for piece in slot.pieces)


@dataclass(frozen=True, kw_only=True)
class Array2:
    """An array, and what its shape says: which tensors it has one above the other, of all gates or of one."""

    path: str
    stack: tuple[str, ...]
    is_fused: bool
    is_turned: bool = False
    axes: str = "flat"
    is_square: bool = False


def seen(found: Found, kind: str, d: int, h: int) -> list[Array2] | str:
    """Return what the shapes of arrays say; or the path of one that says nothing."""
    made = []
    for path, array in found:
        one = _seen(path, array, len(GATES[kind]), d, h)
        if one is None:
            return path
        made.append(one)
    return made if d != h else _by_name(made)


def _by_name(arrays: list[Array2]) -> list[Array2]:
    """Return arrays, those of one shape for inputs or states as their names say: W and U, or an h."""
    has_u = any(_letter(each.path).lower() == "u" for each in arrays)

    def is_of_states(path: str) -> bool:
        return _letter(path).lower() == "u" if has_u else _source(path) == "Wh"

    return [
        replace(each, stack=("Wh",)) if each.stack == ("Wx",) and is_of_states(each.path) else each
        for each in arrays
    ]


def _seen(path: str, array: Array, gates: int, d: int, h: int) -> Array2 | None:
    shape = array.shape
    for is_fused, width in dict.fromkeys(((gates > 1, gates * h), (False, h))):
        bias = {(width,): "flat", (1, width): "row", (width, 1): "column"}.get(shape)
        if bias is not None:
            return Array2(path=path, stack=("b",), is_fused=is_fused, axes=bias)
        for stack, height in ((("Wx",), d), (("Wh",), h), (("Wx", "Wh"), d + h)):
            if shape in ((height, width), (width, height)):
                is_turned = shape != (height, width)
                return Array2(
                    path=path,
                    stack=stack,
                    is_fused=is_fused,
                    is_turned=is_turned,
                    is_square=shape == (h, h),
                )
    return None


def readings(arrays: Sequence[Array2], kind: str) -> Iterator[Reading]:
    """Yield the ways to read arrays, the likeliest first; none where one of one gate does not say of which."""
    orders = _orders(kind) if any(each.is_fused for each in arrays) else [tuple(range(len(GATES[kind])))]
    stacks = (False, True) if any(len(each.stack) > 1 for each in arrays) else (False,)
    turned = any(each.is_turned for each in arrays if not each.is_square)
    squares = (turned, not turned) if any(each.is_square for each in arrays) else (turned,)
    for is_reversed, square, variant, order in product(stacks, squares, _variants(kind), orders):
        found = [_slot(each, kind, (order, is_reversed, square, variant), arrays) for each in arrays]
        slots = [slot for slot in found if slot is not None]
        if len(slots) < len(found) or not _is_whole(slots, kind):
            continue
        said = [*_said(kind, order, arrays), *variant.said]
        yield Reading(
            slots=_shared(slots),
            text=", ".join(said),
            is_named=not any(each.is_fused for each in arrays),
            before=variant.before,
        )


def _is_whole(slots: Sequence[Slot], kind: str) -> bool:
    """Return whether slots hold all gates of all weights once, and of each bias all gates or none."""
    counts = Counter((piece.tensor, piece.block) for slot in slots for piece in slot.pieces)
    gates = range(len(GATES[kind]))
    weights = [counts[name, gate] for name in ("Wx", "Wh") for gate in gates]
    biases = [[counts[name, gate] for gate in gates] for name in ("b", "bx", "bh")]
    most = 1 if kind == "gru" else 2
    return set(weights) == {1} and all(len(set(each)) == 1 and each[0] <= most for each in biases)


def _shared(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """Return slots of which two that hold the same hold shares of it."""
    counts = Counter(slot.rows for slot in slots)
    seen_so_far: Counter[tuple[tuple[Piece, ...], ...]] = Counter()
    made = []
    for slot in slots:
        share = SHARES[seen_so_far[slot.rows]] if counts[slot.rows] == len(SHARES) else 1.0
        seen_so_far[slot.rows] += 1
        made.append(replace(slot, share=share))
    return tuple(made)


def _orders(kind: str) -> list[tuple[int, ...]]:
    first: list[tuple[int, ...]] = [(0, 1, 3, 2)] if kind == "lstm" else []
    every = list(permutations(range(len(GATES[kind]))))
    return list(dict.fromkeys([*first, *every]))


def _said(kind: str, order: tuple[int, ...], arrays: Sequence[Array2]) -> list[str]:
    if not any(each.is_fused for each in arrays) or len(order) < 2:
        return []
    return [f"gates {', '.join(GATES[kind][each][0] for each in order)}"]


@dataclass(frozen=True)
class Variant:
    """What a GRU may do otherwise: the sign of its update gate, where its one bias is, and what is reset."""

    update: float = 1.0
    single: str = "bx"
    before: bool = False

    @property
    def said(self) -> list[str]:
        """What the report says of it."""
        found = ["its update gate is the share of the new state"] if self.update < 0 else []
        found += ["its bias is that of the state's product"] if self.single == "bh" else []
        return found + (["its reset gate acts on the state"] if self.before else [])


def _variants(kind: str) -> list[Variant]:
    if kind != "gru":
        return [Variant()]
    return [
        Variant(update, single, before)
        for before in (False, True)
        for single in ("bx", "bh")
        for update in (1.0, -1.0)
        if not (before and single == "bh")
    ]


Way = tuple[tuple[int, ...], bool, bool, Variant]


def _slot(each: Array2, kind: str, way: Way, arrays: Sequence[Array2]) -> Slot | None:
    order, is_reversed, square, variant = way
    stack = tuple(reversed(each.stack)) if is_reversed else each.stack
    gates: tuple[int, ...] = order
    if not each.is_fused and len(order) > 1:
        gate = _gate(each, kind, [other.path for other in arrays])
        if gate is None:
            return None
        gates = (gate,)
    if stack == ("b",) and kind == "gru":
        stack = (_bias(each, variant, arrays, gates),)
    rows = tuple(tuple(_piece(tensor, gate, kind, variant) for gate in gates) for tensor in stack)
    is_turned = square if each.is_square else each.is_turned
    return Slot(path=each.path, rows=rows, is_turned=is_turned, axes=each.axes)


def _gate(each: Array2, kind: str, paths: Sequence[str]) -> int | None:
    """Return the gate that a name says; a second bias may have a letter of its own: ``cz`` next to ``bz``."""
    gate = gate_of(each.path, kind, paths)
    if gate is None and each.stack == ("b",):
        place, _, name = each.path.rpartition("/")
        return gate_of(f"{place}/b{name[1:]}", kind, paths)
    return gate


def _piece(tensor: str, gate: int, kind: str, variant: Variant) -> Piece:
    return Piece(tensor, gate, variant.update if kind == "gru" and gate == 1 else 1.0)


def _bias(each: Array2, variant: Variant, arrays: Sequence[Array2], gates: tuple[int, ...]) -> str:
    """Return which of a GRU's two biases one is: by its name, else by the variant."""
    others = [other for other in arrays if other.stack == ("b",) and other.is_fused == each.is_fused]
    per_gate = len(GATES["gru"]) // len(gates)
    if len(others) <= per_gate:
        return variant.single
    if any(_source(other.path) == "Wh" for other in others):
        return "bh" if _source(each.path) == "Wh" else "bx"
    is_first = _letter(each.path) == _letter(others[0].path)
    return variant.single if is_first else {"bx": "bh", "bh": "bx"}[variant.single]


def _letter(path: str) -> str:
    """Return the first letter of a name."""
    return path.rpartition("/")[2][:1]


def _source(path: str) -> str:
    """Return whether a name says that it is of the state: ``b_hh``, ``bh``, ``bias_hn``."""
    rest = _rest(path)
    return "Wh" if rest.startswith(("h", "rec")) else "Wx"


def _rest(path: str) -> str:
    """Return what a name says besides being weights or a bias: ``f`` of ``Wf``, ``W_f``, ``params/f_bias``."""
    found = [word for word in words(path) if word not in WRAPPERS | {"gate", "gates", "layer"}]
    place = next((place for place in (0, -1) if found and found[place] in KINDS_OF_WEIGHT), None)
    if len(found) > 1 and place is not None:
        found.pop(place)
        return "".join(found)
    joined = "".join(found)
    return joined[1:] if len(joined) > 1 and joined[0] in "wub" else joined


def gate_of(path: str, kind: str, paths: Sequence[str]) -> int | None:
    """Return the gate that a name says, by its place in the layer's columns; None where it says none."""
    rest = _rest(path)
    names = GATES[kind]
    if kind == "lstm" and not any(_letters(other) & set(names[0]) for other in paths):
        names = ((*names[0], UPDATE, "update"), names[1], names[2], tuple(set(names[3]) - {UPDATE}))
    said = (place for text in _readable(rest) for place, called in enumerate(names) if text in called)
    return next(said, None)


def _letters(path: str) -> set[str]:
    return set(_readable(_rest(path)))


def _readable(rest: str) -> Iterator[str]:
    """Yield a name, and it without the letter that says of what its weights are: ``xf``, ``fx``, ``hf``, ``ii``."""
    yield rest
    if len(rest) > 1:
        if rest[0] in "xhi":
            yield rest[1:]
        if rest[-1] in "xhi":
            yield rest[:-1]
