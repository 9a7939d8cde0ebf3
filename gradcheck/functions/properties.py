"""What a backward must be, whatever the function: repeatable, and linear in the upstream gradient."""

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence.compare import difference
from gradcheck.functions.blackbox import rounding
from gradcheck.functions.pair import Back, Functions
from gradcheck.functions.telling import complaint
from gradcheck.report import Finding


def upstream(rng: np.random.Generator, out: Array) -> Array:
    """Return a random upstream gradient: never constant, nowhere near zero."""
    sign = rng.choice((-1.0, 1.0), size=out.shape)
    return np.asarray(
        rng.uniform(0.5, 2.0, size=out.shape) * sign, dtype=out.dtype if out.dtype.kind == "f" else float
    )


def repeated(functions: Functions, back: Back, dout: Array, got: Arrays) -> list[Finding | None]:
    """Check that a second backward returns the same."""
    again = functions.gradients(back, dout.copy())
    wrong = [name for name in got if difference(name, again[name], got[name]) is not None]
    return [
        complaint("repeatable", f"a second backward returns another d{name}", tensor=f"d{name}")
        for name in wrong
    ]


def linear(
    functions: Functions, back: Back, first: Array, second: Array, got: Arrays
) -> list[Finding | None]:
    """Check backward(2a + 3b) against 2 backward(a) + 3 backward(b), up to a generous share of rounding."""
    b = {name: values.copy() for name, values in functions.gradients(back, second.copy()).items()}
    both = functions.gradients(back, 2 * first + 3 * second)
    findings: list[Finding | None] = []
    for name, a in got.items():
        expected = 2 * a + 3 * b[name]
        scale = float(np.abs(a).max(initial=0.0) + np.abs(b[name]).max(initial=0.0))
        bound = 2.0**14 * float(np.finfo(a.dtype).eps) * scale
        found = difference(name, both[name], expected, bound)
        if found is not None:
            bound += rounding(functions, name, both[name], 2 * first + 3 * second)
            found = difference(name, both[name], expected, bound)
        if found is not None:
            what = f"d{name} is not linear in dout: backward(2a + 3b) is not 2 backward(a) + 3 backward(b)"
            findings.append(complaint("linear", what, tensor=f"d{name}"))
    return findings
