"""Attention with heads as classes: MultiHeadAttention(d_model, num_heads), with ``forward`` and ``backward``."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations, product

from gradcheck.calling.signature import Described
from gradcheck.contract import Array, Subject, SubjectError, Uncalled
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.attention.masks import OF_KEYS, OF_MODULES, role
from gradcheck.subjects.dialects.attention.naming import EXTENTS, extents_of, held
from gradcheck.subjects.dialects.dialect import Members, not_judged
from gradcheck.subjects.dialects.holders.classes import Declared, plain
from gradcheck.subjects.dialects.holders.holder import Holder, arrays_of, call, new_object, unread
from gradcheck.subjects.dialects.holders.names import WRAPPERS, Found, is_single, split, without_twins, words
from gradcheck.subjects.dialects.holders.projections import OfHeads
from gradcheck.subjects.dialects.holders.reporting import subject_of_holder
from gradcheck.subjects.dialects.holders.searching import with_gradients
from gradcheck.subjects.dialects.holders.slots import Piece, Slot
from gradcheck.subjects.dialects.holders.states import role_back
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, Way, tried

LAYER = BY_NAME["multi_head_attention"]
NAMES = frozenset(
    {
        *(
            "multiheadattention",
            "multiheadselfattention",
            "multiheadedattention",
            "selfattention",
            "attention",
        ),
        *(
            "multiheadcrossattention",
            "causalselfattention",
            "multiheadcausalattention",
            "mha",
            "crossattention",
        ),
        *("maskedmultiheadattention", "causalattention", "singleheadattention", "attentionhead"),
        *("selfattentionhead", "causalselfattentionhead", "maskedselfattention"),
        *("multiheadedselfattention", "causalmultiheadattention", "scaleddotproductattention"),
    }
)
GEOMETRY, MASKED = "n3h2s4t5d3", "n3h2s4t5d3_msome"
FUSED = {"qkv": "qkv", "inproj": "qkv", "cattn": "qkv", "kv": "kv", "kqv": "kqv", "qk": "qk"}


def is_named(name: str) -> bool:
    """Return whether a class is named after attention."""
    return plain(name) in NAMES


def subject_of(declared: Declared, members: Members) -> Subject | None:
    """Return the subject of a class that is named after attention; None for another one."""
    if not is_named(declared.name):
        return None
    found = understood(declared, members)
    if isinstance(found, str):
        return not_judged(LAYER, declared.functions, {"forward": f"{declared.name}: {found}"})
    return found


def understood(declared: Declared, members: Members) -> Subject | str:
    """Return the subject of a class, or why it cannot be judged."""
    made = _made(_bare(declared.facts))
    if isinstance(made, str):
        return made
    forward, backward = _forward(declared.given), _backward(declared.back)
    if isinstance(forward, str) or isinstance(backward, str):
        return forward if isinstance(forward, str) else str(backward)
    form = OfHeads(
        forward=forward,
        backward=backward,
        has_heads="heads" in made.values(),
        needs_mask=any(
            forward.get(each.name) == "mask" and each.default is each.empty for each in declared.given
        ),
    )
    holder = unread(declared, LAYER, made, form)
    params = form.express(LAYER.cases.grammar.read(GEOMETRY))
    try:
        found, _ = split(
            without_twins(arrays_of(members, declared.name, new_object(holder, members, params)))
        )
    except SubjectError as problem:
        return f"it could not be made: {problem}"
    holder = replace(holder, is_single=is_single(found))
    arrays = _seen(found, form.extents(params)["width"])
    if isinstance(arrays, str):
        return arrays
    return _best(holder, form, arrays, declared, members)


def _made(facts: Described) -> dict[str, str] | str:
    """Return what the arguments of a constructor are: extents, or the projections themselves."""
    extents = {name for names in EXTENTS.values() for name in names}
    known = {each.name: held(each.name) for each in facts.parameters if each.name.lower() not in extents}
    weights = {name: each.ours for name, each in known.items() if each is not None}
    if not {"Wq", "Wk", "Wv"} <= set(weights.values()):
        return extents_of(facts)
    counts = {each.name: "heads" for each in facts.parameters if each.name.lower() in EXTENTS["heads"]}
    needed = [each.name for each in facts.parameters if each.default is each.empty]
    unknown = [name for name in needed if name not in {**weights, **counts}]
    return f"what its argument {unknown[0]} is for is not known" if unknown else {**weights, **counts}


def _bare(facts: Described) -> Described:
    """Return a class as declared, without what takes any arguments."""
    if facts.signature is None:
        return facts
    open_kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    kept = [each for each in facts.signature.parameters.values() if each.kind not in open_kinds]
    return replace(facts, signature=facts.signature.replace(parameters=kept))


def _forward(parameters: Sequence[inspect.Parameter]) -> dict[str, str] | str:
    """Return what each argument of forward is passed; or why that is not known."""
    roles = {each.name: "mask" if each.name.lower() in OF_KEYS else role(each.name) for each in parameters}
    theirs = {"q": "query", "k": "key", "v": "value", "mask": "mask"}
    found = {name: theirs[each] for name, each in roles.items() if each in theirs}
    inputs = [each for each in found.values() if each != "mask"]
    if not inputs and parameters:
        found = {parameters[0].name: "x", **found}
    elif sorted(inputs) != ["key", "query", "value"]:
        return "its forward takes neither queries, keys and values nor one tensor"
    needed = [each.name for each in parameters if each.default is each.empty and each.name not in found]
    return f"what its forward's argument {needed[0]} is for is not known" if needed else found


def _backward(parameters: Sequence[inspect.Parameter]) -> dict[str, str] | str:
    """Return what each argument of backward is passed; or why that is not known."""
    found: dict[str, str] = {}
    for each in parameters:
        what = "cache" if role_back(each.name) == "cache" else "dout"
        if what not in found.values() and (what == "cache" or each.default is each.empty or not found):
            found[each.name] = what
        elif each.default is each.empty:
            return f"what its backward's argument {each.name} is for is not known"
    return found if "dout" in found.values() else "its backward takes no upstream gradient"


@dataclass(frozen=True, kw_only=True)
class Held:
    """An array of projections: of which letters, whether it is a bias, and how it is laid out as its shape says."""

    path: str
    letters: str
    is_bias: bool
    is_turned: bool = False
    is_square: bool = False
    axes: str = "flat"


def _seen(found: Found, width: int) -> list[Held] | str:
    """Return what names and shapes say of arrays; or why one says nothing."""
    made = [_one(path, array, width) for path, array in found]
    unknown = [path for (path, _), each in zip(found, made, strict=True) if each is None]
    if unknown:
        return f"what its array {unknown[0]} is for is not known by its name and shape"
    arrays = [each for each in made if each is not None]
    there = sorted(letter for each in arrays if not each.is_bias for letter in each.letters)
    biases = [letter for each in arrays if each.is_bias for letter in each.letters]
    if there not in (sorted("qkvo"), sorted("qkv")) or len(biases) != len(set(biases)):
        return "it does not hold one projection each for queries, keys and values"
    return arrays


def _one(path: str, array: Array, width: int) -> Held | None:
    letters = _letters(path)
    if letters is None:
        return None
    columns = len(letters) * width
    axes = {(columns,): "flat", (1, columns): "row", (columns, 1): "column"}.get(array.shape)
    if axes is not None:
        return Held(path=path, letters=letters, is_bias=True, axes=axes)
    if array.shape not in ((width, columns), (columns, width)):
        return None
    return Held(
        path=path,
        letters=letters,
        is_bias=False,
        is_turned=array.shape != (width, columns),
        is_square=columns == width,
    )


def _letters(path: str) -> str | None:
    """Return of which projections an array is, by its name."""
    parts = [part for part in path.split("/") if part.lower() not in WRAPPERS]
    text = "".join(words("/".join(parts)))
    fused = next((letters for name, letters in FUSED.items() if name in text), None)
    if fused is not None:
        return fused
    known = held(".".join(parts))
    return None if known is None or known.head is not None else known.letter


def _readings(arrays: Sequence[Held]) -> Iterator[tuple[tuple[Slot, ...], str]]:
    """Yield the ways to read arrays, the likeliest first, and what is particular about each."""
    fused = next((each.letters for each in arrays if len(each.letters) > 1), "")
    orders = ["".join(each) for each in permutations(fused)]
    orders.sort(key=lambda each: each != fused)
    turned = any(each.is_turned for each in arrays if not each.is_square)
    both, squares = (turned, not turned), {each.letters for each in arrays if each.is_square}
    for order, by_head, of_inputs, of_output in product(
        orders,
        (False, True) if fused else (False,),
        both if squares - {"o"} else (turned,),
        both if "o" in squares else (turned,),
    ):
        slots = []
        for each in arrays:
            letters = order if len(each.letters) > 1 else each.letters
            square = of_output if letters == "o" else of_inputs
            slots.append(
                Slot(
                    path=each.path,
                    rows=(tuple(Piece(f"{'b' if each.is_bias else 'W'}{letter}") for letter in letters),),
                    is_turned=not each.is_bias and (square if each.is_square else each.is_turned),
                    axes=each.axes,
                    by_head=by_head and len(letters) > 1,
                )
            )
        said = (
            f"columns in the order {', '.join(order)}" + (" of each head" if by_head else "") if fused else ""
        )
        yield tuple(slots), said


def _best(
    holder: Holder, form: OfHeads, arrays: Sequence[Held], declared: Declared, members: Members
) -> Subject | str:
    """Return the subject in the first way that gives the layer's output, else in the first that gives its shape."""
    lacks = not any(each.letters == "o" and not each.is_bias for each in arrays)
    form = replace(form, lacks_output=lacks)
    best: tuple[Tried, Holder, OfHeads, str] | None = None
    masks = OF_MODULES if form.needs_mask else (None,)
    for is_causal, mask, (slots, said) in product((False, True), masks, list(_readings(arrays))):
        own = replace(form, is_causal=is_causal, mask=mask)
        here = replace(holder, form=own, slots=slots)
        came = _came(here, own, members, GEOMETRY)
        if best is None or came.forward > best[0].forward:
            best = came, here, own, said
        if came.forward is Agreement.RIGHT or came.is_stub:
            break
    assert best is not None, "there is a way"
    came, here, own, said = best
    if came.forward < Agreement.SHAPED and not came.is_stub:
        return f"no call of its {holder.forward} gave an output of the layer's shape: {came.problem}"
    masked = _with_mask(here, own, came.forward, members)
    if masked is None:
        return "how it takes a mask is not known"
    here, own = masked
    misfit = {}
    try:
        here = with_gradients(here, members, LAYER.case(GEOMETRY, seed=11))
    except Uncalled as problem:
        misfit = {"backward": str(problem)}
    except SubjectError:
        pass
    return subject_of_holder(here, members, declared, (said, *own.said), misfit)


def _came(holder: Holder, form: OfHeads, members: Members, geometry: str) -> Tried:
    way = Way(layer=LAYER, call=partial(call, holder, members), express=form.express)
    return tried(way, LAYER.cases.grammar.read(geometry), back=False)


def _with_mask(
    holder: Holder, form: OfHeads, came: Agreement, members: Members
) -> tuple[Holder, OfHeads] | None:
    """Return the class with the first mask with which it is right, else with the first that it accepts, if any.

    None for a class that must be passed a mask, or one of keys, and is right with none of those that are known.
    """
    masks = {name for name, what in form.forward.items() if what == "mask"}
    if not masks or came is not Agreement.RIGHT:
        return holder, form
    accepted: tuple[Holder, OfHeads] | None = None
    for mask in OF_MODULES:
        own = replace(form, mask=mask)
        here = replace(holder, form=own)
        found = _came(here, own, members, MASKED).forward
        if found is Agreement.RIGHT:
            return here, own
        if found is Agreement.SHAPED and accepted is None:
            accepted = here, own
    if form.needs_mask or any(name.lower() in OF_KEYS for name in masks):
        return None
    return accepted or (holder, form)
