"""Softmax, LogSoftmax, LogSumExp, GELU and Max as ops, or as functions with a context, on a file's own tensors.

A softmax's logarithm is judged as the softmax that its exponential is. A logarithm of a sum of exponentials is judged
as a softplus, the sum over x and 0, and as a softmax loss, the sum over a row less the score of its label.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.calling.results import array_of, numbers
from gradcheck.calling.signature import Described, described, shown
from gradcheck.contract import Array, Arrays, Malformed, Subject, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.layers.loss import unignored
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import Express, Members, usual
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.inferred.words import words_of
from gradcheck.subjects.dialects.tensors.contexts import BOUND, context_in
from gradcheck.subjects.dialects.tensors.ops import CONTEXTS
from gradcheck.subjects.dialects.tensors.views import method, signature_without

AXES = ("axis", "axes", "dim", "dims")
"""What the argument is called that says over which axis: the last one is asked."""

NOISE = frozenset({"fn", "fun", "func", "function", "op", "my", "layer"})

LAST: Mapping[str, Callable[[int], Any]] = {
    "a number": lambda axis: axis,
    "a tuple": lambda axis: (axis,),
    "a tensor": lambda axis: np.array([float(axis)]),
    "a tensor without axes": lambda axis: np.array(float(axis)),
}
"""How an axis is passed."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """How one of these functions is a layer.

    Attributes
    ----------
    layer : str
        The layer.
    text : str
        What the report says of it.
    before : callable
        The layer's tensors -> what the function gets.
    after : callable
        What it got, its result, the layer's tensors -> the layer's output.
    up : callable
        The layer's upstream gradient, the function's result, the layer's tensors -> that of the function.
    down : callable
        The gradient of what it got, the layer's upstream gradient, the layer's tensors -> that of x.
    express : callable
        Parameters -> the nearest ones that can be asked of it.
    """

    layer: str
    text: str = ""
    before: Callable[[Arrays], Array] = lambda tensors: tensors["x"]
    after: Callable[[Array, Array, Arrays], Array] = lambda given, out, tensors: out
    up: Callable[[Array, Array, Arrays], Array] = lambda dout, out, tensors: dout
    down: Callable[[Array, Array, Arrays], Array] = lambda gradient, dout, tensors: gradient
    express: Express = dict


def _beside_zero(tensors: Arrays) -> Array:
    x = tensors["x"].reshape(-1)
    return np.stack([x, np.zeros_like(x)], axis=1)


def _with_labels(given: Array, out: Array, tensors: Arrays) -> Array:
    chosen = given[np.arange(len(given)), tensors["y"]]
    return np.asarray(np.mean(out.reshape(-1) - chosen), given.dtype)


def _less_the_label(gradient: Array, dout: Array, tensors: Arrays) -> Array:
    hot = np.eye(gradient.shape[1], dtype=gradient.dtype)[tensors["y"]]
    return gradient - hot * (dout / len(hot))


def _evenly(dout: Array, out: Array, tensors: Arrays) -> Array:
    return np.full(out.shape, dout / len(tensors["x"]), out.dtype)


def _planes(tensors: Arrays) -> Array:
    n, c, h, w = tensors["x"].shape
    return tensors["x"].reshape(n, c, h * w)


def _one_window(params: Params) -> dict[str, Any]:
    """Return parameters with a window that is the whole plane."""
    whole, none = (params["h"], params["w"]), ((0, 0), (0, 0))
    return {**params, "kernel": whole, "stride": whole, "pad": none, "dilation": (1, 1)}


FORMS: Mapping[str, tuple[Form, ...]] = {
    "softmax": (Form(layer="softmax"),),
    "logsoftmax": (
        Form(
            layer="softmax",
            text="its exponential is the layer",
            after=lambda given, out, tensors: np.exp(out),
            up=lambda dout, out, tensors: dout * np.exp(out),
        ),
    ),
    "logsumexp": (
        Form(
            layer="softplus",
            text="of x and 0 it is the layer",
            before=_beside_zero,
            after=lambda given, out, tensors: out.reshape(tensors["x"].shape),
            up=lambda dout, out, tensors: dout.reshape(out.shape),
            down=lambda gradient, dout, tensors: gradient[:, 0].reshape(tensors["x"].shape),
        ),
        Form(
            layer="softmax_loss",
            text="less the score of the label it is the layer, in the mean over the rows",
            after=_with_labels,
            up=_evenly,
            down=_less_the_label,
            express=unignored,
        ),
    ),
    "gelu": (Form(layer="gelu"),),
    "max": (
        Form(
            layer="max_pool2d",
            text="over the last axis it is the layer with one window for each plane",
            before=_planes,
            after=lambda given, out, tensors: out.reshape(*tensors["x"].shape[:2], 1, 1),
            up=lambda dout, out, tensors: dout.reshape(out.shape),
            down=lambda gradient, dout, tensors: gradient.reshape(tensors["x"].shape),
            express=_one_window,
        ),
    ),
}


@dataclass(frozen=True)
class Curve:
    """One of an author's functions: how it is called on arrays, and what its parts are called.

    `run` gets what it is of, and the axis or None; it returns a result and what `back` needs next to dout.
    """

    functions: Mapping[str, str]
    run: Callable[[Array, Any], Any]
    back: Callable[[Array, Any], Any]
    axis: str
    text: str


def kind_of(name: str) -> str | None:
    """Return which of these a class is named after."""
    word = "".join(each for each in words_of(name) if each not in NOISE)
    return word if word in FORMS else None


def subjects(members: Members, tensor: Any) -> Iterator[Subject]:
    """Yield the subjects of each op, and of each function with a context, that is named after one of these."""
    for name, value in members.items():
        kind = kind_of(name)
        declared = described(value) if kind is not None and callable(value) else Described()
        if kind is None or not declared.is_class:
            continue
        curves = list(_curves(members, name, declared, tensor))
        for form in FORMS[kind] if curves else ():
            yield from _best(form, curves)


def _curves(members: Members, name: str, declared: Described, tensor: Any) -> Iterator[Curve]:
    methods = set(declared.methods)
    if tensor is not None and {"compute", "gradient"} <= methods:
        axes = _axes(declared)
        if (
            axes is not None
            and len(signature_without(method(members, name, "compute"), "self").parameters) == 1
        ):
            yield _op(members, name, declared, tensor, axes)
    elif {"forward", "backward"} <= methods:
        bare = signature_without(method(members, name, "forward"), *BOUND)
        if bare.parameters and bare.parameters[0].name in CONTEXTS:
            inputs = replace(
                bare, signature=bare.signature and bare.signature.replace(parameters=bare.parameters[2:])
            )
            axes = _axes(inputs)
            for kind in (
                (tensor, None)
                if axes is not None and tensor is not None
                else (None,)
                if axes is not None
                else ()
            ):
                yield _function(members, name, kind, axes or ())


def _axes(declared: Described) -> tuple[str, ...] | None:
    """Return the arguments that say which axis is meant; None where another one has to be passed."""
    found = tuple(each.name for each in declared.parameters if each.name in AXES)
    needed = [
        each.name for each in declared.parameters if each.default is each.empty and each.name not in AXES
    ]
    return None if needed or len(found) > 1 else found


def _op(members: Members, name: str, declared: Described, tensor: Any, axes: Sequence[str]) -> Curve:
    def run(given: Array, axis: Any) -> Any:
        return members["own_op_called"](members[name], tensor, dict.fromkeys(axes, axis), (given,))

    def back(dout: Array, left: Any) -> Any:
        return members["own_op_gradient"]("gradient", dout, left)

    functions = {"forward": f"{name}.compute", "backward": f"{name}.gradient"}
    return Curve(
        functions,
        run,
        back,
        next(iter(axes), ""),
        f"{shown(name, declared.signature)} on the file's own tensors",
    )


def _function(members: Members, name: str, kind: Any, axes: Sequence[str]) -> Curve:
    context = context_in(members)
    whole = method(members, name, "forward")
    is_bound = bool(whole.parameters) and whole.parameters[0].name == "self"

    def run(given: Array, axis: Any) -> Any:
        made = (members[name], kind, context, is_bound, True)
        return members["own_function_called"](*made, (given, axis) if axes else (given,), {})

    def back(dout: Array, left: Any) -> Any:
        return members["own_function_backward"](dout, left)

    functions = {"forward": f"{name}.forward", "backward": f"{name}.backward"}
    where = "on arrays" if kind is None else "on the file's own tensors"
    return Curve(
        functions, run, back, next(iter(axes), ""), f"{shown(f'{name}.forward', whole.signature)} {where}"
    )


FLAT = {"softmax": "n4d5", "softplus": "n3d4", "softmax_loss": "n4c5", "gelu": "n3d4"} | {
    "max_pool2d": "n2c3h1w4_k1x4_s1x4_p0x0_d1x1"
}
DEEP = "n3d2x3x4"
ONLY_ROWS = "x of more than two axes: not accepted"
APPROXIMATE = ("none", "tanh")


def _best(form: Form, curves: Sequence[Curve]) -> Iterator[Subject]:
    """Yield the subject in the first way in which forward is the layer, or has its shape; none, if in no way."""
    geometry = BY_NAME[form.layer].cases.grammar.read(FLAT[form.layer])
    best: tuple[Agreement, Subject] | None = None
    for subject in _ways(form, curves):
        came = small_call(subject, geometry)
        if came.is_stub or came.forward is Agreement.RIGHT:
            yield _of_its_rank(subject) if form.layer == "softmax" else subject
            return
        if came.forward >= Agreement.SHAPED and best is None:
            best = came.forward, subject
    if best is not None and not (form.layer == "softmax" and _is_over_the_first_axis(best[1])):
        yield _flat(best[1]) if form.layer == "softmax" else best[1]


def _ways(form: Form, curves: Sequence[Curve]) -> Iterator[Subject]:
    for curve in curves:
        for how in _hows(curve.axis):
            found = [_subject(form, curve, how)]
            if form.layer == "gelu":
                found = sorted((_in_form(found[0], each) for each in APPROXIMATE), key=_distance)
            yield from found


def _hows(axis: str) -> Sequence[str]:
    """Return how an axis may be passed to an argument of a name, the likeliest first."""
    if axis in ("axes", "dims"):
        return sorted(LAST, key=lambda how: how != "a tuple")
    return tuple(LAST) if axis else ("",)


def _subject(form: Form, curve: Curve, how: str) -> Subject:
    said = ", ".join(each for each in (curve.text, form.text, how and f"the axis as {how}") if each)
    interface = usual(
        form.express, understood={"forward": said, "backward": f"{curve.functions['backward']}"}
    )
    return Subject(
        layer=BY_NAME[form.layer],
        functions=curve.functions,
        forward=partial(_call, form, curve, how),
        interface=replace(interface, lenient=interface.lenient | {"large"}),
    )


def _in_form(subject: Subject, approximate: str) -> Subject:
    express = subject.interface.express

    def expressed(params: Params) -> dict[str, Any]:
        return {**express(params), "approximate": approximate}

    return replace(subject, interface=replace(subject.interface, express=expressed))


def _distance(subject: Subject) -> float:
    """Return the smaller distance of a small call's output and of its gradient from the right ones.

    The two forms of a GELU differ by 5e-4, and one of the author's functions may be wrong.
    """
    case = subject.layer.case(FLAT["gelu"])
    case = case.but(params=subject.interface.express(case.params))
    tensors, dout = fill.tensors(case), fill.upstream(case)
    mine = subject.layer.ours.fast
    right, cache = mine.forward(*tensors.values(), **case.options)
    try:
        call: Any = subject.forward(case.params, tensors)
        out = _gap(call.outputs["out"], right)
        return min(out, _gap(call.backward(dout)["x"], mine.backward(dout, cache)))
    except SubjectError:
        return np.inf


def _gap(found: Any, right: Array) -> float:
    values = numbers(found)
    return (
        float(np.abs(values - right).max()) if values is not None and values.shape == right.shape else np.inf
    )


def _of_its_rank(subject: Subject) -> Subject:
    """Return a softmax that is asked for rows alone, if it is right for these only."""
    deep = small_call(subject, subject.layer.cases.grammar.read(DEEP))
    return subject if deep.forward is Agreement.RIGHT else _flat(subject)


def _flat(subject: Subject) -> Subject:
    express = subject.interface.express

    def expressed(params: Params) -> dict[str, Any]:
        return {**express(params), "dims": params["dims"][-1:]}

    own = replace(subject.interface, express=expressed, refused=(*subject.interface.refused, ONLY_ROWS))
    return replace(subject, interface=own)


def _is_over_the_first_axis(subject: Subject) -> bool:
    """Return whether it is a softmax of columns."""

    def forward(params: Params, tensors: Arrays) -> Any:
        call: Any = subject.forward(
            {**params, "n": params["dims"][0], "dims": (params["n"],)}, _turned(tensors)
        )
        return replace(call, outputs=_turned(call.outputs))

    turned = replace(subject, parts=("forward",), forward=forward)
    return small_call(turned, subject.layer.cases.grammar.read(FLAT["softmax"])).forward is Agreement.RIGHT


def _turned(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each.T if isinstance(each, np.ndarray) else each for name, each in tensors.items()}


def _call(form: Form, curve: Curve, how: str, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward on what the layer's x is for it."""
    name, given = curve.functions["forward"], form.before(tensors)
    axis = LAST[how](given.ndim - 1) if how else None

    def read(returned: Any) -> LocalCall:
        result, left = returned
        out = numbers(result)
        if out is None:
            return LocalCall(
                {"out": result}, tensors, partial(_gradients, form, curve, tensors, None, left), left
            )
        back = partial(_gradients, form, curve, tensors, out, left)
        return LocalCall({"out": _after(form, given, out, tensors)}, tensors, back, left)

    forward = partial(called, {name: curve.run}, name, given, axis)
    return forward_call(name, tensors, forward, read, partial(_gradients, form, curve, tensors, None, None))


def _after(form: Form, given: Array, out: Array, tensors: Arrays) -> Any:
    """Return the layer's output; a result of another size as it is."""
    sizes = {"softplus": len(given), "softmax_loss": len(given)}.get(form.layer)
    if sizes is not None and out.size != sizes:
        return out
    with np.errstate(all="ignore"):
        return form.after(given, out, tensors)


def _gradients(
    form: Form, curve: Curve, tensors: Arrays, out: Array | None, left: Any, dout: Array
) -> dict[str, Any]:
    """Call backward, which may return a gradient for the axis, too."""
    name = curve.functions["backward"]
    if out is None:
        raise Malformed(f"{name} waits for an output of forward")
    with np.errstate(all="ignore"):
        upstream = np.asarray(form.up(dout, out, tensors), dtype=dout.dtype)
    returned = called({name: curve.back}, name, upstream, left)
    first = returned[0] if isinstance(returned, tuple | list) and returned else returned
    gradient = array_of(f"{name}'s result", first, form.before(tensors).shape)
    with np.errstate(all="ignore"):
        return {"x": form.down(gradient, dout, tensors)}
