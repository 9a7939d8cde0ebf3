"""Ways to call a subject as a layer, and which of them its author means: found by one small call each.

A function that is right is right in one of the ways. So the way whose output agrees with the layer's is taken; if
none agrees, the first whose output has the right shape; and if there is none either, nothing is judged.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.calling.results import numbers, read, squeezed
from gradcheck.contract import Array, Arrays, Case, Layer, Missing, Subject, SubjectError, Uncalled, Unread
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.report import Finding
from gradcheck.subjects.dialects.dialect import Express, usual

CLOSE = 1e-3
"""How near an output must be to be taken for the layer's, as a share of its largest: an eps may be another one."""

IGNORING = "n5c3_imost"
"""A softmax loss with samples that do not count."""

NOT_IGNORING = "ignored rows: not accepted"
"""What the report says is never asked of a function that takes the label to ignore, and no such label."""

LARGEST = 2**63
"""From here on an integer is no number of a result: a float may not hold it."""

PROBES = {
    "affine": "n2d3_m4",
    "conv2d": "n2c3h6w7_f5kh4kw2_s1x1_p0x0_d1x1_g1",
    "conv1d": "n2c3l7_f5k4_s1_p0_d1_g1",
    "conv3d": "n2c3d5h6w7_f4kd2kh3kw1_s1x1x1_p0x0x0_d1x1x1_g1",
    "depthwise_conv2d": "n2c3h6w7_m2kh4kw2_s1x1_p0x0_d1x1",
    "global_avg_pool2d": "n2c3h4w5",
    "adaptive_avg_pool2d": "n2c3h5w7_o4x3",
    "rms_norm": "n3d5_e1e-05",
    "instance_norm": "n3c2h4w5_e1e-05",
    "conv_transpose2d": "n2c3h4w5_f6kh3kw2_s1x1_p0x0_d1x1_o0x0_g1",
    "max_pool2d": "n2c3h6w4_k3x2_s3x2_p0x0_d1x1",
    "avg_pool2d": "n2c3h6w4_k3x2_s3x2_p0x0",
    "max_pool1d": "n2c5l9_k3_s2_p0_d1",
    "avg_pool1d": "n2c5l9_k3_s2_p0",
    "learned_encoding": "n2t3d4_m6",
    "batch_norm": "n5d3_train_e1e-05_m0.1",
    "spatial_batch_norm": "n5c3h4w2_train_e1e-05_m0.1",
    "layer_norm": "n3d5_e1e-05",
    "group_norm": "n3c6h4w5_g2_e1e-05",
    "dropout": "n4d6_k0.25_train",
    "softmax_loss": "n4c5",
    "smoothed_softmax_loss": "n4c5_t0.1",
    "svm_loss": "n4c5_m1",
    "mse_loss": "n4d2",
    "l1_loss": "n4d2",
    "huber_loss": "n4d2_m1",
    "bce_loss": "n4d2",
    "bce_with_logits_loss": "n4d2",
    "kl_div_loss": "n4d2",
    **dict.fromkeys(("gelu", "silu", "softplus", "softmax", "log_softmax"), "n3d4"),
    "elu": "n3d4_a1",
}
"""Layer -> a geometry in which the extents of each tensor differ, so that no axis can be taken for another."""


class Agreement(IntEnum):
    """How a call came out, the worst first."""

    REFUSED = 0
    RAISED = 1
    MISSHAPEN = 2
    SHAPED = 3
    RIGHT = 4


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to call a subject as a layer.

    Attributes
    ----------
    layer : Layer
        What it is called as.
    call : callable
        Parameters, arrays by name -> the call. Raises SubjectError.
    express : callable
        Parameters -> the nearest ones that can be called in this way.
    text : str
        What is particular about it, for the report: ``NHWC, w (kh, kw, C, F)``.
    notes : tuple of Finding
        Habits that were found by trying.
    returns : frozenset of str, optional
        The tensors that backward gives gradients for; by default all.
    fused, draws_mask : bool
        As in `contract.Interface`.
    """

    layer: Layer
    call: Callable[[Params, Arrays], LocalCall]
    express: Express = dict
    text: str = ""
    notes: tuple[Finding, ...] = ()
    returns: frozenset[str] | None = None
    fused: bool = False
    draws_mask: bool = False


@dataclass(frozen=True)
class Tried:
    """What came of one way: of forward, and of backward if there is one; `is_stub` if one of them does nothing.

    `is_unread` is set where forward returned an object of a class of the code's own.
    """

    way: Way
    forward: Agreement
    backward: Agreement | None
    problem: str = ""
    is_stub: bool = False
    is_unread: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """What it is compared by."""
        return self.forward, -1 if self.backward is None else self.backward


def probe_of(layer: Layer) -> Case:
    """Return the case on which ways are tried."""
    return layer.case(PROBES.get(layer.name, layer.cases.battery[0]), seed=11)


def tried(way: Way, params: Params | None = None, *, back: bool = True) -> Tried:
    """Return what comes of a way on the probe, or at given parameters; `back` asks for the gradients, too."""
    case = probe_of(way.layer)
    case = case.but(params=way.express(case.params if params is None else params))
    tensors = fill.tensors(case)
    try:
        call = way.call(case.params, {name: values.copy() for name, values in tensors.items()})
        out = call.outputs["out"]
        read("out", out)
    except SubjectError as problem:
        bad = Agreement.REFUSED if isinstance(problem, Uncalled) else Agreement.RAISED
        return Tried(way, bad, None, str(problem), isinstance(problem, Missing), isinstance(problem, Unread))
    if call.missing is not None:
        return Tried(way, Agreement.MISSHAPEN, None, call.missing, is_stub=True)
    used = {**tensors, **call.observed}
    mine = case.layer.ours.fast
    expected, cache = mine.forward(**used, **case.options)
    found = agreement(out, np.asarray(expected))
    if not back:
        return Tried(way, found, None)
    return _with_backward(way, case, call, found, (mine.backward, cache))


def small_call(subject: Subject, params: Params | None = None) -> Tried:
    """Return what comes of a small call of a subject: of forward, and of the backward that it has."""
    interface = subject.interface
    way = Way(
        layer=subject.layer,
        call=subject.forward,  # type: ignore[arg-type]
        express=interface.express,
        fused=interface.fused,
    )
    return tried(way, params, back="backward" in subject.parts)


def _with_backward(way: Way, case: Case, call: LocalCall, found: Agreement, mine: tuple[Any, Any]) -> Tried:
    dout = np.ones(case.output_shape) if way.fused else fill.upstream(case)
    try:
        returned = call.backward(dout.copy())
    except SubjectError as problem:
        bad = Agreement.REFUSED if isinstance(problem, Uncalled) else Agreement.RAISED
        return Tried(way, found, bad, str(problem), isinstance(problem, Missing))
    gradient, cache = mine
    values = gradient(dout, cache)
    all_of_them = values if isinstance(values, tuple) else (values,)
    right = dict(zip(case.layer.shapes.differentiable, all_of_them, strict=True))
    wanted = [name for name in case.wanted if way.returns is None or name in way.returns]
    return Tried(
        way, found, min((agreement(returned.get(name), right[name]) for name in wanted), default=found)
    )


def agreement(value: Any, right: Array) -> Agreement:
    """Return how a result compares with the right one: axes of extent 1 do not matter."""
    got = numbers(value)
    if got is None and isinstance(value, int) and not isinstance(value, bool):
        got = np.asarray(float(value) if abs(value) < LARGEST else np.inf)
    if got is None or squeezed(got.shape) != squeezed(right.shape):
        return Agreement.MISSHAPEN
    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    is_close = bool(np.all(np.abs(got.reshape(right.shape) - right) <= CLOSE * scale))
    return Agreement.RIGHT if is_close else Agreement.SHAPED


def is_theirs(found: Tried) -> bool:
    """Return whether an option is taken, so that what comes of it is the author's answer, right or wrong.

    That is where the output is right, or where all results have the right shapes. What raises may only refuse it.
    """
    back = found.backward
    is_shaped = found.forward is Agreement.SHAPED and (back is None or back >= Agreement.SHAPED)
    return found.forward is Agreement.RIGHT or is_shaped


def best(ways: Iterable[Way]) -> tuple[Tried | None, list[Tried]]:
    """Return the way that agrees best, the first of equal ones, and all that were tried; None if none can be called.

    The first way that is right in all respects ends the search.
    """
    every: list[Tried] = []
    for way in ways:
        found = tried(way)
        every.append(found)
        if found.forward is Agreement.RIGHT and found.backward is Agreement.RIGHT:
            break
    if not every:
        return None, every
    top = max(every, key=lambda each: each.rank)
    return (top if top.forward >= Agreement.SHAPED else None), every


def subject_of(way: Way, functions: dict[str, str], parts: tuple[str, ...], **interface: Any) -> Subject:
    """Return the subject that is called in a way; `interface` has further fields of its `Interface`."""
    return Subject(
        layer=way.layer,
        functions=functions,
        forward=way.call,
        parts=parts,
        notes=way.notes,
        interface=usual(
            way.express, fused=way.fused, draws_mask=way.draws_mask, returns=way.returns, **interface
        ),
    )
