"""Attention as plain functions: scaled_dot_product_attention(q, k, v, mask), on arrays or on PyTorch's tensors.

EECS 498 has forwards alone, on tensors, whose mask is True where a key is hidden. Which masks a file takes is tried.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.contract import Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import FunctionPair, Value, parameters_of
from gradcheck.subjects.dialects.cs231n.recurrent import chosen
from gradcheck.subjects.dialects.dialect import Dialect, Express, Members
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.inferred.words import role_of

LAYER = "scaled_dot_product_attention"
STEMS = (LAYER, "sdpa", "dot_product_attention", "attention")
PAIRS: Mapping[str, str] = {
    **{f"{stem}{end}": f"{stem}_backward" for stem in STEMS for end in ("", "_forward")},
    "scaled_dot_product_no_loop_batch": "scaled_dot_product_no_loop_batch_backward",
    "scaled_dot_product_two_loop_batch": "scaled_dot_product_two_loop_batch_backward",
}
"""What forward may be called, and the backward next to it."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "q": ("q", "query", "queries"),
    "k": ("k", "key", "keys"),
    "v": ("v", "value", "values"),
    "mask": ("mask", "attn_mask", "attention_mask"),
    "cache": ("weights", "attn", "attention", "attn_weights", "attention_weights", "p", "probs", "a"),
}
"""What arguments are called, in lower case."""


def _seen(params: Params, tensors: Arrays) -> Any:
    """Return the mask, with a row for each query: not all code broadcasts one."""
    if "mask" not in tensors:
        return None
    mask, queries = tensors["mask"], tensors["q"].shape[:-1]
    is_shared = mask.ndim == 2 and mask.shape[0] == queries[-1]
    return mask if is_shared else np.broadcast_to(mask, (*queries, mask.shape[-1])).copy()


def _hidden(params: Params, tensors: Arrays) -> Any:
    return ~_seen(params, tensors) if "mask" in tensors else None


def _added(params: Params, tensors: Arrays) -> Any:
    return np.where(_seen(params, tensors), 0.0, -np.inf) if "mask" in tensors else None


MASKS: Mapping[str, Value] = {
    "its mask is True where a key is seen": _seen,
    "its mask is True where a key is hidden": _hidden,
    "its mask is added to the scores": _added,
}

MASKED, HEADED, FLAT = "n2s3t4d4e2_msome", "n2h2s3t4d3e2", "n2s3t4d4e2"
SHARED = "n2s3t4d4e2_mshared"

SAME_FOR_ALL = {"some": "shared", "tail": "shared"}
ONE_EACH = {"shared": "some", "all": "some"}


def role(name: str) -> str | None:
    """Return which tensor an argument stands for, by its name."""
    return next((each for each, words in WORDS.items() if name.lower() in words), None)


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each function that takes queries, keys and values."""
    return tuple(_subjects(members))


def _subjects(members: Members) -> Iterator[Subject]:
    for forward, backward in PAIRS.items():
        roles = [role(name) for name in parameters_of(members, forward)]
        if roles[:3] == ["q", "k", "v"]:
            yield _subject(forward, backward, "mask" in roles[3:4], members)


def _subject(forward: str, backward: str, takes_mask: bool, members: Members) -> Subject:
    """Return the subject in the first way in which it gives the layer's output with a mask; else in the first."""
    if not takes_mask:
        return _headed(_called_with(forward, backward, None, members))
    found = [(text, _called_with(forward, backward, mask, members)) for text, mask in MASKS.items()]
    text, subject = next(
        (each for geometry in (MASKED, SHARED) for each in found if _is_right(each[1], geometry)), found[0]
    )
    return _headed(_with_its_masks(_saying(subject, text)))


def _with_its_masks(subject: Subject) -> Subject:
    """Return the subject with one mask for all samples, or with one for each, if it is right in that way alone."""
    if subject.interface.misfit:
        return subject
    each, shared = _is_right(subject, MASKED), _is_right(subject, SHARED)
    if each == shared:
        return subject
    others = ONE_EACH if each else SAME_FOR_ALL
    express = subject.interface.express

    def expressed(params: Params) -> dict[str, Any]:
        found = express(params)
        return {**found, "masking": others.get(found["masking"], found["masking"])}

    refused = "one mask for all samples: not accepted" if each else "a mask for each sample: not accepted"
    return _refusing(subject, expressed, refused)


def _called_with(forward: str, backward: str, mask: Value | None, members: Members) -> Subject:
    """Return the subject whose mask is passed in one way, or which takes none."""
    names = parameters_of(members, forward)
    sources: tuple[Value, ...] = ("q", "k", "v", *(() if mask is None else (mask,)))
    pair = FunctionPair(
        layer=LAYER,
        forward=forward,
        backward=backward,
        arguments=dict(zip(names, sources, strict=False)),
        back_arguments=_back(parameters_of(members, backward), mask),
        express=partial(_expressed, mask is not None),
    )
    if not callable(members.get(backward)):
        return _narrowed(chosen(pair, members))
    known = pair.subject(members, _never)
    if known.interface.misfit:
        return known
    found = chosen(pair, {**members, forward: partial(_with_cache, members[forward])})
    texts = {
        part: text.replace(f"{forward}(*arguments)", known.interface.understood["forward"])
        for part, text in found.interface.understood.items()
    }
    read = replace(found.interface, understood=texts, unpassed=known.interface.unpassed)
    return _narrowed(replace(found, interface=read))


def _never(params: Params, tensors: Arrays) -> LocalCall:
    raise AssertionError("what only its signature is read of is never called")


def _back(names: tuple[str, ...], mask: Value | None) -> dict[str, Value]:
    """Return what backward is passed: the cache, or the inputs by their names."""
    usual: dict[str, Value] = {"dout": "dout", "cache": "cache"}
    roles = [role(name) for name in names[1:]]
    if len(names) < 4 or None in roles or role_of(names[0], ["dout"]) is None:
        return usual
    known = {"mask": mask or _seen}
    return {names[0]: "dout", **{n: known.get(str(r), str(r)) for n, r in zip(names[1:], roles, strict=True)}}


def _with_cache(forward: Callable[..., Any], *arguments: Any) -> Any:
    """Return the output, and what comes last besides it: a cache, or the weights."""
    returned = forward(*arguments)
    if returned is None:
        return None
    return (
        (returned[0], returned[-1]) if isinstance(returned, tuple) and len(returned) > 1 else (returned, None)
    )


def _expressed(takes_mask: bool, params: Params) -> dict[str, Any]:
    """No causal mask of its own, and no mask at all where none is taken."""
    return {**params, "order": "any", **({} if takes_mask else {"masking": "none"})}


def _is_right(subject: Subject, geometry: str) -> bool:
    params = BY_NAME[LAYER].cases.grammar.read(geometry)
    headed = params["heads"]
    return _came(subject, {**subject.interface.express(params), "heads": headed}) is Agreement.RIGHT


def _came(subject: Subject, params: Params) -> Agreement:
    """Return what comes of forward on a small call of these very parameters."""
    exactly = replace(subject, parts=("forward",), interface=replace(subject.interface, express=dict))
    return small_call(exactly, params).forward


def _headed(subject: Subject) -> Subject:
    """Return the subject without heads, or always with some, if it is right in that way alone."""
    if subject.interface.misfit:
        return subject
    flat, headed = _is_right(subject, FLAT), _is_right(subject, HEADED)
    return subject if flat == headed else _only(subject, headed)


def _only(subject: Subject, headed: bool) -> Subject:
    express = subject.interface.express

    def expressed(params: Params) -> dict[str, Any]:
        return express({**params, "heads": max(1, params["heads"]) if headed else 0})

    return _refusing(subject, expressed, "heads: always there" if headed else "heads: not accepted")


def _refusing(subject: Subject, express: Express, refused: str) -> Subject:
    """Return the subject that is asked less, with what the report says of the rest."""
    refusals = (*subject.interface.refused, refused)
    return replace(subject, interface=replace(subject.interface, express=express, refused=refusals))


def _narrowed(subject: Subject) -> Subject:
    """Return the subject with values as wide as keys, or with as many keys as queries too, if it takes no others.

    What it computes of others, right or wrong, is judged.
    """
    params = BY_NAME[LAYER].cases.grammar.read(FLAT)
    if subject.interface.misfit or _came(subject, params) >= Agreement.SHAPED:
        return subject
    for refused, sides in NARROWER.items():
        narrow = partial(_with_sides, sides)
        if _came(subject, narrow(params)) is Agreement.RIGHT:
            through = partial(_through, subject.interface.express, narrow)
            own = replace(subject.interface, express=through, refused=(refused,))
            return replace(subject, interface=own)
    return subject


NARROWER: Mapping[str, tuple[tuple[str, str], ...]] = {
    "values of another width than the keys: not accepted": (("e", "d"),),
    "more keys than queries, or fewer: not accepted": (("e", "d"), ("t", "s")),
}
"""What is not accepted, and which extents are then equal to others."""


def _through(express: Express, narrow: Express, params: Params) -> dict[str, Any]:
    return express(narrow(params))


def _with_sides(sides: tuple[tuple[str, str], ...], params: Params) -> dict[str, Any]:
    return {**params, **{name: params[other] for name, other in sides}}


def _saying(subject: Subject, text: str) -> Subject:
    understood = subject.interface.understood
    texts = {part: f"{each}, {text}" if part == "forward" else each for part, each in understood.items()}
    return replace(subject, interface=replace(subject.interface, understood=texts))


ATTENTION = Dialect(
    name="attention",
    title="scaled_dot_product_attention(q, k, v, mask), with a backward or by autograd",
    names=tuple(dict.fromkeys([*PAIRS, *PAIRS.values()])),
    subjects=subjects,
)
