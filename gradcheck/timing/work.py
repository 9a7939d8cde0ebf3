"""How much there is to compute, and how much to move: what a time is measured by."""

import math

from gradcheck.contract import Case

FORMS = ("affine", "conv2d", "conv_transpose2d")
"""The layers whose forward is one product with w, and whose backward is two."""


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
