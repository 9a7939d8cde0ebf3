"""Whether a reference can be judged at some numbers: finite, exact where it must be, and not at a tie or a kink."""

from collections.abc import Callable

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Winner
from gradcheck.evidence.exact import change, unit_step


def unfit(case: Case, tensors: Arrays) -> str | None:
    """Return why a reference cannot be judged at some numbers, with what to do, or None."""
    arithmetic = case.layer.arithmetic
    out = np.asarray(case.layer.ours.fast.forward(**tensors, **case.options)[0])
    if not np.isfinite(out).all():
        return "the reference is not finite: draw numbers where it is, as in numbers={'x': (0.5, 2.0)}"
    if not arithmetic.exact:
        return None
    values = [out * arithmetic.unit(case.params), *(tensors[name] for name in case.wanted)]
    if any((np.trunc(each) != each).any() for each in values):
        return (
            "the numbers or the results of the reference are not integers, even times the unit: it is not "
            f"{arithmetic.name}; declare another arithmetic (smooth is any function)"
        )
    if isinstance(arithmetic, Winner) and (where := kinked(case, tensors)) is not None:
        return (
            f"{where} is within a step of a tie or a kink of the reference; draw numbers away from it: "
            "numbers={'x': 'distinct multiples of 4'}"
        )
    return None


def kinked(case: Case, tensors: Arrays) -> str | None:
    """Return the first entry near a tie or a kink, or None.

    The checks take steps of 1 from integers and from integers plus a quarter.
    """
    quarters = {name: tensors[name] + fill.quarters(tensors[name], case) for name in case.wanted}
    for start in (tensors, tensors | quarters):
        for name in case.wanted:
            f = _of(case, start, name)
            bent = (i for i in range(start[name].size) if not _is_straight(f, start[name], i))
            for i in bent:
                index = np.unravel_index(i, start[name].shape)
                return f"{name}[{', '.join(map(str, index))}] = {tensors[name][index]:g}"
    return None


def _of(case: Case, tensors: Arrays, name: str) -> Callable[[Array], Array]:
    """Return the output as a function of one tensor."""
    forward, options = case.layer.ours.fast.forward, case.options
    return lambda x: np.asarray(forward(**{**tensors, name: x}, **options)[0])


def _is_straight(f: Callable[[Array], Array], x: Array, i: int) -> bool:
    """Return whether a function is linear around an entry, and up to a step of 1 above it."""
    e = unit_step(x, i)
    middle = f(x)
    whole = change(f(x + e), middle)
    above, below = 8 * change(f(x + e / 8), middle), 8 * change(middle, f(x - e / 8))
    return np.allclose(whole, above, rtol=0, atol=1e-6) and np.allclose(whole, below, rtol=0, atol=1e-6)
