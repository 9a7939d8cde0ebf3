"""The whole exact gradient: many entries perturbed together, against one at a time."""

from functools import partial

import numpy as np

from gradcheck.contract import Arrays, parse_case
from gradcheck.evidence import exact, fill
from gradcheck.evidence.reference import Reference
from gradcheck.layers import LAYERS
from gradcheck.timing.race import seconds
from gradcheck.timing.times import Quartiles, Times

LINE = "conv2d n2c3h32w32_f8kh3kw3_s1x1_p1x1_d1x1_g1"
REPEATS = 5


def times(line: str = LINE) -> dict[str, Quartiles]:
    """Return how long the gradients of all tensors take in both ways.

    Raises
    ------
    AssertionError
        If the ways do not agree, digit by digit.
    """
    together, apart = partial(gradients, line, by_colour=True), partial(gradients, line, by_colour=False)
    slow = apart()
    for name, values in together().items():
        assert np.array_equal(values, slow[name]), f"{line}: d{name} is not the same in both ways"
    return {
        "by colour": Times(tuple(seconds(together) for _ in range(REPEATS))).quartiles,
        "one at a time": Times((seconds(apart), seconds(apart))).quartiles,
    }


def gradients(line: str, *, by_colour: bool) -> Arrays:
    """Return the gradient of every tensor of a case, by differences of `fast`'s forward."""
    case = parse_case(line, LAYERS)
    reference = Reference(case.layer, case.layer.ours.fast, case.params, fill.tensors(case))
    dout, colours = fill.upstream(case), case.layer.arithmetic.colours
    assert colours is not None
    return {
        name: exact.whole_gradient(
            reference.of(name),
            reference.tensors[name],
            dout,
            colours(case.params, name) if by_colour else None,
        )
        for name in case.wanted
    }
