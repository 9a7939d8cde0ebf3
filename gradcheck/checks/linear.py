"""The check `linear`: backward is linear in dout."""

from collections.abc import Callable, Iterator

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Arrays, Case, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.layers.space import products
from gradcheck.report import Finding


def sparse(dout: Array) -> Array:
    """Keep every third entry."""
    return np.where(np.arange(dout.size).reshape(dout.shape) % 3 == 2, dout, dout.dtype.type(0))


def negative(dout: Array) -> Array:
    """Make every entry negative."""
    return -np.abs(dout)


def zero(dout: Array) -> Array:
    """Make every entry zero."""
    return np.zeros_like(dout)


def one_hot(dout: Array) -> Array:
    """Keep the last entry."""
    return np.where(np.arange(dout.size).reshape(dout.shape) == dout.size - 1, dout, dout.dtype.type(0))


def ones(dout: Array) -> Array:
    """Make every entry 1, as the sum of all outputs does."""
    return np.ones_like(dout)


def of_one_output(dout: Array, turn: int) -> Array:
    """Keep what belongs to one of several outputs, as where a loss depends on the last hidden state alone."""
    kept = np.arange(len(dout)) == turn % len(dout)
    return np.where(kept.reshape(-1, *[1] * (dout.ndim - 1)), dout, dout.dtype.type(0))


KINDS: tuple[Callable[[Array], Array], ...] = (negative, sparse, zero, one_hot, ones)
"""What the second upstream gradient looks like, by turns: code may look at a sign, or leave out what is zero."""

POWERS = {"float64": (60, -40, 104, -104), "float32": (60, -40)}
"""By turns. Powers of two scale every rounded number exactly."""


def linear(trial: Trial, part: str) -> Iterator[Finding]:
    """Backward is linear in the upstream gradient.

    backward(2 a + 3 b) must equal 2 backward(a) + 3 backward(b), where b is negative, sparse, zero, one-hot or ones,
    and belongs to one output where there are several. And backward(2^60 a) must be 2^60 backward(a), also for 2^104,
    2^-40 and 2^-104: do not clip, round or drop any, however large or small. A mask computed from dout, or a dout that
    is not used, breaks this. The reported probability of a miss (`gradient`) holds for linear backwards only.
    """
    turn = sum(str(trial.case).encode())  # not the seed alone: the cases of a battery share it
    first, second = trial.dout, KINDS[turn % len(KINDS)](trial.upstream(index=1))
    if trial.case.layer.shapes.is_stacked:
        second = of_one_output(second, turn)
    a, b = (trial.fresh_gradients(dout) for dout in (first, second))
    found = list(_added(trial, first, second, a, b))
    powers = POWERS[trial.case.dtype]
    power = powers[turn % len(powers)]
    yield from found
    if not found:
        yield from _scaled(trial, first, a, power)


def _added(trial: Trial, first: Array, second: Array, a: Arrays, b: Arrays) -> Iterator[Finding]:
    both = 2 * first + 3 * second
    together = trial.fresh_gradients(both)
    for name in trial.wanted:
        bound = 4 * trial.gradient_bound(name, both)
        found = compare.difference(name, together[name], 2 * a[name] + 3 * b[name], bound)
        if found is not None:
            what = "backward(2a + 3b) is not 2 backward(a) + 3 backward(b)"
            yield wrong_entry(trial, f"d{name}", found, what)


def _scaled(trial: Trial, first: Array, a: Arrays, power: int) -> Iterator[Finding]:
    """Compare exactly, but for sums in an order that varies, and for what `from_a_step` allows."""
    factor = first.dtype.type(2.0**power)
    scaled = trial.fresh_gradients(first * factor)
    for name in trial.wanted:
        bound = 2 * trial.gradient_bound(name, first) * 2.0**power + from_a_step(trial, name)
        found = compare.difference(name, scaled[name], a[name] * 2.0**power, bound)
        if found is not None:
            what = f"backward(2^{power} a) is not 2^{power} backward(a)"
            yield wrong_entry(trial, f"d{name}", found, what)


def from_a_step(trial: Trial, name: str) -> float:
    """Return the rounding of a gradient that is found from a parameter's step: of the parameter itself."""
    values = trial.tensors[name]
    return 0.0 if name == "x" else 4 * float(np.finfo(values.dtype).eps * np.abs(values).max(initial=0.0))


LARGEST = 20_000
"""The most products of a case: each takes four backwards, and code that looks at dout does so in small ones, too."""


def derive(case: Case) -> Iterator[Case]:
    """Yield an ordinary case that is not large."""
    yield from (each for each in ordinary(case) if products(each) <= LARGEST)


def _applies(subject: Subject, part: str) -> str | None:
    return "this interface has no upstream gradient" if subject.interface.fused else None


LINEAR = Check(
    name="linear",
    judge=linear,
    by_value=True,
    parts=("backward",),
    derive=derive,
    cases=12,
    applies=_applies,
    by_tensor=True,
)
