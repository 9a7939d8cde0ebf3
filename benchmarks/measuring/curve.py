"""What a probe costs, from a thousand elements to a hundred million."""

import math
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from gradcheck import fast
from gradcheck.contract import Case, Pair, parse_case
from gradcheck.evidence import fill
from gradcheck.evidence.probing import chance_of_a_miss, exact_suspects, probe_bits
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import LAYERS
from gradcheck.timing.race import seconds

PLANES = {
    3: (1, 10, 10),
    4: (1, 20, 50),
    5: (1, 100, 100),
    6: (10, 100, 100),
    7: (100, 100, 100),
    8: (1000, 100, 100),
}
"""Power of ten -> samples, height and width of ten channels that have so many elements."""

REPEATS = 20
"""Of the sizes that take no time."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds at a number of elements: of a probe of all three gradients, and of the layer itself."""

    elements: int
    probe: float
    forward: float
    backward: float

    @property
    def layer(self) -> float:
        """Two forwards and a backward."""
        return 2 * self.forward + self.backward


def points(largest: int) -> Iterator[Point]:
    """Yield the curve up to a power of ten; small sizes are repeated, and the best is taken."""
    for power in (power for power in PLANES if power <= largest):
        yield point(case_of(power), repeats=REPEATS if power < 6 else 1)


def case_of(power: int) -> Case:
    """Return a convolution whose input has ten to that power elements."""
    n, h, w = PLANES[power]
    return parse_case(f"conv2d n{n}c10h{h}w{w}_f4kh3kw3_s1x1_p1x1_d1x1_g1", LAYERS)


def point(case: Case, repeats: int = 1) -> Point:
    """Measure one size. The subject is `fast` by another name, so that `fast` is what it is judged by, and no loops."""
    trial = Trial(subject_of("conv2d", _renamed()), case)
    numbers, dout = fill.tensors(case), fill.upstream(case)
    options = case.options
    cache = fast.conv2d_forward(**numbers, **options)[1]
    return Point(
        elements=math.prod(case.shapes["x"]),
        forward=min(seconds(lambda: fast.conv2d_forward(**numbers, **options)) for _ in range(1 + repeats)),
        backward=min(seconds(lambda: fast.conv2d_backward(dout, cache)) for _ in range(1 + repeats)),
        probe=min(_probe(trial) for _ in range(repeats)),
    )


def _renamed() -> Pair:
    return Pair(
        lambda *args, **kwargs: fast.conv2d_forward(*args, **kwargs),
        lambda dout, cache: fast.conv2d_backward(dout, cache),
    )


def _probe(trial: Trial) -> float:
    """Return the seconds of one probe: a check needs several where the numbers must be small to be exact."""
    taken = seconds(lambda: exact_suspects(trial))
    each = chance_of_a_miss(trial, probe_bits(trial))
    assert trial.miss_bound is not None
    return taken / round(math.log(trial.miss_bound) / math.log(each))


def exponent(points: Sequence[Point]) -> float:
    """Return the power of the number of elements with which a probe's cost grows over the upper half of the curve."""
    upper = points[len(points) // 2 :]
    slope = np.polyfit([math.log(p.elements) for p in upper], [math.log(p.probe) for p in upper], 1)[0]
    return float(slope)
