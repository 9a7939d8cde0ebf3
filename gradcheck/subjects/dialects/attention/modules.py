"""Attention as PyTorch's modules: SelfAttention(dim_in, dim_q, dim_v), MultiHeadAttention(embed_dim, num_heads).

What the constructor takes and what the parameters are for follows from their names. A module without a projection of
its output is judged as scaled_dot_product_attention or as multi_head_attention, with selections or ones in its place.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, guarded
from gradcheck.calling.signature import Described, described, shown
from gradcheck.contract import Array, Arrays, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import called, forward_call, spelled
from gradcheck.subjects.dialects.attention.masks import OF_MODULES, Mask, masked, role, whole
from gradcheck.subjects.dialects.attention.naming import Held, extents_of, held
from gradcheck.subjects.dialects.dialect import Members, not_judged, usual
from gradcheck.subjects.dialects.general import is_torch
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call

NAMES = (
    "SelfAttention",
    "MultiHeadAttention",
    "MultiheadAttention",
    "MultiHeadSelfAttention",
    "MultiHeadedAttention",
    "Attention",
    "AttentionHead",
    "SingleHeadAttention",
    "CrossAttention",
    "ScaledDotProductAttention",
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a module is called as a layer.

    Attributes
    ----------
    name : str
        Its class.
    made : mapping
        Argument of the constructor -> what it is, of `EXTENTS`.
    parameters : tuple of Held
        What it holds.
    mask : Mask, optional
        How it takes masks.
    is_turned : bool
        Whether weights are (in, out), as the layer's are; those of nn.Linear are (out, in).
    takes_one : bool
        Whether its forward takes one tensor, which looks at itself.
    is_causal : bool
        Whether it hides the keys that come after a query by itself.
    """

    name: str
    made: Mapping[str, str]
    parameters: tuple[Held, ...]
    mask: Mask | None = None
    is_turned: bool = False
    takes_one: bool = False
    is_causal: bool = False

    @property
    def has_heads(self) -> bool:
        """Whether it can have several heads."""
        return "heads" in self.made.values()

    @property
    def missing(self) -> tuple[str, ...]:
        """The layer's parameters that it does not hold."""
        found = {each.ours for each in self.parameters}
        return tuple(
            f"{kind}{letter}" for letter in "qkvo" for kind in "Wb" if f"{kind}{letter}" not in found
        )

    @property
    def is_bare(self) -> bool:
        """Whether its output has no projection, and keys and values have widths of their own."""
        return {"keys", "values"} <= set(self.made.values()) and "Wo" in self.missing and not self.has_heads

    @property
    def lacks_output(self) -> bool:
        """Whether the layer's projection of the output has to follow it."""
        return "Wo" in self.missing and not self.is_bare

    @property
    def layer(self) -> str:
        """What it is judged as."""
        return "scaled_dot_product_attention" if self.is_bare else "multi_head_attention"

    def held(self, params: Params) -> tuple[Held, ...]:
        """Return what it holds that is made for some parameters, the heads in their order."""
        if not self.has_heads:
            return self.parameters
        shared = [each for each in self.parameters if each.head is None]
        first = [each for each in self.parameters if each.head == 0]
        return (*shared, *(each.of(head) for head in range(params["heads"]) for each in first))

    def express(self, params: Params) -> dict[str, Any]:
        """Return the nearest parameters that it can express."""
        found = {**params, "order": "causal" if self.is_causal else "any"}
        if self.is_bare:
            found["heads"] = 0
        elif not self.has_heads:
            found |= {"heads": 1, "d": params["heads"] * params["d"]}
        if self.takes_one or self.is_causal:
            found["t"] = found["s"]
        return masked(found, self.mask)


def subjects(members: Members) -> Iterator[Subject]:
    """Yield a subject for each module that is called like one, and takes queries, keys and values."""
    if not any(callable(members.get(name)) for name in NAMES) or not is_torch(members):
        return
    for name in NAMES:
        declared = described(members[name]) if callable(members.get(name)) else Described()
        if declared.is_class and "forward" in declared.methods and "Module" in declared.bases:
            found = _planned(name, declared, members)
            yield _not_judged(name, found) if isinstance(found, str) else _chosen(found, declared, members)


def _not_judged(name: str, why: str) -> Subject:
    return not_judged(BY_NAME["multi_head_attention"], _functions(name), {"forward": f"{name}: {why}"})


def _functions(name: str) -> dict[str, str]:
    return dict.fromkeys(("forward", "backward"), f"{name}.forward")


def _planned(name: str, declared: Described, members: Members) -> tuple[Plan, bool] | str:
    """Return how a module is made and whether it takes a mask, or why it cannot be judged."""
    made = extents_of(declared)
    if isinstance(made, str):
        return made
    arguments = _forward_arguments(members[name])
    inputs = [role(each.name) for each in arguments]
    takes_one = inputs[:1] == [None]
    if inputs[:3] != ["q", "k", "v"] and not takes_one:
        return "its forward takes neither queries, keys and values nor one tensor"
    rest = arguments[1 if takes_one else 3 :]
    takes_mask = inputs[len(arguments) - len(rest) :][:1] == ["mask"]
    needed = [each.name for each in rest[int(takes_mask) :] if each.default is each.empty]
    if needed:
        return f"what its forward's argument {needed[0]} is for is not known"
    try:
        small = {each: SMALL.get(role, 0) for each, role in made.items()}
        paths = guarded(name, members["torch_module_parameters"], members[name], (), small)
        found = [held(path) for path in guarded(name, list, paths[0]) if isinstance(path, str)]
    except SubjectError as problem:
        return f"it could not be made: {problem}"
    if None in found:
        return "what its parameters are for is not known by their names"
    plan = Plan(name=name, made=made, parameters=tuple(each for each in found if each), takes_one=takes_one)
    lacking = [each for each in plan.missing if each in ("Wq", "Wk", "Wv")]
    if lacking or len(set(found)) != len({(e.ours, e.head) for e in plan.parameters}):
        return "it does not hold one projection each for queries, keys and values"
    return plan, takes_mask


SMALL = {"width": 4, "heads": 2, "keys": 2, "values": 2, "each": 2}


def _forward_arguments(owner: Any) -> tuple[inspect.Parameter, ...]:
    try:
        forward = described(guarded("", getattr, owner, "forward"))
    except SubjectError:
        return ()
    return tuple(each for each in forward.parameters if each.name != "self")


def _chosen(found: tuple[Plan, bool], declared: Described, members: Members) -> Subject:
    """Return the subject in the first way in which it gives the layer's output with a mask, else in a way that fits."""
    first, takes_mask = found
    turned = (first, replace(first, is_turned=True))
    tried = (*turned, *(replace(plan, is_causal=True) for plan in turned))
    plan, subject, came, problem = _best(tried, declared, members)
    if came < Agreement.SHAPED and ("its tensor has shape" in problem or came is Agreement.REFUSED):
        return _not_judged(plan.name, f"its parameters have other shapes than the layer's: {problem}")
    if came is not Agreement.RIGHT and any(
        _takes_time_first(_subject(plan, declared, members)) for plan in turned
    ):
        return _not_judged(plan.name, "it takes sequences as (T, N, E), and the layer as (N, T, E)")
    if not takes_mask or came < Agreement.SHAPED:
        return subject
    return _best(tuple(replace(plan, mask=mask) for mask in OF_MODULES), declared, members)[1]


def _takes_time_first(subject: Subject) -> bool:
    """Return whether the output is the layer's if samples and steps are exchanged."""

    def forward(params: Params, tensors: Arrays) -> Any:
        call: Any = subject.forward(params, _exchanged(tensors))
        out = call.outputs["out"]
        turned = np.swapaxes(out, 0, 1) if isinstance(out, np.ndarray) and out.ndim == 3 else out
        return replace(call, outputs={"out": turned}, observed=_exchanged(call.observed))

    turned = replace(subject, parts=("forward",), forward=forward)
    params = subject.layer.cases.grammar.read(MASKED[subject.layer.name])
    return small_call(turned, params).forward is Agreement.RIGHT


def _exchanged(tensors: Arrays) -> Arrays:
    return {name: np.swapaxes(each, 0, 1) if each.ndim == 3 else each for name, each in tensors.items()}


def _best(
    plans: Sequence[Plan], declared: Described, members: Members
) -> tuple[Plan, Subject, Agreement, str]:
    """Return the first plan for which the output is the layer's, or that fits best, and what came of it."""
    best: tuple[Plan, Subject, Agreement, str] | None = None
    for plan in plans:
        subject = _subject(plan, declared, members)
        came = small_call(subject, subject.layer.cases.grammar.read(MASKED[plan.layer]))
        if best is None or came.forward > best[2]:
            best = plan, subject, came.forward, came.problem
        if came.forward is Agreement.RIGHT:
            break
    assert best is not None, "there is a plan"
    return best


MASKED = {"scaled_dot_product_attention": "n2s3t4d4e2_msome", "multi_head_attention": "n3h2s4t5d3_msome"}
"""Layer -> a geometry with a mask, in which every axis has an extent of its own."""


def _subject(plan: Plan, declared: Described, members: Members) -> Subject:
    layer, made = BY_NAME[plan.layer], shown(plan.name, declared.signature)
    mask = "" if plan.mask is None else f", {plan.mask}"
    text = f"{plan.name}.forward, made as {made}, backward by autograd{mask}"
    absent = () if plan.is_bare else plan.missing
    inputs = ("query", "key", "value") if plan.takes_one and not plan.is_bare else ()
    returns = frozenset(layer.shapes.differentiable) - set(absent) - set(inputs)
    return Subject(
        layer=layer,
        functions=_functions(plan.name),
        forward=partial(_call, plan, members),
        interface=usual(
            plan.express,
            understood={"forward": text},
            returns=returns if absent or inputs else None,
            refused=_refused(plan),
            spoken=partial(_spoken, plan),
        ),
    )


def _refused(plan: Plan) -> tuple[str, ...]:
    """Return what the report says that a module is not asked."""
    if plan.is_bare:
        return ("projections that are more than a choice of features",)
    own = [name for name in plan.missing if name.startswith("W") or f"W{name[1]}" not in plan.missing]
    found = [f"{', '.join(own)}: not there"] if own else []
    return (*found, *(("the gradient of its input",) if plan.takes_one else ()))


def _made_with(plan: Plan, params: Params) -> dict[str, Any]:
    """Return what the constructor is passed."""
    heads, d = max(1, params["heads"]), params["d"]
    if plan.is_bare:
        extents = {"width": 2 * d + params["e"], "keys": d, "values": params["e"]}
    else:
        extents = {"width": heads * d, "heads": heads, "keys": d, "values": d, "each": d}
    return {name: extents.get(what, 0.0) for name, what in plan.made.items()}


def _spoken(plan: Plan, params: Params, tensors: Arrays) -> str:
    """Return a call as its author would write it."""
    inputs = dict(zip(("query", "key", "value"), _inputs(plan, params, tensors), strict=False))
    made = ", ".join(f"{name}={value}" for name, value in _made_with(plan, params).items())
    return f"{plan.name}({made}){spelled('', inputs)}"


def _inputs(plan: Plan, params: Params, tensors: Arrays) -> tuple[Array, ...]:
    """Return queries, keys and values; without projections each has features of its own, and zeros for the others'."""
    if plan.takes_one:
        return (tensors["query"],)
    if not plan.is_bare:
        return tensors["query"], tensors["key"], tensors["value"]
    wide = []
    for name, columns in _columns(params).items():
        values = tensors[name]
        padded = np.zeros((*values.shape[:-1], 2 * params["d"] + params["e"]), values.dtype)
        padded[..., columns] = values
        wide.append(padded)
    return tuple(wide)


def _columns(params: Params) -> dict[str, slice]:
    d, e = params["d"], params["e"]
    return {"q": slice(0, d), "k": slice(d, 2 * d), "v": slice(2 * d, 2 * d + e)}


def _weights(plan: Plan, params: Params, tensors: Arrays) -> dict[str, Array]:
    """Return what is put into each parameter."""
    found = {}
    for each in plan.held(params):
        if plan.is_bare:
            values = _selection(each, params, tensors["q"].dtype)
        else:
            values = tensors[each.ours]
            if plan.has_heads and each.head is not None:
                values = values[..., _of_head(each, params)]
        found[each.path] = values.T if values.ndim == 2 and not plan.is_turned else values
    return found


def _of_head(each: Held, params: Params) -> slice:
    assert each.head is not None, "only heads have parts"
    return slice(each.head * params["d"], (each.head + 1) * params["d"])


def _selection(each: Held, params: Params, dtype: Any) -> Array:
    """Return the weights (in, out) that choose the features of queries, keys or values; a bias of zeros."""
    columns = _columns(params)[each.letter]
    chosen = np.eye(2 * params["d"] + params["e"], dtype=dtype)[:, columns]
    return np.zeros(chosen.shape[1], dtype) if each.is_bias else chosen


def _call(plan: Plan, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Make the module, put the weights into it, and call it."""
    inputs = _inputs(plan, params, tensors)
    count = len(inputs)
    passed: tuple[Any, ...] = inputs
    if plan.mask is not None:
        passed = (*inputs, plan.mask.passed(whole(tensors)) if "mask" in tensors else None)
    weights, made = _weights(plan, params, tensors), _made_with(plan, params)
    name = f"{plan.name}.forward"
    absent = _absent(plan, tensors)

    def read(returned: Any) -> LocalCall:
        out, graph = returned
        back = partial(_gradients, plan, members, params, graph)
        call = LocalCall({"out": out}, tensors, back, graph, observed=absent)
        return _projected(call, tensors) if plan.lacks_output else call

    run = partial(members["torch_module_called"], members[plan.name], (), made, weights, False, passed)
    forward = partial(called, {name: run}, name, tuple(range(count)))
    return forward_call(name, tensors, forward, read, partial(_gradients, plan, members, params, None))


def _projected(call: LocalCall, tensors: Arrays) -> LocalCall:
    """Return the call of a module without a projection of its output, followed by that of the layer."""
    out, Wo, bo = call.outputs["out"], tensors["Wo"], tensors["bo"]
    if not isinstance(out, np.ndarray) or out.ndim != 3 or out.shape[-1] != len(Wo):
        return call
    with np.errstate(all="ignore"):
        projected = out @ Wo + bo
    return replace(call, outputs={"out": projected}, backward=lambda dout: call.backward(dout @ Wo.T))


def _absent(plan: Plan, tensors: Arrays) -> Arrays:
    """Return what stands in the place of the layer's parameters that a module does not hold: it changes nothing."""
    if plan.is_bare:
        return {}
    ours = ("Wo", "bo") if plan.lacks_output else ()
    found = {name: np.zeros_like(tensors[name]) for name in plan.missing if name not in ours}
    if plan.takes_one:
        found |= {"key": tensors["query"], "value": tensors["query"]}
    return found


def _gradients(plan: Plan, members: Members, params: Params, graph: Any, dout: Array) -> dict[str, Any]:
    """Return what autograd gives, in the layer's terms."""
    returned = called(members, "torch_backward", dout, graph)
    count = 1 if plan.takes_one else 3
    parameters = plan.held(params)
    of_inputs, of_weights = returned[:count], dict(zip(parameters, returned[count:], strict=False))
    if plan.is_bare:
        columns = _columns(params)
        return {name: _part(each, columns[name]) for name, each in zip("qkv", of_inputs, strict=False)}
    found = dict(zip(("query", "key", "value"), of_inputs, strict=False))
    for name in {each.ours for each in parameters}:
        found[name] = _joined([of_weights.get(each) for each in parameters if each.ours == name], plan)
    return found


def _part(values: Any, columns: slice) -> Any:
    return values[..., columns] if isinstance(values, np.ndarray) else values


def _joined(parts: Sequence[Any], plan: Plan) -> Any:
    """Return the gradient of the weights of all heads; None where one of them has none."""
    if not all(isinstance(each, np.ndarray) for each in parts):
        return None
    turned = [each.T if each.ndim == 2 and not plan.is_turned else each for each in parts]
    return np.concatenate(turned, axis=-1)
