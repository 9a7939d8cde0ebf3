"""Judge functions at one point: their gradients, and what a backward owes besides."""

import itertools
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.derivative import HasCall
from gradcheck.derivative import judge as judge_gradient
from gradcheck.derivative.directions import LARGE
from gradcheck.functions import purity
from gradcheck.functions.findings import complaint, evidence_finding, note
from gradcheck.functions.outputs import Run, compact
from gradcheck.functions.pair import Functions
from gradcheck.report import Finding, Verdict

__tracebackhide__ = True


class Judged(NamedTuple):
    """Findings, and for each gradient that got a verdict the probability that the questions miss a mistake."""

    findings: list[Finding]
    misses: list[float]


def judged_gradient(
    functions: HasCall, name: str, got: Array, dout: Array, rng: np.random.Generator
) -> Judged:
    """Return what the numerical derivative says of a gradient: a fault, no verdict, or notes alone."""
    judgement = judge_gradient(functions, name, got, dout, rng)
    found = evidence_finding(name, judgement.evidence, functions.tensors[name].shape)
    notes = [note("gradient", words, f"d{name}") for words in judgement.notes]
    misses = [] if judgement.miss is None else [judgement.miss]
    return Judged(notes if found is None else [found, *notes], misses)


def start(functions: Functions, dout: Any, rng: np.random.Generator) -> tuple[Functions, Run, Array]:
    """Return the functions with the outputs that dout leaves out, a run, and the upstream gradient."""
    run = functions.run(functions.fresh())
    for name, part in zip(run.outputs.names, run.outputs.parts, strict=True):
        if np.iscomplexobj(part):
            raise TypeError(
                f"check_gradients: {name} is complex; expected real outputs: return its real and its imaginary part"
            )
    if functions.is_fused:  # it returns its gradients for dout = 1, and accepts no other
        return functions, run, run.outputs.ones()
    if dout is None:
        return functions, run, run.outputs.upstream(rng)
    given, unused = run.outputs.given(dout)
    if unused:
        functions = replace(functions, unused=unused)
        run = functions.run(functions.fresh())
    return functions, run, given


def judge(functions: Functions, dout: Any, rng: np.random.Generator) -> Judged:
    """Return all findings of the first order."""
    functions, run, first = start(functions, dout, rng)
    first = compact(first)
    again = list(purity.forward_again(functions, run))
    if any(finding.verdict is Verdict.INCONCLUSIVE for finding in again):
        return Judged(again, [])
    try:
        got, before, after = _called(functions, run, first, rng)
        told = {finding.message for finding in after}
        after += [finding for finding in again if finding.message not in told]
        run.forget()  # large arrays, of which the derivatives need none
        gradients = [judged_gradient(functions, name, got[name], first, rng) for name in got]
    except SubjectError as problem:
        return Judged([complaint("shapes", str(problem)), *again], [])
    findings = itertools.chain.from_iterable(each.findings for each in gradients)
    return Judged([*before, *findings, *after], [miss for each in gradients for miss in each.misses])


def _called(
    functions: Functions, run: Run, dout: Array, rng: np.random.Generator
) -> tuple[Arrays, list[Finding], list[Finding]]:
    """Return the gradients, and what a few calls of backward show: findings to report before and after these."""
    is_given = functions.framework is None
    mark = purity.digest(run.out) if is_given else 0
    returned: list[Any] = []

    def back(values: Array) -> Any:
        returned[:] = [run.back(values)]
        return returned[0]

    got: Arrays = {name: values.copy() for name, values in functions.gradients(back, dout).items()}
    before = list(purity.aliases(functions, run, returned.pop())) if is_given else []
    writes_dout = not functions.is_fused and purity.writes(run, dout)
    if writes_dout:
        before.append(note("unchanged", "dout is changed in place", "dout"))
    before += purity.dtypes(functions, got)
    changes: list[Finding] = []
    if is_given and run.size >= LARGE:
        changes += purity.changed(functions, run.arguments)
        run.release()
    after: list[Finding] = []
    if not functions.is_fused:
        after += purity.repeated(functions, run, dout, got)
        after += purity.linear(functions, run, dout, got, rng)
        after += purity.layouts(functions, run, dout, got, writes_dout)
    if is_given:
        known = {finding.message for finding in changes}
        changes += [each for each in purity.changed(functions, run.arguments) if each.message not in known]
        after += changes
        if purity.digest(run.outputs.flat()) != mark:
            after.append(note("unchanged", "backward changes out in place", "out"))
    return got, before, after
