"""The check `scaling`: where a layer scales with its inputs, an implementation does too."""

from collections.abc import Iterator, Sequence

import numpy as np

from gradcheck.checks.check import Check
from gradcheck.checks.linear import from_a_step
from gradcheck.contract import Array, Arrays, Missing, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.arithmetic import Winner
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

POWERS = {"float64": (12, -12, 7, -6, 110, -110), "float32": (12, -12, 7, -6, 30, -30)}
"""The largest leave room for a square and a sum in the dtype."""
SHOWN = 40
"""Beyond this power a step may be too small to change the parameter that it updates, as if update were not written."""


def scaling(trial: Trial, part: str) -> Iterator[Finding]:
    """Inputs that are multiplied by a power of two multiply the results exactly.

    Where the layer scales with its inputs, results on 2^k x are those on x times a power of two, for large and small k.
    A maximum that starts at -999, an output that is capped, or x > 1e-3 in place of x > 0, is right for ordinary
    numbers only: start a maximum with -np.inf, and compare with 0.
    """
    for base, powers in _asked(trial):
        if not base:
            continue
        once = _results(trial, base, part)
        for power in powers:
            found = _found(trial, part, base, once, power)
            yield from found
            if found:
                return


def _asked(trial: Trial) -> Iterator[tuple[Arrays, Sequence[int]]]:
    """Yield inputs, and the powers that scale them: for a winner also inputs below zero, which a maximum loses."""
    arithmetic, powers = trial.layer.arithmetic, POWERS[trial.case.dtype]
    grown = _named(trial, arithmetic.scaled)
    yield grown, powers
    yield _named(trial, arithmetic.also_scaled), powers[-2:]
    if isinstance(arithmetic, Winner):
        yield {name: -np.abs(values) for name, values in grown.items()}, powers[:1]


def _named(trial: Trial, names: Sequence[str]) -> Arrays:
    return {name: trial.tensors[name] for name in names if name in trial.tensors}


def _results(trial: Trial, grown: Arrays, part: str) -> Arrays:
    """Return copies of the output, and of the gradients if backward is judged."""
    call = trial.call(**{name: values.copy() for name, values in grown.items()})
    found = {"out": trial.out(call).copy()}
    if part == "backward":
        found |= {name: values.copy() for name, values in trial.gradients(call, trial.dout.copy()).items()}
    return found


def _found(trial: Trial, part: str, base: Arrays, once: Arrays, power: int) -> list[Finding]:
    """Return the findings at one power: none where the step of an update vanishes."""
    try:
        return list(_judge(trial, part, base, once, power))
    except Missing:
        if abs(power) > SHOWN:
            return []
        raise


def _judge(trial: Trial, part: str, base: Arrays, once: Arrays, power: int) -> Iterator[Finding]:
    """Compare exactly, but for sums in an order that varies, and for what `from_a_step` allows."""
    factor = -(2.0**power) if _is_signed(trial, power) else 2.0**power
    grown = {name: values * values.dtype.type(factor) for name, values in base.items()}
    results = _results(trial, grown, part)
    for name, values in results.items():
        expected, bound = _expected(trial, name, once[name], factor, base)
        found = compare.difference(name, values, expected, bound)
        if found is None:
            continue
        if name == "out" and part == "backward":
            return  # forward is to blame, and so its cache is no evidence against backward
        if (name == "out") == (part == "forward"):
            sign = "-" if factor < 0 else ""
            what = f"multiplying {', '.join(base)} by {sign}2^{power} does not scale the result as it should"
            yield wrong_entry(trial, "out" if name == "out" else f"d{name}", found, what)


def _is_signed(trial: Trial, power: int) -> bool:
    """Return whether the factor is negative: for the odd power, unless the layer has winners."""
    return power % 2 == 1 and not isinstance(trial.layer.arithmetic, Winner)


def _expected(trial: Trial, name: str, once: Array, factor: float, base: Arrays) -> tuple[Array, float]:
    """Return what a result must be, and how far it may be from that where equal calls differ."""
    grows = trial.layer.arithmetic.degree - (name in base)
    rounding = trial.output_bound if name == "out" else trial.gradient_bound(name, trial.dout)
    step = 0.0 if name == "out" else from_a_step(trial, name)
    # The step is that of the parameter as it is now.
    step *= max(1.0, abs(factor)) if name in base else 1.0
    with np.errstate(invalid="ignore"):
        return once * factor**grows, (2 * rounding + step) * abs(factor) ** grows + step


def _applies(subject: Subject, part: str) -> str | None:
    if not subject.layer.arithmetic.scaled:
        return "the layer does not scale with its inputs"
    return "each call draws its own mask" if subject.interface.draws_mask else None


SCALING = Check(name="scaling", judge=scaling, by_value=True, cases=1, applies=_applies)
