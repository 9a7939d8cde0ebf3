"""The check `fresh`: a call does not depend on which calls came before."""

from collections.abc import Iterator
from itertools import chain, islice

from gradcheck.checks.check import Check
from gradcheck.checks.gradient import gradient
from gradcheck.contract import Case, Interface, Subject, SubjectError
from gradcheck.evidence import compare
from gradcheck.evidence.findings import fault, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

CALLS = {"forward": 5, "backward": 2}
"""How often the same call is made once more: a buffer that is full, or a warm-up that ends, shows after a few."""

MOST = {"forward": 6, "backward": 2}
"""Limits on the siblings. What is kept by shape is usually kept by forward, and gradients take more time."""


SEEDS = 3
"""On how many sets of numbers it must be right on larger tensors before something kept is blamed."""


def fresh(trial: Trial, part: str) -> Iterator[Finding]:
    """Results depend on the arguments of this call only.

    Between two equal calls come others on tensors of the same shapes, with another stride, pad, mode or eps; then the
    same call is made several times. What is kept between calls (indices of im2col, a mask, a buffer) must be found
    again by everything that it depends on: compute it anew, or put all options into its key.
    """
    trial.out()  # raises SubjectError if there is none
    if not trial.forward_is_right:
        return  # `output` says so
    interface = trial.subject.interface
    others = ((trial, Trial(trial.subject, each)) for each in siblings(trial.case, interface, part))
    alike = (_trials(trial.subject, pair) for pair in lookalikes(trial.case, interface, part))
    for one, other in chain(islice(others, MOST[part]), alike):
        try:
            _ = one.out() if part == "forward" else one.grads
            found = list(_between(one, other, part))
        except SubjectError:
            continue  # it does not take these options, which other checks report
        yield from found
        if found:
            return
    for number in range(2, CALLS[part] + 2):
        found = list(_again(trial, part, f"call {number} with the same arguments differs from the first"))
        yield from found
        if found:
            return


def _trials(subject: Subject, cases: tuple[Case, Case]) -> tuple[Trial, Trial]:
    return Trial(subject, cases[0]), Trial(subject, cases[1])


def siblings(case: Case, interface: Interface, part: str) -> Iterator[Case]:
    """Yield the case with other numbers, and cases with one option changed, to a value from the layer's fixed cases.

    Their tensors have the same shapes.
    """
    yield case.but(seed=case.seed + 1)
    known = [interface.express(case.layer.cases.grammar.read(each)) for each in case.layer.cases.battery]
    for name in case.params:
        values = (params[name] for params in known if name in params)
        others = (case.but(params={**case.params, name: value}) for value in values)
        fitting = (other for other in others if _is_sibling(case, other, interface, part))
        yield from islice(fitting, 1)


def lookalikes(case: Case, interface: Interface, part: str) -> Iterator[tuple[Case, Case]]:
    """Yield pairs of the layer's cases in which all shapes are equal, that of the output too, but not the options."""
    for pair in case.layer.cases.lookalikes:
        one, other = (case.layer.case(each, seed=case.seed) for each in pair)
        one, other = (each.but(params=interface.express(each.params)) for each in (one, other))
        if one.output_shape == other.output_shape and _is_sibling(one, other, interface, part):
            yield one, other


def _is_sibling(case: Case, other: Case, interface: Interface, part: str) -> bool:
    return (
        other.params != case.params
        and other.flaw is None
        and other.shapes == case.shapes
        and interface.has(other)
        and interface.skips(part, other.params) is None
    )


def _between(trial: Trial, other: Trial, part: str) -> Iterator[Finding]:
    """Judge a call on a sibling, and then one on the trial's own case."""
    if not _is_right(other, part):
        # Where it is wrong on tensors of other shapes too, nothing that was kept is to blame, and other checks say so.
        larger = other.case.but(params={**other.params, "n": other.params.get("n", 0) + 1})
        asked = "n" in other.params and larger.flaw is None and trial.subject.interface.has(larger)
        others = (larger.but(seed=larger.seed + more) for more in range(SEEDS))
        if asked and all(_is_right(Trial(trial.subject, each), part) for each in others):
            yield fault(
                trial,
                f"wrong on {other.case.geometry}, but only after a call with tensors of the same shapes",
            )
        return
    yield from _again(trial, part, f"after a call on {other.case.geometry}, the same call differs")


def _is_right(trial: Trial, part: str) -> bool:
    if part == "backward" and trial.forward_is_right:
        return not any(each.verdict.is_wrong for each in gradient(trial, part))
    return trial.forward_is_right or part == "backward"  # a wrong forward is no evidence against backward


def _again(trial: Trial, part: str, what: str) -> Iterator[Finding]:
    """Compare a new call with the first."""
    if trial.subject.interface.draws_mask:
        return
    call = trial.call()
    if part == "forward":
        found = compare.difference("out", trial.out(call), trial.out(), 2 * trial.output_bound)
        if found is not None:
            yield wrong_entry(trial, "out", found, what)
        return
    gradients = trial.gradients(call, trial.dout.copy())
    for name in trial.wanted:
        bound = 2 * trial.gradient_bound(name, trial.dout)
        found = compare.difference(name, gradients[name], trial.grads[name], bound)
        if found is not None:
            yield wrong_entry(trial, f"d{name}", found, what)


FRESH = Check(name="fresh", judge=fresh, cases=1)
