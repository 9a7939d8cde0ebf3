"""Judging a whole network: its loss by its own scores, its gradients by the derivative of its own loss."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from gradcheck.contract import MODEL, PARTS, Malformed, Missing, SubjectError
from gradcheck.functions.findings import complaint
from gradcheck.models.gradients import BACKWARD
from gradcheck.models.loss import FORWARD
from gradcheck.models.network import Model, Network
from gradcheck.report import CheckReport, Finding, PartReport, Severity, Verdict, worst

DRAWS = 2
"""Number of random inputs; an entry at a kink on one input is not on the other."""

Judge = Callable[[Network], Iterator[Finding]]


def judge_model(model: Model, chosen: Collection[str], seed: int) -> list[PartReport]:
    """Judge both parts of a model by the checks that are chosen; by all where none is."""
    started = time.perf_counter()
    reports = []
    judges: Mapping[str, Judge]
    for part, judges in zip(PARTS, (FORWARD, BACKWARD), strict=True):
        wanted = {name: judge for name, judge in judges.items() if not chosen or name in chosen}
        report = _judge_part(model, part, wanted, seed)
        seconds = round(time.perf_counter() - started, 4)
        reports.append(msgspec.structs.replace(report, seconds=seconds))
        started = time.perf_counter()
    return reports


def _judge_part(model: Model, part: str, judges: Mapping[str, Judge], seed: int) -> PartReport:
    try:
        networks = [Network.of(model, seed + i) for i in range(DRAWS)]
        for network in networks:
            network.loss_and_grads()
    except SubjectError as problem:
        return _without_verdict(model, part, judges, problem)
    checks, findings = [], []
    for name, judge in judges.items():
        found = _on_each(networks, judge)
        findings += [msgspec.structs.replace(finding, check=name) for finding in found]
        checks.append(_checked(name, model, found))
    return _report(model, part, DRAWS, tuple(findings), tuple(checks))


def _on_each(networks: list[Network], judge: Judge) -> list[Finding]:
    """Return what a check finds: a fault of any draw, a doubt only if it is there on every draw."""
    rounds = [_judged(network, judge) for network in networks]
    found: dict[str | None, Finding] = {}
    for findings in rounds:
        for finding in findings:
            if finding.verdict is not Verdict.INCONCLUSIVE or all(_doubts(each, finding) for each in rounds):
                found.setdefault(finding.tensor, finding)
    return list(found.values())


def _doubts(findings: list[Finding], finding: Finding) -> bool:
    return any(f.verdict is Verdict.INCONCLUSIVE and f.tensor == finding.tensor for f in findings)


def _judged(network: Network, judge: Judge) -> list[Finding]:
    try:
        return list(judge(network))
    except Malformed as problem:
        return [complaint("", str(problem))]
    except Missing as problem:
        return [complaint("", str(problem), Verdict.MISSING)]
    except SubjectError as problem:
        return [complaint("", str(problem), Verdict.ERROR)]


def _checked(name: str, model: Model, found: list[Finding]) -> CheckReport:
    if name == "output" and not model.is_plain:
        why = "its scores at test time are not those of training"
        return CheckReport(check=name, verdict=Verdict.SKIP, cases=0, reason=why)
    verdicts = [finding.verdict for finding in found if finding.severity is Severity.FAULT]
    return CheckReport(check=name, verdict=worst([*verdicts, Verdict.PASS]), cases=DRAWS)


def _without_verdict(
    model: Model, part: str, judges: Mapping[str, Judge], problem: SubjectError
) -> PartReport:
    """Report a model that cannot be called: that is forward's fault, and nothing else is known."""
    verdict = Verdict.MISSING if isinstance(problem, Missing) else Verdict.ERROR
    is_reported = part == "forward" or verdict is Verdict.MISSING
    findings = (complaint("implemented", str(problem), verdict),) if is_reported else ()
    why = "not implemented" if verdict is Verdict.MISSING else f"did not run: {problem}"
    other = Verdict.SKIP if verdict is Verdict.MISSING else Verdict.INCONCLUSIVE
    checks = []
    for name in judges:
        own = verdict if is_reported and name == "implemented" else other
        reason = None if own is verdict else why
        checks.append(CheckReport(check=name, verdict=own, cases=0, reason=reason))
    return _report(model, part, 0, findings, tuple(checks))


def _report(
    model: Model, part: str, cases: int, findings: tuple[Finding, ...], checks: tuple[CheckReport, ...]
) -> PartReport:
    return PartReport(
        layer=MODEL,
        part=part,
        function=f"{model.name}.loss",
        verdict=worst(check.verdict for check in checks),
        cases=cases,
        miss_bound=None,
        seconds=0.0,
        findings=findings,
        checks=checks,
    )
