"""Gradients that are asked one at a time: a frozen weight, or the weight alone."""

from collections.abc import Iterator

from gradcheck.contract import Array, Missing, SubjectError
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.report import Finding


def frozen(trial: KernelTrial) -> KernelOutcome:
    """The same gradients where only some are asked: all but one, as for a frozen weight, and each one alone.

    A function of PyTorch's may return None for what `needs_input_grad` does not ask, and must compute the rest.
    """
    kernel = trial.kernel
    if not trial.backward or not kernel.traits.can_freeze:
        return KernelOutcome.skipped("frozen", "its gradients are asked together")
    filled, _ = trial.plain()
    if filled is None or len(trial.case.wanted) < 2:
        why = "no integers are small enough" if filled is None else "only one tensor has a gradient"
        return KernelOutcome.skipped("frozen", why)
    findings = [each for wanted in _some_of(trial.case.wanted) for each in _judged(trial, filled, wanted)]
    return KernelOutcome.of("frozen", _once(findings))


def _some_of(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the tensors that are asked for a gradient: all but one, and then each alone, unless that is the same."""
    yield from (tuple(each for each in names if each != left_out) for left_out in names)
    if len(names) > 2:
        yield from ((name,) for name in names)


def _judged(trial: KernelTrial, filled: Filled, wanted: tuple[str, ...]) -> Iterator[Finding]:
    left_out = " and ".join(name for name in trial.case.wanted if name not in wanted)
    message = f"wrong where {left_out} needs no gradient"
    assert filled.dout is not None
    names = ("out", *(f"d{name}" for name in wanted))
    try:
        got = trial.started(filled.tensors, filled.dout, wanted)()
    except Missing as problem:
        trial.results(filled)  # raises where it gives no such gradient at all, which is no fault
        yield trial.finding("frozen", f"{message}: {problem}")
        return
    except SubjectError as problem:
        yield trial.failed_where("frozen", message, problem)
        return
    if got.keys() < set(names):
        whole = trial.results(filled)  # what it never gives is no fault here
        left = ", ".join(name for name in names if name in whole and name not in got)
        if left:
            yield trial.finding("frozen", f"{message}: it gives no {left}")
            return
    right: dict[str, Array] = {name: filled.truth.values[name] for name in names if name in got}
    _, allowed = trial.plain()
    yield from trial.compared("frozen", got, right, allowed, message)


def _once(findings: list[Finding]) -> list[Finding]:
    """Return the first finding on each tensor: the same fault shows in several of the calls."""
    return list({finding.tensor: finding for finding in reversed(findings)}.values())


FROZEN = KernelCheck(name="frozen", judge=frozen)
