"""Attention as a module on a file's own tensors: MultiHeadAttention().forward(q, k, v), without parameters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, guarded
from gradcheck.calling.signature import described, shown
from gradcheck.contract import Array, Arrays, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.attention.masks import role
from gradcheck.subjects.dialects.dialect import Members, usual
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.tensors.cells import BACK
from gradcheck.subjects.dialects.tensors.views import method, signature_without

LAYER = "scaled_dot_product_attention"
NAMES = (
    "MultiHeadAttention",
    "MultiheadAttention",
    "SelfAttention",
    "Attention",
    "ScaledDotProductAttention",
)
CAUSAL = ("causal", "is_causal")
DROPOUT = ("dropout", "dropout_p", "drop", "p")

HEADED, FLAT = "n2h3s4t5d4e2", "n2s4t5d4e2"
AS_WIDE = "values of another width than the keys: not accepted"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a module is called: the names of its options, whether it has heads, and how one goes back on its tape."""

    name: str
    causal: str
    dropout: str
    has_heads: bool = True
    is_as_wide: bool = False
    how: str = "tensor"

    def express(self, params: Params) -> dict[str, Any]:
        """Return the nearest parameters that it can express: no mask but a causal one."""
        order = params["order"] if self.causal else "any"
        heads = max(1, params["heads"]) if self.has_heads else 0
        found = {**params, "masking": "none", "order": order, "heads": heads}
        return {**found, "e": found["d"]} if self.is_as_wide else found


def subjects(members: Members, tensor: Any) -> Iterator[Subject]:
    """Yield a subject for each module that is named so, holds no parameters, and takes queries, keys and values."""
    for name in NAMES:
        declared = described(members[name]) if callable(members.get(name)) else None
        if declared is None or not declared.is_class or "backward" in declared.methods:
            continue
        inputs = signature_without(method(members, name, "forward"), "self").parameters
        needed = [each for each in declared.parameters if each.default is each.empty]
        roles = [role(each.name) for each in inputs if each.default is each.empty]
        if roles == ["q", "k", "v"] and not needed and _is_bare(members, name, tensor):
            options = [each.name for each in declared.parameters]
            plan = Plan(name=name, causal=_first(options, CAUSAL), dropout=_first(options, DROPOUT))
            yield from _best(plan, members, tensor)


def _first(names: Sequence[str], wanted: Sequence[str]) -> str:
    return next((each for each in names if each in wanted), "")


def _is_bare(members: Members, name: str, tensor: Any) -> bool:
    """Return whether a module holds no parameters: others are more than the layer."""
    try:
        found = guarded(name, members["own_module_parameters"], members[name], tensor, {})
        return isinstance(found, tuple) and len(found) == 2 and not len(guarded(name, list, found[0]))
    except SubjectError:
        return False


def _best(plan: Plan, members: Members, tensor: Any) -> Iterator[Subject]:
    """Yield the subject in the first way that is right, or that fits; none, if no way does."""
    best: tuple[tuple[int, int], Subject] | None = None
    ways = (
        replace(plan, has_heads=has_heads, is_as_wide=wide, how=how)
        for has_heads in (True, False)
        for wide in (False, True)
        for how in BACK
    )
    for way in ways:
        subject = _subject(way, members, tensor)
        geometry = HEADED if way.has_heads else FLAT
        came = small_call(subject, subject.layer.cases.grammar.read(geometry))
        if came.forward >= Agreement.SHAPED and (best is None or came.rank > best[0]):
            best = came.rank, subject
        if came.is_stub or came.rank == (Agreement.RIGHT, Agreement.RIGHT):
            break
    if best is not None:
        yield best[1]


def _subject(plan: Plan, members: Members, tensor: Any) -> Subject:
    made = shown(plan.name, described(members[plan.name]).signature)
    interface = usual(
        plan.express,
        understood={
            "forward": f"{plan.name}.forward (made as {made})",
            "backward": f"{plan.name}.forward: its gradient, as the tensors recorded it",
        },
        refused=(AS_WIDE,) if plan.is_as_wide else (),
    )
    return Subject(
        layer=BY_NAME[LAYER],
        functions=dict.fromkeys(("forward", "backward"), f"{plan.name}.forward"),
        forward=partial(_called, plan, members, tensor),
        interface=replace(interface, lenient=interface.lenient | {"large"}),
    )


def _called(plan: Plan, members: Members, tensor: Any, params: Params, tensors: Arrays) -> LocalCall:
    name = f"{plan.name}.forward"
    made = {plan.causal: params["order"] == "causal", plan.dropout: 0.0}
    options = {option: value for option, value in made.items() if option}
    inputs = tuple(tensors[each] for each in "qkv")

    def read(returned: Any) -> LocalCall:
        out, *_, tape = returned
        return LocalCall({"out": out}, tensors, partial(_gradients, plan, members, tape), tape)

    run = partial(members["own_cell_called"], members[plan.name], tensor, options, {}, inputs, False)
    forward = partial(called, {name: run}, name)
    return forward_call(name, tensors, forward, read, partial(_gradients, plan, members, None))


def _gradients(plan: Plan, members: Members, tape: Any, dout: Array) -> dict[str, Any]:
    returned = called(members, "own_cell_backward", plan.how, (np.asarray(dout),), tape)
    return dict(zip("qkv", returned, strict=False))
