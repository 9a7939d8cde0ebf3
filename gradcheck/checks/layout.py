"""The check `layout`: equal numbers in another memory layout give equal results."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Arrays, Call, Case, SubjectError
from gradcheck.evidence import compare
from gradcheck.evidence.findings import fault, note, verdict_of, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def fortran(values: Array) -> Array:
    """Return a copy whose first axis varies fastest."""
    return np.array(values, order="F")


def strided(values: Array) -> Array:
    """Return a copy that takes every second entry of a larger array, along every axis."""
    # 77 between the entries: code that ignores the strides reads it, and its result differs.
    spread = np.full([2 * extent for extent in values.shape], 77, dtype=values.dtype)
    every_second: tuple[Any, ...] = (..., *(slice(None, None, 2),) * values.ndim)
    view: Array = spread[every_second]
    view[...] = values
    return view


def reversed_(values: Array) -> Array:
    """Return a copy with negative strides along every axis."""
    back: tuple[Any, ...] = (..., *(slice(None, None, -1),) * values.ndim)
    turned: Array = values[back].copy()
    return np.asarray(turned[back])


def read_only(values: Array) -> Array:
    """Return a copy that cannot be written to."""
    copy = values.copy()
    copy.flags.writeable = False
    return copy


def broadcast(values: Array) -> Array:
    """Return a view with stride 0 along one axis: it repeats the first entry."""
    axis = 1 if values.ndim == 2 else 0
    if not values.ndim or values.dtype.kind != "f" or not values.size:
        return values.copy()
    return np.broadcast_to(np.take(values, [0], axis=axis), values.shape)


def _narrowed(kind: str) -> Callable[[Array], Array]:
    """Return what turns labels into those of another type, where they fit."""

    def narrowed(values: Array) -> Array:
        fits = values.dtype.kind == "i" and values.size and values.min() >= 0
        return values.astype(kind) if fits and values.max() <= np.iinfo(kind).max else values.copy()

    return narrowed


# Whether they are taken is left to the author, as PyTorch takes none but those of 64 bits. What comes of them must be
# right.
NARROW = {f"narrow (labels of type {kind})": _narrowed(kind) for kind in ("int32", "int16", "int8", "uint8")}


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran-ordered": fortran,
    "strided": strided,
    "reversed": reversed_,
    "read-only": read_only,
    "broadcast (stride 0)": broadcast,
    **NARROW,
}


def layout(trial: Trial, part: str) -> Iterator[Finding]:
    """The memory layout of the arguments makes no difference.

    Fortran-ordered, strided, reversed, read-only and broadcast (stride 0) arrays hold the same numbers. Code that
    assumes C order reads them wrongly: ravel(order="K"), ctypes, as_strided with computed strides. Index by axes, or
    start with np.ascontiguousarray(x).
    """
    plain = _plain(trial, part, trial.tensors, trial.dout)
    for what, arrange in LAYOUTS.items():
        # Broadcast scores are all equal, which puts a loss at a kink.
        if trial.layer.shapes.is_loss and arrange is broadcast:
            continue
        if what in NARROW and not any(values.dtype.kind == "i" for values in trial.tensors.values()):
            continue
        arranged = {name: _arranged(trial, name, arrange) for name in trial.tensors}
        dout = arrange(trial.dout)
        # A broadcast array holds other numbers than the trial's: its plain copy is called anew.
        other = _plain(trial, part, arranged, dout) if arrange is broadcast else plain
        yield from _judge(trial, part, what, arranged, dout, other)


def _arranged(trial: Trial, name: str, arrange: Callable[[Array], Array]) -> Array:
    """Return a tensor in another layout; as a plain copy if forward has to write to it, and the layout is read-only."""
    is_written = name in trial.first.updated and arrange in (read_only, broadcast)
    return trial.tensors[name].copy() if is_written else arrange(trial.tensors[name])


def _plain(trial: Trial, part: str, tensors: Arrays, dout: Array) -> Arrays:
    """Return the output on plain copies of the arguments; for backward, the gradients too."""
    call = trial.call(**{name: values.copy() for name, values in tensors.items()})
    out = {"out": trial.out(call).copy()}
    found = out if part == "forward" else out | trial.gradients(call, dout.copy())
    return {name: values.copy() for name, values in found.items()}


def _judge(
    trial: Trial, part: str, what: str, arranged: Arrays, dout: Array, plain: Arrays
) -> Iterator[Finding]:
    """Compare the results on arranged arguments with those on plain copies of the same numbers."""
    try:
        call = trial.call(**arranged)
    except SubjectError as problem:
        if part == "forward" and what not in NARROW:
            yield fault(trial, f"fails when the arguments are {what}: {problem}", verdict_of(problem))
        return
    if part == "backward" and not _same_output(trial, call, plain):
        return  # forward is to blame, and so its cache is no evidence against backward
    try:
        results = _results(trial, part, call, dout)
    except SubjectError as problem:
        if what not in NARROW:
            yield _raised(trial, part, what, arranged, problem)
        return
    for name, values in results.items():
        bound = trial.output_bound if part == "forward" else trial.gradient_bound(name, trial.dout)
        found = compare.difference(name, values, plain[name], bound)
        if found is not None:
            tensor = name if part == "forward" else f"d{name}"
            yield wrong_entry(trial, tensor, found, f"differs when the arguments are {what}")


def _same_output(trial: Trial, call: Call, plain: Arrays) -> bool:
    """Return whether forward gives the same output on arranged arguments as on plain ones."""
    return compare.is_same(trial.out(call), plain["out"], trial.output_bound)


def _results(trial: Trial, part: str, call: Call, dout: Array) -> Arrays:
    return {"out": trial.out(call)} if part == "forward" else trial.gradients(call, dout)


def _raised(trial: Trial, part: str, what: str, arranged: Arrays, problem: SubjectError) -> Finding:
    """Return a note if only an in-place change of dout failed, otherwise a fault."""
    if part == "backward":
        try:
            trial.gradients(trial.call(**arranged), trial.dout.copy())
        except SubjectError:
            pass
        else:
            return note(trial, f"dout is changed in place, which fails when it is {what}: {problem}", "dout")
    return fault(trial, f"fails when the arguments are {what}: {problem}", verdict_of(problem))


MANY = {"n": 33, "c": 9}
"""Rows and classes of which labels of one byte cannot count all scores."""


def derive(case: Case) -> Iterator[Case]:
    """Yield an ordinary case, and the same without padding: padding copies x, and hides what happens to its layout.

    With labels, one of many scores, too: code that finds them by their number may count in the type of the labels.
    """
    for each in ordinary(case):
        yield each
        if case.layer.shapes.is_loss and MANY.keys() <= each.params.keys():
            many = each.but(params={**each.params, **MANY})
            if many.flaw is None:
                yield many
        if (pads := each.params.get("pad")) and any(map(any, pads)):
            bare = each.but(params={**each.params, "pad": tuple((0, 0) for _ in pads)})
            if bare.flaw is None:
                yield bare


LAYOUT = Check(name="layout", judge=layout, derive=derive, cases=3)
