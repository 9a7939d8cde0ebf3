"""Derivatives beyond backward: double backward, forward mode, and both under a batch axis."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from gradcheck.contract import Array, Arrays, Function, Malformed, SubjectError
from gradcheck.evidence.compare import Difference, difference
from gradcheck.functions.findings import allowance, complaint, in_plain_words, wrong
from gradcheck.functions.judging import judge, judged_gradient
from gradcheck.functions.outputs import Outputs, Run, numbers_of
from gradcheck.functions.pair import Functions, read
from gradcheck.functions.trees import values_of
from gradcheck.report import Finding, Verdict
from gradcheck.text import one_line

__tracebackhide__ = True


# Second order.


def second(functions: Functions, double_backward: Function | None, run: Run, dout: Array) -> Functions:
    """Return backward as a function of dout and the inputs, with its own backward: the double backward."""
    cotangents = [] if functions.is_fused else run.outputs.cotangents(dout, functions.unused)
    names = _names(cotangents, functions.inputs)
    given = {name: value for name, value in zip(names, cotangents, strict=True) if value is not None}
    if functions.framework is not None:
        douts = [name if value is not None else None for name, value in zip(names, cotangents, strict=True)]
        inputs: dict[str, Any] = {**given, **functions.inputs}
        gradient = functions.framework.gradient_of(_plain(functions), list(functions.tensors), douts)
        forward = _by_keywords(lambda values: gradient(values))
        backward = None
    else:
        inputs = {**given, **functions.inputs}
        forward, backward = _by_keywords(_backward_of(functions, names)), double_backward
    return Functions(
        forward,
        backward,
        inputs,
        wrt=(*given, *functions.tensors),
        framework=functions.framework,
        is_exact=True,
        called=f"{functions.name} (double backward)" if backward is None else None,
    )


def _names(cotangents: Sequence[Any], inputs: Mapping[str, Any]) -> list[str]:
    stem = "dout" if "dout" not in inputs else "upstream"
    return [stem] if len(cotangents) == 1 else [f"{stem}{number}" for number in range(len(cotangents))]


def _plain(functions: Functions) -> Callable[[Mapping[str, Any]], list[Any]]:
    """Return a framework's forward that leaves out inputs that are not its own."""
    return lambda values: functions.evaluate({name: values[name] for name in functions.inputs})


def _by_keywords(function: Callable[[dict[str, Any]], Any]) -> Function:
    def forward(**values: Any) -> Any:
        return function(values)

    return forward


def _backward_of(functions: Functions, names: Sequence[str]) -> Callable[[dict[str, Any]], Any]:
    """Return backward as a function of cotangents and inputs: its gradients, then what a double backward may take."""

    def forward(values: dict[str, Any]) -> Any:
        inputs = {name: values[name] for name in functions.inputs}
        returned = functions.results(inputs)
        if functions.is_fused:
            return (_gradients(functions, returned[1]),)
        assert functions.backward is not None
        tree, rest, cache = functions.reading.split(returned)
        outputs = Outputs(tree)
        douts = outputs.tree_of([values.get(name) for name in names])
        found = functions.backward(*functions.reading.arguments(douts, rest, cache, inputs))
        # A list, so that a double backward may be passed dout and the cache, as well as the inputs.
        return (_gradients(functions, found), *values_of(douts), *([cache] if rest else []))

    return forward


def _gradients(functions: Functions, returned: Any) -> Any:
    found = list(functions.raw_gradients(returned).values())
    return found[0] if len(found) == 1 else tuple(found)


def second_order(
    functions: Functions, double_backward: Function | None, run: Run, dout: Array, rng: np.random.Generator
) -> list[Finding]:
    """Return all findings on the double backward."""
    doubled = second(functions, double_backward, run, dout)
    if double_backward is not None:
        doubled = read(doubled, 1)
    check, words = "double backward", f"{functions.name}, double backward"
    try:
        found = judge(doubled, None, rng).findings
    except RuntimeError as problem:
        if functions.framework is None:
            raise
        return [complaint(check, f"{words}: the framework has none: {problem}", Verdict.ERROR)]
    return [renamed(finding, check, words) for finding in found]


def renamed(finding: Finding, check: str, words: str) -> Finding:
    """Return a finding as that of another check, which its message names."""
    return msgspec.structs.replace(finding, check=check, message=one_line(f"{words}: {finding.message}"))


# Forward mode.


@dataclass(frozen=True)
class Along:
    """The output along a direction, as a function of one number `t` at 1; its derivative there is what a jvp returns.

    The step is a share of `t`, and so a share of each entry: the direction is as large as the inputs.
    """

    functions: Functions
    direction: Arrays
    tangent_of: Callable[[Arrays], Array]
    t: str = "t"

    @cached_property
    def tensors(self) -> Arrays:
        """The number `t`, in the widest dtype of the inputs, and the inputs themselves."""
        kind = np.result_type(*self.functions.tensors.values())
        return {self.t: np.ones(1, kind), **self.functions.tensors}

    @cached_property
    def eps(self) -> dict[str, float]:
        """The spacing of 1.0 in the coarsest dtype of the inputs, and in that of each."""
        return {self.t: max(self.functions.eps.values()), **self.functions.eps}

    @cached_property
    def extremes(self) -> dict[str, tuple[float, float]]:
        """The smallest number above 0 and the largest one in these dtypes."""
        known = self.functions.extremes
        coarsest = max(self.functions.eps, key=lambda name: self.functions.eps[name])
        return {self.t: known[coarsest], **known}

    def _moved(self, t: Array, tensors: Arrays) -> Arrays:
        share = t.reshape(()) - 1.0
        return {name: tensors[name] + share * v for name, v in self.direction.items()}

    def call(self, **changed: Array) -> tuple[Array, Callable[..., Any]]:
        """Return the output, and the jvp as a backward with regard to `t`."""
        tensors = {**self.tensors, **changed}
        moved = {name: values.astype(self.tensors[name].dtype) for name, values in self._at(tensors).items()}
        out, _ = self.functions.call(**moved)

        def back(dout: Array) -> Any:
            return _weighed(dout, self.tangent_of(moved))

        return out, back

    def _at(self, tensors: Arrays) -> Arrays:
        t = np.asarray(tensors[self.t], np.float64)
        rest = {name: values for name, values in tensors.items() if name != self.t}
        return {**rest, **self._moved(t, rest)}

    def double(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of `t`, with all tensors in double precision."""
        wide = {key: values.astype(np.float64) for key, values in self.functions.tensors.items()}
        return lambda t: self.functions.wide(**self._moved(t, wide))

    def own(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of `t`, in the dtypes in which the inputs were given."""
        return lambda t: self.call(**{self.t: t})[0]

    def widened(self) -> None:
        """Return nothing: a jvp is judged in the caller's own precision."""

    def gradients(self, back: Callable[..., Any], dout: Array, is_theirs: bool = False) -> Arrays:
        """Return the sum of dout times the jvp."""
        return {self.t: back(dout)}


def _weighed(dout: Array, tangent: Array) -> Array:
    """Return the derivative with regard to `t` of the sum of dout times the output."""
    return np.sum(np.asarray(dout, np.float64) * tangent).reshape(1)


FEW = 16
"""Outputs up to which each entry of a tangent is checked alone; more are checked in groups of like size."""

GROUPS = 3


def forward_mode(
    functions: Functions, jvp: Function | None, run: Run, rng: np.random.Generator
) -> Iterator[Finding]:
    """Yield what is wrong with a jvp: along each input alone, and along all of them."""
    names = list(functions.tensors)
    for moved in [[name] for name in names] + [names] * (len(names) > 1):
        direction = {name: _direction(functions.tensors[name], rng) for name in moved}
        found = _forward_findings(functions, jvp, run, direction, rng)
        yield from found
        if found:
            return


def _direction(x: Array, rng: np.random.Generator) -> Array:
    """Return a direction that moves each entry by a share of its size; a zero by the typical size."""
    wide = np.abs(x.astype(np.float64))
    typical = float(np.sqrt(np.mean(wide**2))) if x.size else 1.0
    scale = np.where(wide > 0, wide, typical or 1.0)
    v = scale * rng.uniform(0.5, 1.0, size=x.shape) * rng.choice((-1.0, 1.0), size=x.shape)
    return np.asarray(v.astype(x.dtype))


def _forward_findings(
    functions: Functions, jvp: Function | None, run: Run, direction: Arrays, rng: np.random.Generator
) -> list[Finding]:
    def tangent_of(moved: Arrays) -> Array:
        return _tangent(functions, jvp, run.outputs, {**functions.tensors, **moved}, direction)

    along = Along(functions, direction, tangent_of, _unused_name(functions))
    words = f"forward mode along {', '.join(direction)}"
    try:
        tangent = tangent_of({})
    except SubjectError as problem:
        return [complaint("forward mode", f"{words}: {problem}")]
    except (RuntimeError, TypeError, NotImplementedError) as problem:
        if jvp is not None:
            raise
        return [complaint("forward mode", f"{words}: the framework has none: {problem}", Verdict.ERROR)]
    for group in _groups(tangent, rng):
        found = _along_group(along, tangent, group, run.outputs, words, rng)
        if found:
            return found
    return []


def _along_group(
    along: Along, tangent: Array, group: Array, outputs: Outputs, words: str, rng: np.random.Generator
) -> list[Finding]:
    """Return what is wrong with a group of entries of a tangent; of several, with one that is wrong."""
    weights = np.zeros(tangent.size)
    weights[group] = rng.uniform(0.5, 1.0, size=group.size) * rng.choice((-1.0, 1.0), size=group.size)
    if group.size == 1:
        weights[group] = 1.0
    dout = outputs.rounded(weights.reshape(tangent.shape))
    got = _weighed(dout, tangent)
    found = judged_gradient(along, along.t, got, dout, rng).findings
    if not any(finding.verdict is Verdict.FAIL for finding in found):
        return [_of_tangents(each, along.t, words) for each in found]
    if group.size > 1:
        for half in np.array_split(group, 2):
            inner = _along_group(along, tangent, half, outputs, words, rng)
            if any(finding.verdict is Verdict.FAIL for finding in inner):
                return inner
    place = outputs.entry(int(group[0])) if group.size == 1 else f"a sum of {group.size} entries of out"
    finding = next(each for each in found if each.verdict is Verdict.FAIL)
    numbers = f"yours {finding.got:.10g}, expected {finding.expected:.10g} (error bound {finding.bound:.1e})"
    return [
        msgspec.structs.replace(
            finding,
            check="forward mode",
            message=f"{words}: the tangent of {place}: {numbers}",
            tensor="out",
            where=None,
        )
    ]


def _of_tangents(finding: Finding, t: str, words: str) -> Finding:
    message = finding.message.replace(f"d{t} ", "the tangents' sum ")
    return renamed(msgspec.structs.replace(finding, message=message, tensor="out"), "forward mode", words)


def _unused_name(functions: Functions) -> str:
    return next(name for name in ("t", "t_", "t__", "t___") if name not in functions.inputs)


def _groups(tangent: Array, rng: np.random.Generator) -> list[Array]:
    """Return groups of entries: each alone if they are few, otherwise of like size, so that none hides another."""
    if tangent.size <= FEW:
        return [np.array([place]) for place in range(tangent.size)]
    order = np.argsort(np.abs(tangent.ravel()), kind="stable")
    return [group for group in np.array_split(order, GROUPS) if group.size]


def _tangent(
    functions: Functions, jvp: Function | None, outputs: Outputs, tensors: Arrays, direction: Arrays
) -> Array:
    """Return the tangent of the outputs, flat: a given jvp's, or the framework's. Raises SubjectError."""
    put = {
        name: functions.libraries[name].put(values, functions.inputs[name])
        for name, values in tensors.items()
    }
    inputs = functions.fresh(put)
    full = {name: direction.get(name, np.zeros_like(values)) for name, values in functions.tensors.items()}
    tangents = {name: functions.libraries[name].put(v, functions.inputs[name]) for name, v in full.items()}
    if jvp is None:
        assert functions.framework is not None
        found = functions.framework.jvp(functions.evaluate, inputs, tangents)
    else:
        given = tuple(tangents.values())
        returned = jvp(given[0] if len(given) == 1 else given, *inputs.values())
        found = values_of(returned)
        if len(found) == len(outputs.leaves) != len(outputs.places):
            found = [found[place] for place in outputs.places]
    return _flat(found, outputs)


def _flat(found: Sequence[Any], outputs: Outputs) -> Array:
    if len(found) != len(outputs.parts):
        raise Malformed(
            f"the jvp returned {len(found)} tangents; expected {len(outputs.parts)}, one for each output"
        )
    pieces = []
    for value, part, name in zip(found, outputs.parts, outputs.names, strict=True):
        piece = np.zeros(part.shape) if value is None else numbers_of(value)
        if piece.shape != part.shape:
            raise Malformed(f"the tangent of {name} has shape {piece.shape}; expected {part.shape}")
        pieces.append(np.asarray(piece, np.float64))
    return pieces[0] if len(pieces) == 1 else np.concatenate([piece.ravel() for piece in pieces])


# Batches.


def batched(
    functions: Functions, names: Sequence[str], run: Run, rng: np.random.Generator
) -> Iterator[Finding]:
    """Yield what differs between a call on two stacked points and a call on each."""
    points = [dict(functions.tensors), _other_point(functions, names, rng)]
    douts = [run.outputs.upstream(rng) if not functions.is_fused else run.outputs.ones() for _ in points]
    outs, gradients = _one_by_one(functions, points, douts)
    try:
        whole, got = _together(functions, names, points, douts, run)
    except SubjectError as problem:
        yield complaint("batched", f"under a leading batch axis: {problem}")
        return
    except Exception as problem:  # noqa: BLE001 - what works on each point and fails on both is a finding
        words = f"fails under a leading batch axis of {', '.join(names)}: {problem}"
        yield complaint("batched", words, Verdict.ERROR)
        return
    for number, part in enumerate(whole):
        yield from _unequal(
            functions, run.outputs.names[number], part, np.stack([out[number] for out in outs])
        )
    for name in got:
        each = [gradient[name] for gradient in gradients]
        expected = np.stack(each) if name in names else each[0] + each[1]
        yield from _unequal(functions, f"d{name}", got[name], expected)


def _other_point(functions: Functions, names: Sequence[str], rng: np.random.Generator) -> Arrays:
    """Return a point near the given one in the inputs `names`; nearer to zero, where functions are defined."""
    moved = {name: functions.tensors[name] for name in functions.tensors}
    for name in names:
        x = functions.tensors[name]
        moved[name] = np.asarray((x * rng.uniform(0.9, 1.0, size=x.shape)).astype(x.dtype))
    return moved


def _one_by_one(
    functions: Functions, points: Sequence[Arrays], douts: Sequence[Array]
) -> tuple[list[list[Array]], list[Arrays]]:
    outs, gradients = [], []
    for point, dout in zip(points, douts, strict=True):
        put = {
            name: functions.libraries[name].put(v.copy(), functions.inputs[name]) for name, v in point.items()
        }
        run = functions.run(functions.fresh(put))
        outs.append([part.copy() for part in run.outputs.parts])
        gradients.append(
            {name: values.copy() for name, values in functions.gradients(run.back, dout).items()}
        )
    return outs, gradients


def _together(
    functions: Functions, names: Sequence[str], points: Sequence[Arrays], douts: Sequence[Array], run: Run
) -> tuple[list[Array], Arrays]:
    stacked = {
        name: functions.libraries[name].put(np.stack([p[name] for p in points]), functions.inputs[name])
        for name in names
    }
    inputs = functions.fresh(stacked)
    pieces = [np.stack(pair) for pair in zip(*(run.outputs.split(dout) for dout in douts), strict=True)]
    if functions.framework is not None:
        cotangents = [
            functions.framework.put(piece, leaf)
            for piece, (_, leaf) in zip(pieces, run.outputs.leaves, strict=True)
        ]
        outs, found = functions.framework.batched(functions.evaluate, inputs, list(names), cotangents)
        return [numbers_of(out) for out in outs], {name: numbers_of(value) for name, value in found.items()}
    both = replace(functions, inputs=inputs)
    together = both.run(both.fresh())
    flat = pieces[0] if len(pieces) == 1 else np.concatenate([piece.ravel() for piece in pieces])
    if [part.shape for part in together.outputs.parts] != [piece.shape for piece in pieces]:
        shapes = [part.shape for part in together.outputs.parts]
        raise Malformed(f"the outputs have the shapes {shapes}; expected {[piece.shape for piece in pieces]}")
    return [part.copy() for part in together.outputs.parts], both.gradients(together.back, flat)


def _unequal(functions: Functions, name: str, got: Array, expected: Array) -> Iterator[Finding]:
    tensor = name.removeprefix("d")
    coarse = tensor if tensor in functions.eps else max(functions.eps, key=lambda each: functions.eps[each])
    if got.shape != expected.shape:
        yield complaint(
            "batched", f"{name} has shape {got.shape} under a batch axis; expected {expected.shape}"
        )
        return
    found = difference(tensor, got, expected, allowance(functions, coarse, expected))
    if found is not None:
        yield _batched_finding(name, found, got.ndim)


def _batched_finding(name: str, found: Difference, axes: int) -> Finding:
    place = f"{name}[{', '.join(map(str, found.index))}]"
    words = f"{place} under a leading batch axis: {found.got:.10g}, alone {found.expected:.10g}"
    where = in_plain_words(found.where, name.removeprefix("d"), axes)
    return wrong("batched", f"{words} (error bound {found.bound:.1e})", name, found, where)
