"""Operands and upstream gradients that broadcasting has made: one row for all, with a stride of 0."""

import math
from collections.abc import Iterator

import numpy as np

from gradcheck.contract import Array, SubjectError
from gradcheck.kernels import operations
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.dtypes import loaded, stored
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.kernels.truth import Truth, truth
from gradcheck.report import Finding


def expanded(trial: KernelTrial) -> KernelOutcome:
    """The right results where dout is 1 for all entries, or one row or column of it, or of an operand, serves for all.

    They have strides of 0. The gradient of a sum arrives as such a dout, along all axes or along one, and a broadcast
    operand is passed as such a tensor.
    """
    filled, bounds = trial.plain()
    if filled is None or not trial.kernel.traits.has_strides:
        return KernelOutcome.skipped("expanded", "arrays are copied on their way in")
    findings: list[Finding] = []
    for name, numbers in _expanded(trial, filled):
        allowed = None if bounds is None else trial.bounds(numbers)
        message = f"wrong where {name}, expanded with a stride of 0"
        try:
            got = trial.results(numbers)
        except SubjectError as problem:
            findings.append(trial.failed_where("expanded", message, problem))
            continue
        findings += trial.compared("expanded", got, numbers.truth.values, allowed, message)
    return KernelOutcome.of("expanded", findings)


def _expanded(trial: KernelTrial, filled: Filled) -> Iterator[tuple[str, Filled]]:
    """Yield each tensor that may be expanded, and the numbers with it, as far as their sums are still exact."""
    products = operations.of(trial.case.layer.name).products or {}
    operands = [name for name in filled.tensors if name in products.get("out", ())]
    tensors, dout = filled.values(trial.dtype)
    if dout is not None and filled.dout is not None and dout.size > 1:
        ones = np.ones_like(dout)
        right = truth(trial.case, tensors, ones)
        everywhere = _of(stored(ones[(slice(0, 1),) * ones.ndim], trial.dtype), ones.shape)
        if _is_judged(trial, right):
            yield "dout is 1", Filled(filled.tensors, everywhere, right)
        for what, part in _parts(filled.dout):
            upstream = np.broadcast_to(loaded(part, trial.dtype), dout.shape)
            right = truth(trial.case, tensors, upstream)
            if _is_judged(trial, right):
                yield f"dout has {what}", Filled(filled.tensors, _of(part, dout.shape), right)
    for name in operands:
        array = filled.tensors[name]
        parts = [("one row for all", array[:1])] if array.ndim > 3 else _parts(array)
        for what, part in parts:
            whole = np.broadcast_to(loaded(part, trial.dtype), array.shape)
            right = truth(trial.case, {**tensors, name: whole}, dout)
            if _is_judged(trial, right):
                given = {**filled.tensors, name: _of(part, array.shape)}
                yield f"{name} has {what}", Filled(given, filled.dout, right)


def _parts(array: Array) -> Iterator[tuple[str, Array]]:
    """Yield a row that serves all others, and a column; of images, one number for each plane."""
    if array.ndim > 3:
        if math.prod(array.shape[2:]) > 1:
            yield "one number for each plane", array[(slice(None),) * 2 + (slice(0, 1),) * (array.ndim - 2)]
        return
    if array.ndim > 1 and len(array) > 1:
        yield "one row for all", array[:1]
    if array.ndim > 1 and array.shape[-1] > 1:
        yield "one column for all", array[..., :1]


def _is_judged(trial: KernelTrial, right: Truth) -> bool:
    """Return whether the sums are still exact, where they have to be."""
    return trial.needs_reals or max(right.largest.values()) <= trial.dtype.exact


def _of(part: Array, shape: tuple[int, ...]) -> Array:
    """Return a view of a shape on memory that holds a part of it, of one entry along some axes."""
    kept = part.copy()
    strides = [0 if extent == 1 else stride for extent, stride in zip(kept.shape, kept.strides, strict=True)]
    return np.ndarray(shape, kept.dtype, kept, 0, strides)


EXPANDED = KernelCheck(name="expanded", judge=expanded)
