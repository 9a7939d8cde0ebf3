"""Judge a gradient by numerical derivatives of its function: wrong, right as far as can be seen, or no verdict."""

from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative import directions
from gradcheck.derivative.asking import Questions
from gradcheck.derivative.precision import WORST, Backward, HasCall
from gradcheck.derivative.reading import Bench
from gradcheck.derivative.telling import Teller
from gradcheck.derivative.widened import function_of
from gradcheck.evidence.compare import Evidence

__tracebackhide__ = True

ROUNDINGS = 16.0
"""Roundings of the largest numbers by which a gradient may differ from itself in double precision."""


@dataclass(frozen=True)
class Judgement:
    """What is known of a gradient.

    Attributes
    ----------
    evidence : Evidence or None
        What is wrong, or why there is no verdict.
    notes : tuple of str
        What was set aside, and with how many entries.
    miss : float or None
        A bound of the probability that a wrong sign of one entry, drawn at random, or a factor of 1.01 on everything,
        would not be seen; None without a verdict.
    """

    evidence: Evidence | None
    notes: tuple[str, ...] = ()
    miss: float | None = None


def judge(functions: HasCall, name: str, got: Array, dout: Array, rng: np.random.Generator) -> Judgement:
    """Judge the gradient `got` of one tensor.

    Parameters
    ----------
    functions : HasCall
        Forward and backward.
    name : str
        The tensor.
    got : ndarray
        What backward returned for it, of the tensor's shape.
    dout : ndarray
        The upstream gradient it was called with.
    rng : numpy.random.Generator
        Draws directions and roundings.
    """
    if not got.size:
        return Judgement(None, (), 0.0)
    x = functions.tensors[name]
    everything = directions.along(directions.steps(x.ravel()), np.ones(x.size, dtype=bool), None, rng)
    seen = function_of(functions, name, dout, everything)
    if seen.slopes is None:
        return Judgement(Evidence(f"no verdict: {seen.why}"))
    wide = functions.widened() if seen.is_double else None
    fine = None if wide is None else _formula(functions, wide, name, got, dout, rng)
    if wide is not None and fine is not None:
        functions, got = wide, fine
    back = Backward(functions, name, np.asarray(got, dtype=np.float64).ravel(), dout)
    own = back.precision(rng)
    # The units are computed twice, as a large tensor has no room for them while backward is called.
    bench = Bench(seen.slopes.line, back.got, own, directions.steps(x.ravel()), seen.sigma)
    questions = Questions(bench, back, Teller(name, x.shape), rng, [seen.why] if seen.why else [])
    evidence = questions.ask(seen.slopes)
    return Judgement(evidence, tuple(questions.notes), None if evidence else questions.miss())


def _formula(
    functions: HasCall, wide: HasCall, name: str, got: Array, dout: Array, rng: np.random.Generator
) -> Array | None:
    """Return the gradient by the same backward in double precision, if `got` is that up to its rounding.

    It is judged in place of `got`: a coarse precision hides what is wrong with a formula, such as a factor of 1.01, or
    the sign of one entry among many.
    """
    try:
        with np.errstate(all="ignore"):
            out, back = wide.call()
            fine = wide.gradients(back, np.asarray(dout, dtype=np.float64))[name]
    except Exception:  # noqa: BLE001 - a backward that refuses a precision may say so in any way
        return None
    if out.dtype != np.float64 or fine.dtype != np.float64 or not np.isfinite(got).all():
        return None
    return None if _differ(functions, name, fine, got, dout, rng) else fine


def _differ(
    functions: HasCall, name: str, fine: Array, got: Array, dout: Array, rng: np.random.Generator
) -> bool:
    """Return whether a gradient is another one in double precision, by more than its rounding can be."""
    claimed = np.asarray(got, dtype=np.float64).ravel()
    size = max(float(np.abs(fine).max(initial=0.0)), float(np.abs(dout).max(initial=0.0)))
    distance = np.abs(fine.ravel() - claimed)
    far = distance > ROUNDINGS * functions.eps[name] * size
    if not far.any():
        return False
    entries = np.flatnonzero(far)
    rounding = Backward(functions, name, claimed, dout).refined(entries, rng)
    return bool((distance[entries] > WORST * rounding).any())
