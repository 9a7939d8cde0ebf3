"""The smallest part of a failing problem that still fails: some rows of a batch."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.contract import Array
from gradcheck.functions.findings import rows
from gradcheck.functions.judging import judged_gradient
from gradcheck.functions.outputs import numbers_of
from gradcheck.functions.pair import Functions
from gradcheck.report import Finding, Verdict
from gradcheck.text import one_line

__tracebackhide__ = True

SECONDS = 2.0
"""Time for the search at least; a longer check may take as much time again."""


def smallest(functions: Functions, finding: Finding | None, dout: Any, seconds: float) -> str | None:
    """Return which rows suffice for a wrong gradient, and what is wrong there; None if no slice of the inputs fails.

    `seconds` is the time that the check has taken.
    """
    if finding is None or finding.tensor is None:
        return None
    words = _smallest(functions, finding, dout, time.monotonic() + max(SECONDS, seconds))
    return None if words is None else one_line(words)


def _smallest(functions: Functions, finding: Finding, dout: Any, deadline: float) -> str | None:
    name = str(finding.tensor).removeprefix("d")
    try:
        run = functions.run(functions.fresh())
        flat = run.outputs.ones() if functions.is_fused else run.outputs.upstream(np.random.default_rng(0))
        if dout is not None:
            flat, _ = run.outputs.given(dout)
        count = run.outputs.parts[0].shape[0] if run.outputs.parts[0].ndim else _extent(functions, name)
        for sliced in _choices(functions, name, count):
            found = _search(Slices(functions, name, sliced, count, flat, deadline), finding)
            if found is not None:
                (low, high), words = found
                which = rows(f"{low}..{high - 1}")
                return f"with {which} of {_listed(sliced)} alone it still fails: {words}"
    except Exception:  # noqa: BLE001 - a function may refuse a slice in any way: then there is no smaller problem
        return None
    return None


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _extent(functions: Functions, name: str) -> int:
    shape = functions.tensors[name].shape
    return shape[0] if shape else 1


def _choices(functions: Functions, name: str, count: int) -> Iterator[list[str]]:
    """Yield which inputs may have the batch axis: all of that extent, the one that is wrong, the first."""
    if count < 2:
        return
    fits = [
        each for each in functions.libraries if np.shape(numbers_of(functions.inputs[each]))[:1] == (count,)
    ]
    seen = []
    for choice in (fits, [each for each in fits if each == name], fits[:1]):
        if choice and choice not in seen:
            seen.append(choice)
            yield choice


def _words(finding: Finding) -> str:
    """Return what is wrong with a slice, and where, unless all of it is."""
    is_part = finding.where is not None and not finding.where.startswith(
        ("everywhere", "at least", "the value")
    )
    return f"{finding.message}, at {finding.where}" if is_part else finding.message


class Slices:
    """A problem, of which some rows can be judged alone."""

    def __init__(
        self, functions: Functions, name: str, sliced: list[str], count: int, dout: Array, deadline: float
    ) -> None:
        self.functions, self.name, self.sliced = functions, name, sliced
        self.count, self.dout, self.deadline = count, dout, deadline

    def fails(self, low: int, high: int) -> str | None:
        """Return what is wrong with rows low to high, without high; None if nothing is, or they cannot be judged."""
        if time.monotonic() > self.deadline:
            return None
        inputs: Mapping[str, Any] = {
            name: value[low:high] if name in self.sliced else value
            for name, value in self.functions.inputs.items()
        }
        part = replace(self.functions, inputs=inputs)
        try:
            run = part.run(part.fresh())
            dout = self._dout(run.outputs.parts, low, high)
            if dout is None:
                return None
            got = part.gradients(run.back, dout)[self.name].copy()
            found = judged_gradient(part, self.name, got, dout, np.random.default_rng(0)).findings
        except Exception:  # noqa: BLE001 - a function may refuse a slice in any way
            return None
        return next((_words(each) for each in found if each.verdict is Verdict.FAIL), None)

    def _dout(self, parts: list[Array], low: int, high: int) -> Array | None:
        """Return the rows of dout for the outputs of a slice; None if an output is no batch of as many rows."""
        pieces, start = [], 0
        for part in parts:
            if part.ndim == 0:
                size, piece = 1, self.dout.reshape(-1)[start : start + 1].reshape(())
            elif part.shape[0] != high - low:
                return None
            else:
                shape = (self.count, *part.shape[1:])
                size = int(np.prod(shape))
                piece = self.dout.reshape(-1)[start : start + size].reshape(shape)[low:high]
            start += size
            pieces.append(piece)
        if start != self.dout.size:
            return None
        return pieces[0].copy() if len(pieces) == 1 else np.concatenate([piece.ravel() for piece in pieces])


def _search(slices: Slices, finding: Finding) -> tuple[tuple[int, int], str] | None:
    """Return the smallest range of rows that is found to fail, and what is wrong there."""
    if slices.name in slices.sliced and finding.index:
        row = finding.index[0]
        words = slices.fails(row, row + 1)
        if words is not None:
            return (row, row + 1), words
    low, high, told = 0, slices.count, None
    while high - low > 1:
        middle = (low + high) // 2
        for part in ((low, middle), (middle, high)):
            words = slices.fails(*part)
            if words is not None:
                (low, high), told = part, words
                break
        else:
            break
    return None if told is None else ((low, high), told)
