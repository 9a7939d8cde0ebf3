"""What became of each predicate: whether a verification asked for it, and noticed that the function was wrong there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from blind.predicate import Predicate
from blind.predicates import predicates
from blind.witness import possible
from blind.wrapping import Wrapped
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import PARTS, Case, Layer
from gradcheck.judging.allowance import Allowance
from gradcheck.judging.matrix import first_fault, subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.report import Finding

CAUGHT, UNNOTICED, UNASKED = "caught", "asked, but not noticed", "never asked"


@dataclass(frozen=True)
class Spot:
    """One part of a layer that is wrong where a predicate holds, and what a verification made of it.

    `outcome` is one of `CAUGHT`, `UNNOTICED` and `UNASKED`; `check` is the check that caught it.
    """

    layer: str
    part: str
    predicate: Predicate
    outcome: str
    check: str | None = None

    @property
    def caught(self) -> bool:
        """Whether the part got a wrong verdict."""
        return self.outcome == CAUGHT

    @property
    def half(self) -> str:
        """The half of the predicates that it belongs to."""
        return self.predicate.half(self.layer)


@dataclass(frozen=True)
class Verification:
    """What a verification is asked to do: how many random `cases`, from which `seed`, and whether `thorough`."""

    cases: int | None = None
    seed: int = 0
    thorough: bool = False


@cache
def questions(layer: str, how: Verification) -> tuple[tuple[Case, ...], int]:
    """Return the cases that a verification asks of the right functions, and how many of them get all probes.

    The wrapping runs lines of its own, which would count.
    """
    subject = subject_of(layer, BY_NAME[layer].ours.fast)
    allowance = Allowance(cases_for(subject, how.cases, how.seed, thorough=how.thorough), subject)
    return tuple(allowance.affordable()), allowance.fixed


def judged(wrapped: Wrapped, how: Verification) -> Finding | None:
    """Return the first fault that a verification finds in the watched part."""
    subject = subject_of(wrapped.layer.name, wrapped.pair)
    cases, fixed = questions(wrapped.layer.name, how)
    with quiet(how.seed):
        finding, _ = first_fault(subject, wrapped.part, cases, CHECKS, fixed)
    return finding


def asked(layer: Layer, part: str, among: Sequence[Predicate], how: Verification) -> set[int]:
    """Return the positions of the predicates that hold on a call of a verification of the right functions."""
    watched = Wrapped(layer, part, among, spoils=False)
    finding = judged(watched, how)
    assert finding is None, f"the right {layer.name} is accused: {finding}"
    return watched.held


def outcomes(layer: Layer, chosen: Sequence[Predicate], how: Verification) -> list[Spot]:
    """Return what becomes of each part, wrong where each predicate holds.

    A predicate that holds on no call of the right functions need not be tried: the wrong function answers as the right
    one does.
    """
    return [
        _spot(layer, part, predicate, i in held, how)
        for part in PARTS
        for held in [asked(layer, part, chosen, how)]
        for i, predicate in enumerate(chosen)
        if part == "backward" or predicate.when != "dout"
    ]


def _spot(layer: Layer, part: str, predicate: Predicate, is_asked: bool, how: Verification) -> Spot:
    if not is_asked:
        return Spot(layer.name, part, predicate, UNASKED)
    finding = judged(Wrapped(layer, part, [predicate]), how)
    if finding is None:
        return Spot(layer.name, part, predicate, UNNOTICED)
    return Spot(layer.name, part, predicate, CAUGHT, finding.check)


def spots(layer: Layer, how: Verification, step: int = 1) -> list[Spot]:
    """Return what becomes of a layer that is wrong where each of its predicates holds, without the impossible ones.

    With a `step`, only every so many-th predicate is tried.
    """
    chosen = predicates(layer)[::step]
    found = outcomes(layer, chosen, how)
    seen = {each.predicate.name for each in found if each.outcome != UNASKED}
    rest = [each for each in chosen if each.name not in seen]
    seen.update(rest[i].name for i in possible(layer, rest))
    return [each for each in found if each.predicate.name in seen]
