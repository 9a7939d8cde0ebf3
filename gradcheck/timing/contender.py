"""One function pair on one problem: its time, without what the dialect does around it, and its operations."""

import math

import numpy as np

from gradcheck.calling import stopwatch
from gradcheck.calling.results import array_of
from gradcheck.contract import PARTS, Arrays, Call, Case, Missing, Subject, SubjectError
from gradcheck.evidence import fill

FORMS = ("affine", "conv2d", "conv_transpose2d")
"""The layers whose forward is one product with w, and whose backward is two."""


class Contender:
    """A subject on a case, which can be run again and again.

    Attributes
    ----------
    subject : Subject
        Whose functions are timed.
    why : dict
        Part -> why it cannot be timed, as soon as that is known.
    results : dict
        Part -> what came back the first time: the output, or the gradients by tensor.
    """

    def __init__(self, subject: Subject, case: Case, parts: tuple[str, ...] = PARTS) -> None:
        self.subject = subject
        self.why: dict[str, str] = {}
        self.results: dict[str, Arrays] = {}
        if not subject.interface.has(case):
            self.why = dict.fromkeys(PARTS, "the interface cannot express it")
        self._case = case
        self._wants_backward = (
            "backward" in parts and subject.interface.skips("backward", case.params) is None
        )
        self._tensors = fill.tensors(case)
        self._dout = np.ones((), case.dtype) if subject.interface.fused else fill.upstream(case)

    def __call__(self) -> dict[str, float]:
        """Return the seconds that each part took, without those that the subject cannot."""
        taken: dict[str, float] = {}
        if "forward" in self.why:
            return taken
        try:
            call = self._forward(taken)
        except SubjectError as problem:
            self.why = dict.fromkeys(PARTS, str(problem))
            return taken
        if self._wants_backward and "backward" not in self.why:
            try:
                self._backward(call, taken)
            except SubjectError as problem:
                self.why["backward"] = str(problem)
        return taken

    def _forward(self, taken: dict[str, float]) -> Call:
        layer, params = self._case.layer, self._case.params
        with stopwatch() as seconds:
            call = self.subject.forward(params, self._tensors)
        if call.missing is not None:
            raise Missing(call.missing)
        if "forward" not in self.results:
            self.results["forward"] = {
                "out": array_of("out", call.outputs["out"], layer.shapes.output(params))
            }
        taken["forward"] = sum(seconds)
        return call

    def _backward(self, call: Call, taken: dict[str, float]) -> None:
        layer, params = self._case.layer, self._case.params
        dout = self._dout.copy()
        with stopwatch() as seconds:
            returned = call.backward(dout)
        if "backward" not in self.results:
            shapes = layer.shapes.inputs(params)
            self.results["backward"] = {
                name: array_of(f"d{name}", returned.get(name), shapes[name]) for name in self._case.wanted
            }
        taken["backward"] = sum(seconds)

    def agrees(self, other: "Contender", part: str) -> bool | None:
        """Return whether a part's results are another's, digit by digit; None where rounding may make a difference."""
        layer, params = self._case.layer, self._case.params
        largest = max(
            float(np.abs(values).max(initial=1)) for values in (self._dout, *self._tensors.values())
        )
        reach = layer.arithmetic.terms(params) * largest**2 * layer.arithmetic.unit(params)
        if not layer.arithmetic.exact or reach > fill.EXACT_LIMIT[self._case.dtype]:
            return None
        mine, theirs = self.results.get(part, {}), other.results.get(part, {})
        return all(np.array_equal(values, theirs[name]) for name, values in mine.items())


def operations(case: Case, part: str) -> int | None:
    """Return the multiplications and additions of a part; None for a layer that is no product."""
    name, params = case.layer.name, case.params
    if name not in FORMS:
        return None
    x, w = (case.layer.shapes.inputs(params)[tensor] for tensor in ("x", "w"))
    # Every input of a transposed convolution meets what every output of a convolution does: its filters.
    positions = math.prod(x) if name == "conv_transpose2d" else math.prod(case.layer.shapes.output(params))
    each = math.prod(w) // (w[0] if name != "affine" else w[1])
    return 2 * positions * each * (2 if part == "backward" else 1)


def traffic(case: Case, part: str) -> int:
    """Return the bytes that must be moved at least: every argument read once, every result written once.

    Backward reads dout and the inputs, and writes a gradient for each input that has one.
    """
    shapes, params = case.shapes, case.params
    inputs = sum(math.prod(shape) for shape in shapes.values())
    gradients = sum(math.prod(shapes[name]) for name in case.wanted)
    numbers = inputs + math.prod(case.layer.shapes.output(params)) + (gradients if part == "backward" else 0)
    return numbers * (4 if case.dtype == "float32" else 8)
