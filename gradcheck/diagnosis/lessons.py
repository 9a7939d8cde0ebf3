"""How instructive a failing case is: what one can learn from its numbers by hand.

The smallest failing case is often the worst example: of one sample a mean is the sample itself, of one feature every
norm gives 0, and the right answer is 0 whatever one does.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from gradcheck.contract import VALUES, Case
from gradcheck.diagnosis.placing import ALONE, EVERYWHERE, SPREAD, where
from gradcheck.diagnosis.seeing import Sight, allowed
from gradcheck.layers import BY_NAME, geometry
from gradcheck.layers.norm import sharing_axes

MOST_NUMBERS = 20
"""How many numbers of input, weights and output a reader can follow by hand."""

TRIVIAL = 1e-2
"""A right answer is as good as zero if it is below this share of what stands beside it."""


def numbers(case: Case) -> int:
    """Return how many numbers one looks at: those of x and its parameters that are multiplied, and of the output."""
    looked_at = [math.prod(shape) for name, shape in case.shapes.items() if name in ("x", "w", "y", "gamma")]
    return sum(looked_at) + math.prod(case.output_shape)


def is_answered(seen: Sight) -> bool:
    """Return whether the right answer is not as good as zero everywhere."""
    if seen.right is None:
        return bool(seen.finding.expected)
    largest = float(np.abs(seen.right).max(initial=0.0))
    beside = [float(np.abs(seen.got).max(initial=0.0)) if seen.got is not None else 0.0, 1.0]
    return largest > TRIVIAL * min(beside)


def is_several(seen: Sight) -> bool:
    """Return whether at least two entries are right, or wrong, for different reasons."""
    if seen.got is None or seen.right is None:
        return False
    pairs = {
        (float(f"{a:.9g}"), float(f"{b:.9g}"))
        for a, b in zip(seen.got.ravel(), seen.right.ravel(), strict=True)
    }
    return len(pairs) > 1


def is_visible(seen: Sight) -> bool:
    """Return whether the largest error shows in the first digits."""
    got, expected = seen.finding.got, seen.finding.expected
    if got is None or expected is None:
        return True
    return abs(got - expected) > TRIVIAL * max(abs(got), abs(expected))


def is_varied(seen: Sight) -> bool:
    """Return whether the wrong entries have an answer that is not zero."""
    wrong = seen.wrong
    if wrong is None or seen.right is None or not wrong.any():
        return False
    return bool(np.abs(seen.right[wrong]).max() > TRIVIAL * min(1.0, float(np.abs(seen.right).max())))


def is_placed(seen: Sight) -> bool:
    """Return whether there is a place, or a change, to be named."""
    if seen.got is None or seen.right is None or seen.finding.tensor is None:
        return False
    found = place(seen)
    return found not in (None, EVERYWHERE, ALONE) and not str(found).endswith(SPREAD)


def place(seen: Sight) -> str | None:
    """Return where the wrong entries of a failure are, from the very arrays of its case."""
    if "place" not in seen.known:
        seen.known["place"] = _place(seen)
    found: str | None = seen.known["place"]
    return found


def _place(seen: Sight) -> str | None:
    tensor = seen.finding.tensor
    if seen.got is None or seen.right is None or tensor is None:
        return None
    name = tensor if tensor == "out" else tensor.removeprefix("d")
    return where(seen.case, name, seen.got, seen.right, allowed(seen.finding))


def _has_samples(case: Case) -> bool:
    """Return whether there are two samples or more; where windows slide, one plane has enough to see."""
    return is_windowed(case) or case.params.get("n", 2) > 1


def _has_features(case: Case) -> bool:
    """Return whether a sample has two numbers or more, and a window has two and is not alone."""
    if is_windowed(case):
        return _has_windows(case)
    return math.prod(case.main[1:]) > 1


def is_windowed(case: Case) -> bool:
    """Return whether a window slides over planes; a layer from outside may mean anything by a stride."""
    return case.layer.name in BY_NAME and "stride" in case.params


def _has_windows(case: Case) -> bool:
    """Return whether a window has several entries, a plane several windows, and a window sees the input."""
    params = case.params
    plane = (case.shapes["x"] if "output_pad" in params else case.output_shape)[2:]
    extents = geometry.kernel_of(params), plane, geometry.plane(params)
    return all(math.prod(each) > 1 for each in extents)


def _sees_input(case: Case) -> bool:
    """Return whether every window sees some of the input: one in the padding alone teaches nothing."""
    params = case.params
    if not is_windowed(case) or "output_pad" in params:
        return True
    kernel = geometry.kernel_of(params)
    dilation = params.get("dilation", (1,) * len(kernel))
    return all(
        any(
            0 <= at * params["stride"][i] + tap * dilation[i] - params["pad"][i][0] < extent
            for tap in range(kernel[i])
        )
        for i, (extent, count) in enumerate(zip(geometry.plane(params), case.output_shape[2:], strict=True))
        for at in range(count)
    )


def _is_bare(case: Case) -> bool:
    """Return whether there is no padding around the input."""
    return not (is_windowed(case) and any(map(sum, case.params["pad"])))


def _has_units(case: Case) -> bool:
    """Return whether there are two entries or more of what is not a sample: features, units, channels of a norm."""
    params = case.params
    names = ("d", "m", "c") if "eps" in params else ("d", "m")
    return all(params.get(name, 2) > 1 for name in names) and math.prod(params.get("dims", (2,))) > 1


def _has_sets(case: Case) -> bool:
    """Return whether three numbers or more are normalised together: two always become plus and minus one."""
    params = case.params
    if case.layer.name not in BY_NAME or "eps" not in params:
        return params.get("c", 3) > 2 or not case.layer.shapes.is_loss
    shape = case.shapes["x"]
    together = math.prod(shape[axis] for axis in sharing_axes(params, len(shape)))
    return together > 2 * int(params.get("g", 1))


def _is_plain(case: Case) -> bool:
    """Return whether its numbers are not chosen for a purpose: most failures show on any."""
    return case.fill not in VALUES or case.fill == "plain"


def _has_one_name(seen: Sight) -> bool:
    """Return whether what is named has one name: a factor of 2 may be N, F and the kernel all at once."""
    return (place(seen) or "").count(" = ") < 2


def _is_mixed(seen: Sight) -> bool:
    """Return whether some entries are wrong, and others right though their answer is not zero."""
    wrong = seen.wrong
    return wrong is not None and seen.right is not None and bool(wrong.any() and seen.right[~wrong].any())


OF_GEOMETRY: Mapping[str, Callable[[Case], bool]] = {
    "features": _has_features,
    "samples": _has_samples,
    "seen input": _sees_input,
    "bare": _is_bare,
    "sets": _has_sets,
    "units": _has_units,
    "plain": _is_plain,
}
"""What is known of a case before it runs."""

OF_NUMBERS: Mapping[str, Callable[[Sight], bool]] = {
    "answered": is_answered,
    "several": is_several,
    "varied": is_varied,
    "visible": is_visible,
    "placed": is_placed,
    "mixed": _is_mixed,
    "one name": _has_one_name,
}
"""What is known only from its numbers."""

ORDER = (
    "answered",
    "several",
    "features",
    "samples",
    "seen input",
    "varied",
    "visible",
    "sets",
    "plain",
    "bare",
    "placed",
    "one name",
    "units",
    "mixed",
)
"""The virtues of a case, the most important first: the last is the first to be given up."""


NEEDED = 4
"""How many of them are never given up for fewer numbers."""


def virtues(seen: Sight) -> frozenset[str]:
    """Return what makes a failing case instructive."""
    if "virtues" not in seen.known:
        seen.known["virtues"] = _virtues(seen)
    found: frozenset[str] = seen.known["virtues"]
    return found


def _virtues(seen: Sight) -> frozenset[str]:
    shown = frozenset(name for name, holds in OF_NUMBERS.items() if holds(seen))
    return shown | virtues_of_geometry(seen.case)


def virtues_of_geometry(case: Case) -> frozenset[str]:
    """Return those that are known before the case runs."""
    return frozenset(name for name, holds in OF_GEOMETRY.items() if holds(case))


def rank(held: frozenset[str]) -> tuple[bool, ...]:
    """Return a key by which more instructive cases are larger: the most important virtue decides."""
    return tuple(name in held for name in ORDER)
