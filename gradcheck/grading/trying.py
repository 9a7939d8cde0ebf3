"""Try a rubric before a class is graded: what a right solution, stubs and known mistakes would get."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec
import numpy as np

from gradcheck.contract import PARTS, Array
from gradcheck.grading import batch
from gradcheck.grading.refused import Refused
from gradcheck.grading.rubric import Rubric
from gradcheck.grading.scoring import Score, scored
from gradcheck.judging.plan import Plan
from gradcheck.judging.run import verify_functions, verify_whole
from gradcheck.layers import BY_NAME
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import apply
from gradcheck.models.rules import RULES, Config, Rule, UpdateRule
from gradcheck.models.stepping import judge_rule
from gradcheck.subjects.loading.errors import Unavailable


@dataclass(frozen=True)
class Tried:
    """What something would get; `is_right` if it is known to be right."""

    name: str
    score: Score
    is_right: bool = False


def tried(rubric: Rubric, own: Sequence[str] = (), seed: int = 0) -> Iterator[Tried]:
    """Yield what a right solution would get, one with a mistake in each backward, stubs, and files of the caller.

    The suite's own code is called by its own names, whatever the rubric's dialect is.

    Raises
    ------
    Refused
        A file of the caller's cannot be run on this machine.
    """
    confined = batch.plan_of(rubric, seed) if own else None
    plan = replace(batch.plan_of(rubric, seed, unsandboxed=True), dialect="pair")
    ours = [each.layer for each in rubric.function if each.layer in BY_NAME]
    fast = {f"{name}_{part}": getattr(BY_NAME[name].ours.fast, part) for name in ours for part in PARTS}
    rules = {each.rule: partial(_taken, RULES[each.rule]) for each in rubric.function if each.rule}
    yield Tried("a right solution", _score((fast, rules), rubric, plan), is_right=True)
    wrong = fast | dict(_mistakes(ours))
    yield Tried("a mistake in each backward", _score((wrong, rules), rubric, plan))
    stubs = tuple(dict.fromkeys(each, _stub) for each in (fast, rules))
    yield Tried("stubs", _score(stubs, rubric, replace(plan, cases=0)))  # any case shows a stub
    for path in own:
        assert confined is not None
        try:
            yield Tried(path, scored(verify_whole(path, confined), rubric))
        except Unavailable as problem:
            raise Refused(problem.message) from None


Functions = Mapping[str, Callable[..., Any]]


def _score(written: tuple[Functions, ...], rubric: Rubric, plan: Plan) -> Score:
    """Return the score of functions of layers, and of update rules."""
    functions, rules = written
    target = verify_functions(dict(functions), plan).targets[0]
    steps = [UpdateRule(name, RULES[name], function) for name, function in rules.items()]
    parts = tuple(part for step in steps for part in judge_rule(step, plan.checks, plan.seed))
    error = target.error if functions or not parts else None
    return scored(msgspec.structs.replace(target, error=error, parts=(*target.parts, *parts)), rubric)


def _taken(rule: Rule, w: Array, dw: Array, config: Config | None = None) -> tuple[Array, dict[str, Any]]:
    """Take a step of a rule by its definition, from its options by default and a state of its own."""
    start = {name: value if name == "t" else np.full(w.shape, value) for name, value in rule.state.items()}
    known = {**rule.defaults, **start, **(config or {})}
    moved, state = rule.step(w, dw, known)
    return moved, {**known, **state}


def _mistakes(layers: Sequence[str]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield both functions of each layer that has a known mistake in backward: the first of the catalogue."""
    for name in layers:
        of_layer = [each for each in MUTANTS if (each.layer, each.part) == (name, "backward")]
        for mutant in of_layer[:1]:
            pair = apply(mutant)
            yield from ((f"{name}_{part}", getattr(pair, part)) for part in PARTS)


def _stub(*values: object, **options: object) -> None:
    raise NotImplementedError
