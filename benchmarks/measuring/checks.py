"""What checks cost: one that passes, next to PyTorch's own; a whole gradient; a probe by the number of elements."""

import math
import runpy
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

import gradcheck.fast as fast
from gradcheck.contract import Arrays, Case, Pair, Subject, parse_case
from gradcheck.evidence import exact, fill
from gradcheck.evidence.probing import MISS_TARGET, chance_of_a_miss, exact_suspects
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import LAYERS
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.timing.race import in_turn, seconds
from gradcheck.timing.times import Quartiles, Times

PEER = Path(__file__).parents[2] / "tests" / "peers" / "torch_layers.py"
CHECKED = "conv2d n4c8h16w16_f8kh3kw3_s1x1_p1x1_d1x1_g1"
CHECK_REPEATS = 20


def one_check() -> dict[str, Quartiles]:
    """Return how long a check takes: by this suite, and by ``torch.autograd.gradcheck``."""
    from measuring import pytorch

    case = parse_case(CHECKED, LAYERS)
    runs = {
        "gradcheck": partial(check, subject(), case),
        "torch, fast mode": pytorch.check(case, fast_mode=True),
    }
    samples = in_turn([partial(seconds, run) for run in runs.values()], CHECK_REPEATS, 10.0, 3)
    found = {name: Times(tuple(taken)).quartiles for name, taken in zip(runs, samples, strict=True)}
    slow = (seconds(pytorch.check(case, fast_mode=False)) for _ in range(2))
    found["torch, default mode"] = Times(tuple(slow)).quartiles
    return found


def subject() -> Subject:
    """Return PyTorch's convolution as a subject."""
    (found,) = (each for each in PAIR.subjects(runpy.run_path(str(PEER))) if each.layer.name == "conv2d")
    return found


def check(subject: Subject, case: Case) -> Trial:
    """Check every gradient of a subject on a case, from drawing the numbers to the last probe.

    Raises
    ------
    AssertionError
        If a gradient is refuted, or the chance that a wrong one was missed is above the suite's bound.
    """
    trial = Trial(subject, case)
    suspects = exact_suspects(trial)
    assert not suspects, f"{case}: {', '.join(suspects)} are refuted"
    assert trial.miss_bound is not None
    assert trial.miss_bound <= MISS_TARGET, f"{case}: a miss has the chance {trial.miss_bound}"
    return trial


WHOLE = "conv2d n2c3h32w32_f8kh3kw3_s1x1_p1x1_d1x1_g1"
WHOLE_REPEATS = 5


def whole_gradient(line: str = WHOLE) -> dict[str, Quartiles]:
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
        "by colour": Times(tuple(seconds(together) for _ in range(WHOLE_REPEATS))).quartiles,
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


PLANES = {
    3: (1, 10, 10),
    4: (1, 20, 50),
    5: (1, 100, 100),
    6: (10, 100, 100),
    7: (100, 100, 100),
    8: (1000, 100, 100),
}
"""Power of ten -> samples, height and width of ten channels that have so many elements."""

POINT_REPEATS = 20
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
        yield point(case_of(power), repeats=POINT_REPEATS if power < 6 else 1)


def case_of(power: int) -> Case:
    """Return a convolution whose input has ten to that power elements."""
    n, h, w = PLANES[power]
    return parse_case(f"conv2d n{n}c10h{h}w{w}_f4kh3kw3_s1x1_p1x1_d1x1_g1", LAYERS)


def point(case: Case, repeats: int = 1) -> Point:
    """Measure one size. The subject is `fast` by another name, so that it is judged by `fast`, and no loops."""
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
    each = chance_of_a_miss(trial, trial.probe_bits)
    assert trial.miss_bound is not None
    return taken / round(math.log(trial.miss_bound) / math.log(each))


def exponent(points: Sequence[Point]) -> float:
    """Return the power of the number of elements with which a probe's cost grows over the upper half of the curve."""
    upper = points[len(points) // 2 :]
    slope = np.polyfit([math.log(p.elements) for p in upper], [math.log(p.probe) for p in upper], 1)[0]
    return float(slope)
