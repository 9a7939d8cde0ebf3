"""Attention as plain functions: scaled_dot_product_attention(q, k, v, mask), on arrays or on PyTorch's tensors.

EECS 498 has forwards alone, on tensors, whose mask is True where a key is hidden. Which masks a file takes is tried.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall
from gradcheck.contract import Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import FunctionPair, Value, parameters_of
from gradcheck.subjects.dialects.attention.masks import MASKS, role, seen
from gradcheck.subjects.dialects.attention.one_sample import OneSample
from gradcheck.subjects.dialects.cs231n.recurrent import chosen
from gradcheck.subjects.dialects.dialect import Express, Members, not_judged
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.inferred.words import role_of

LAYER = "scaled_dot_product_attention"
CAUSAL = ("causal_attention", "causal_self_attention", "causal_dot_product_attention", "causal_sdpa")
STEMS = (LAYER, "sdpa", "dot_product_attention", "attention", *CAUSAL)
PAIRS: Mapping[str, str] = {
    **{f"{stem}{end}": f"{stem}_backward" for stem in STEMS for end in ("", "_forward")},
    "scaled_dot_product_no_loop_batch": "scaled_dot_product_no_loop_batch_backward",
    "scaled_dot_product_two_loop_batch": "scaled_dot_product_two_loop_batch_backward",
    "scaled_dot_product_two_loop_single": "scaled_dot_product_two_loop_single_backward",
}
"""What forward may be called, and the backward next to it."""

ENDINGS = ("_backward", "_bwd", "_grad", "_backprop")
"""What the name of a backward ends with, the usual one first."""

MASKED, HEADED, FLAT = "n2s3t4d4e2_msome", "n2h2s3t4d3e2", "n2s3t4d4e2"
SHARED = "n2s3t4d4e2_mshared"

SAME_FOR_ALL = {"some": "shared", "tail": "shared"}
ONE_EACH = {"shared": "some", "all": "some"}


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each function that takes queries, keys and values."""
    return tuple(_subjects(members))


def _subjects(members: Members) -> Iterator[Subject]:
    for forward, backward in PAIRS.items():
        roles = [role(name) for name in parameters_of(members, forward)]
        if roles[:3] == ["q", "k", "v"]:
            yield from _parts(forward, _as_named(backward, members), "mask" in roles[3:4], members)


def _as_named(backward: str, members: Members) -> str:
    """Return what a backward is called in a file: with another ending where there is none with the usual one."""
    stem = backward.removesuffix("_backward")
    return next((f"{stem}{end}" for end in ENDINGS if callable(members.get(f"{stem}{end}"))), backward)


def _parts(forward: str, backward: str, takes_mask: bool, members: Members) -> Iterator[Subject]:
    """Yield the subject; a backward whose call is not known by itself, with the reason."""
    subject = _subject(forward, backward, takes_mask, members)
    why = subject.interface.misfit.get("backward")
    if why is None or "forward" in subject.interface.misfit:
        yield subject
        return
    alone = {name: value for name, value in members.items() if name != backward}
    names = {"forward": forward, "backward": backward}
    yield replace(_subject(forward, backward, takes_mask, alone), parts=("forward",), functions=names)
    yield not_judged(subject.layer, names, {"backward": why}, parts=("backward",))


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
    return _refusing(_expressing(subject, expressed), refused)


@dataclass(frozen=True)
class Shape:
    """What a function takes: extents that are equal to others, and one sample without a batch, or not.

    `is_causal` says whether it hides the keys that come after a query by itself.
    """

    sides: tuple[tuple[str, str], ...] = ()
    is_single: bool = False
    refused: tuple[str, ...] = ()
    is_causal: bool = False

    def express(self, takes_mask: bool, params: Params) -> dict[str, Any]:
        """Return the nearest parameters: a causal mask where it has its own, and no mask at all where none is taken."""
        order = "causal" if self.is_causal else "any"
        found = {**params, "order": order, **({} if takes_mask else {"masking": "none"})}
        if self.is_single:
            found |= {"n": 1, "heads": 0}
        return {**found, **{name: found[other] for name, other in self.sides}}


AS_WIDE, AS_MANY = (("e", "d"),), (("t", "s"),)
SIDES: Mapping[tuple[tuple[str, str], ...], tuple[str, ...]] = {
    (): (),
    AS_WIDE: ("values of another width than the keys: not accepted",),
    (*AS_WIDE, *AS_MANY): ("more keys than queries, or fewer: not accepted",),
}
"""Which extents are equal to others, and what is then not accepted."""

SHAPES = tuple(
    Shape(sides, is_single, (*refused, *(("a batch, and heads: not accepted",) if is_single else ())))
    for is_single in (False, True)
    for sides, refused in SIDES.items()
)


IN_ORDER = tuple(
    replace(each, sides=(*each.sides, *AS_MANY), is_causal=True)
    for each in SHAPES
    if AS_MANY[0] not in each.sides
)
"""Those of a function that is causal by itself: it has as many keys as queries."""


def _called_with(forward: str, backward: str, mask: Value | None, members: Members) -> Subject:
    """Return the subject whose mask is passed in one way, or which takes none.

    Of the shapes that it may be written for, it is the first for which its output is the layer's; otherwise the first
    for which its output has the right shape: what it computes of it, right or wrong, is judged. What gives such an
    output for a batch is not taken for code of one sample.
    """
    best: tuple[Agreement, Subject] | None = None
    for shape in IN_ORDER if forward.startswith("causal") else SHAPES:
        if shape.is_single and best is not None and best[0] >= Agreement.SHAPED:
            break
        subject = _of_shape(shape, forward, backward, mask, members)
        if subject.interface.misfit:
            return subject
        came = _came(subject, subject.interface.express(BY_NAME[LAYER].cases.grammar.read(FLAT)))
        if came is Agreement.RIGHT:
            return subject
        if best is None or (came > best[0] and came >= Agreement.SHAPED):
            best = came, subject
    assert best is not None, "there is a shape"
    return best[1]


def _of_shape(shape: Shape, forward: str, backward: str, mask: Value | None, members: Members) -> Subject:
    names = parameters_of(members, forward)
    sources: tuple[Value, ...] = ("q", "k", "v", *(() if mask is None else (mask,)))
    pair = (OneSample if shape.is_single else FunctionPair)(
        layer=LAYER,
        forward=forward,
        backward=backward,
        arguments=dict(zip(names, sources, strict=False)),
        back_arguments=_back(parameters_of(members, backward), mask),
        express=partial(shape.express, mask is not None),
    )
    if not callable(members.get(backward)):
        return _refusing(chosen(pair, members), *shape.refused)
    known = pair.subject(members, _never)
    if known.interface.misfit:
        return known
    found = chosen(pair, {**members, forward: partial(_with_cache, members[forward])})
    texts = {
        part: text.replace(f"{forward}(*arguments)", known.interface.understood["forward"])
        for part, text in found.interface.understood.items()
    }
    read = replace(found.interface, understood=texts, unpassed=known.interface.unpassed)
    return _refusing(replace(found, interface=read), *shape.refused)


def _never(params: Params, tensors: Arrays) -> LocalCall:
    raise AssertionError("what only its signature is read of is never called")


def _back(names: tuple[str, ...], mask: Value | None) -> dict[str, Value]:
    """Return what backward is passed: the cache, or the inputs by their names."""
    usual: dict[str, Value] = {"dout": "dout", "cache": "cache"}
    roles = [role(name) for name in names[1:]]
    if len(names) < 4 or None in roles or not _is_upstream(names[0]):
        return usual
    known = {"mask": mask or seen}
    return {names[0]: "dout", **{n: known.get(str(r), str(r)) for n, r in zip(names[1:], roles, strict=True)}}


def _is_upstream(name: str) -> bool:
    """Return whether a name is that of an upstream gradient: dout, grad, or dO of an output O."""
    return role_of(name, ["dout"]) is not None or name.lower() in ("do", "dy", "dz")


def _with_cache(forward: Callable[..., Any], *arguments: Any) -> Any:
    """Return the output, and what comes last besides it: a cache, or the weights."""
    returned = forward(*arguments)
    if returned is None:
        return None
    return (
        (returned[0], returned[-1]) if isinstance(returned, tuple) and len(returned) > 1 else (returned, None)
    )


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

    text = "heads: always there" if headed else "heads: not accepted"
    return _refusing(_expressing(subject, expressed), text)


def _expressing(subject: Subject, express: Express) -> Subject:
    return replace(subject, interface=replace(subject.interface, express=express))


def _refusing(subject: Subject, *refused: str) -> Subject:
    """Return the subject with what the report says that it is not asked."""
    refusals = (*subject.interface.refused, *refused)
    return replace(subject, interface=replace(subject.interface, refused=refusals))


def _saying(subject: Subject, text: str) -> Subject:
    understood = subject.interface.understood
    texts = {part: f"{each}, {text}" if part == "forward" else each for part, each in understood.items()}
    return replace(subject, interface=replace(subject.interface, understood=texts))
