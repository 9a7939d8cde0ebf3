"""The loop of a verification: each case of a subject goes through the checks of each part; findings become reports."""

import re
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import (
    VALUES,
    Case,
    LeftOut,
    Missing,
    Refused,
    Subject,
    SubjectError,
    TimedOut,
    Unadapted,
    Uncalled,
)
from gradcheck.evidence.acquittal import MENDED, Acquittal, acquittal, acquittal_of_dtype, is_mended
from gradcheck.evidence.findings import excuse, fault, verdict_of
from gradcheck.evidence.probing import MISS_TARGET
from gradcheck.evidence.trial import Trial
from gradcheck.judging.allowance import SURE, Allowance
from gradcheck.judging.asked import asked, unasked
from gradcheck.judging.plan import planned, refusal
from gradcheck.layers.space import Pairs
from gradcheck.report import CheckReport, Finding, PartReport, Severity, Verdict, worst

SOLID = 12
"""With so many numbers, and plain ones, a forward that is wrong hardly gives the right output by chance."""

ENOUGH = 3
"""Failing cases after which a check stops: the smallest of them is reported, and more would only cost time."""

WRONG_ELSEWHERE = "forward is wrong on other cases, and may be right by chance here; fix forward first"

WRONG_ALREADY = "most cases beyond the first, because it is wrong already"
"""What the report says of a part that was asked no further."""

OF_DTYPES = re.compile(
    r"dtype|float ?\d\d|double|precision|typecode|TypeError|ArgumentError|AssertionError", re.I
)
"""In the message of an exception: code for one precision says so, or what it is compiled to does."""

Key = tuple[str | None, Verdict]
"""What a tally keeps one finding for: a tensor and a verdict."""

STEADY = frozenset({"repeatable", "reentrant", "cache"})
"""The checks of a backward that show whether it leaves the cache as it is, so that several may share one forward."""


@dataclass
class Tally:
    """What one check has found so far on one part.

    A verification keeps its state in the tallies and in `PartJudge`, and nowhere else. `seen` has the lines of the
    cases, and `blocked` the reason why the subject gave the check nothing to judge; `uncalled` is set where that is
    no fault of the subject's, because Python refused the call or an adapter raised, and `unsure` where the check can
    therefore not pass: always, except for a case that an adapter leaves out on purpose. `left` is the reason where
    the failure is forward's, on cases that only this check asks for, and the same check reports it for forward.
    `coarse` has what was found on cases whose rounding hides the answer: it counts if no other case gave one. `solid`
    has the findings that a case of ordinary size and plain numbers shows too.
    """

    check: Check
    reason: str | None
    lenient: bool = False
    seen: set[str] = field(default_factory=set)
    failures: int = 0
    blocked: str | None = None
    uncalled: bool = False
    unsure: bool = False
    left: str | None = None
    coarse: list[tuple[Case, Finding]] = field(default_factory=list)
    findings: dict[Key, tuple[int, Finding]] = field(default_factory=dict)
    solid: set[Key] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Whether the check needs more cases."""
        enough = self.check.cases is not None and len(self.seen) >= self.check.cases
        return self.reason is None and not enough and self.failures < ENOUGH

    def add(self, case: Case, findings: Iterable[Finding]) -> None:
        """Keep, for each tensor and verdict, the finding on the smallest case."""
        faulty = False
        for finding in findings:
            faulty |= finding.severity is Severity.FAULT
            key, size = (finding.tensor, finding.verdict), case.size
            if key not in self.findings or size < self.findings[key][0]:
                self.findings[key] = size, finding
            if case.fill == "plain" and case.size >= SOLID:
                self.solid.add(key)
        self.failures += faulty

    def doubt(self) -> None:
        """Take faults back that only small cases and unusual numbers show, because forward is wrong on other cases.

        On such a case a wrong forward may give the right output by chance, and leave a wrong cache.
        """
        for key, (size, finding) in list(self.findings.items()):
            if self.check.excusable and finding.verdict.is_wrong and key not in self.solid:
                message = f"{finding.message}. No verdict: {WRONG_ELSEWHERE}"
                doubted = msgspec.structs.replace(finding, verdict=Verdict.INCONCLUSIVE, message=message)
                self.findings[key] = size, doubted

    def report(self, is_missing: bool) -> CheckReport:
        """Return the check's report; if the part is not implemented, a check that did not run is a skip."""
        name, ran = self.check.name, len(self.seen)
        if len(self.coarse) == ran:
            for case, finding in self.coarse:
                self.add(case, [finding])
        faults = [f.verdict for _, f in self.findings.values() if f.severity is Severity.FAULT]
        if faults:
            return CheckReport(check=name, verdict=worst(faults), cases=ran)
        # What a wrong function returns may be what its adapter fails on, or what makes Python refuse the next call.
        if ran and not self.lenient and self.unsure:
            why = f"was not judged on every case: {self.blocked}"
            return CheckReport(check=name, verdict=Verdict.INCONCLUSIVE, cases=ran, reason=why)
        if ran:
            return CheckReport(check=name, verdict=Verdict.PASS, cases=ran)
        if self.uncalled:
            return CheckReport(
                check=name, verdict=Verdict.SKIP, cases=0, reason=f"not judged: {self.blocked}"
            )
        if self.blocked is not None and not is_missing and not self.lenient and self.left is None:
            why = f"did not run: {self.blocked}"
            return CheckReport(check=name, verdict=Verdict.INCONCLUSIVE, cases=0, reason=why)
        why = self.reason or (
            "not implemented" if is_missing else self.blocked or self.left or "no case for it"
        )
        return CheckReport(check=name, verdict=Verdict.SKIP, cases=0, reason=why)


@dataclass
class PartJudge:
    """One part of a subject during its verification.

    `steady` has the checks among `STEADY` that passed on all their cases, or do not apply. `is_lost` is set where
    nothing proved that a failure is forward's, `is_beyond_excuse` where nothing proved it of an exception: the proofs
    take long. `is_settled` is set where it is wrong, and asked no further.
    """

    subject: Subject
    part: str
    tallies: list[Tally]
    steady: set[str] = field(default_factory=set)
    cases: dict[str, Case] = field(default_factory=dict)
    possible: Pairs | None = None
    left_out: str | None = None
    refused: list[str] = field(default_factory=list)
    misses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    acquittals: dict[str, Acquittal | None] = field(default_factory=dict)
    own_forward: bool = False
    is_lost: bool = False
    is_beyond_excuse: bool = False
    is_settled: bool = False

    @property
    def asked(self) -> int:
        """How many checks it has run so far, each on a case of its own."""
        return sum(len(tally.seen) for tally in self.tallies)

    def judge(self, case: Case, trials: dict[str, Trial], *, is_brief: bool = False) -> None:
        """Run each check that needs more cases on the cases that it derives from this one, with few probes or all."""
        if self.subject.interface.skips(self.part, case.params) is not None:
            return
        started = time.perf_counter()
        for tally in self.tallies:
            for derived in tally.check.derive(case) if tally.is_open else ():
                if self._wants(tally, derived):
                    self._trial(derived, trials).is_brief = is_brief
                    self._run(tally, derived, trials)
        self.seconds += time.perf_counter() - started

    def _wants(self, tally: Tally, case: Case) -> bool:
        """Return whether a check still has to run on a case that the subject's interface can express."""
        if (
            not tally.is_open
            or str(case) in tally.seen
            or self.subject.interface.skips(self.part, case.params) is not None
        ):
            return False
        interface = self.subject.interface
        return interface.has(case) and (self.part == "forward" or interface.wanted(case) != ())

    def _trial(self, case: Case, trials: dict[str, Trial]) -> Trial:
        """Return the trial of a case: several checks derive the same one, and share it with the subject's calls."""
        line = str(case)
        if line not in trials:
            trials[line] = Trial(self.subject, case, trials)
        return trials[line]

    def _run(self, tally: Tally, case: Case, trials: dict[str, Trial]) -> None:
        line, trial = str(case), self._trial(case, trials)
        trial.shares_forward = self.steady >= STEADY
        try:
            judged: list[Finding] | None = list(tally.check.judge(trial, self.part))
        except SubjectError as problem:
            if self._is_forwards(tally.check, trial):
                tally.left = f"forward gives no output on its cases: {problem}"
                return
            lasts = self.is_beyond_excuse or isinstance(problem, TimedOut | Missing | Uncalled)
            if self.part == "backward" and not lasts:
                proof = self._acquittal(trial)
                self.is_beyond_excuse = proof is None
                if proof is not None:
                    tally.left = f"forward is wrong on its cases; backward is {proof.why}"
                    return
            tally.unsure |= isinstance(problem, Unadapted)
            if not self._is_news(case, problem):
                tally.blocked = str(problem)
                judged = None
            else:
                judged = [fault(trial, str(problem), verdict_of(problem))]
        if trial.shares_forward and any(finding.severity is Severity.FAULT for finding in judged or ()):
            self._again(tally, case, trials)
            return
        # Only where something is wrong: a part that could not be called has passed nothing.
        refused = None if judged == [] else trial.uncalled(self.part)
        if refused is not None:
            tally.blocked, tally.uncalled = str(refused), True
            tally.unsure |= not isinstance(refused, LeftOut)
            self.refused.append(str(refused))
            return
        if judged is None:
            return
        tally.seen.add(line)
        self.cases[line] = case
        if judged:
            check = tally.check
            named = [self._named(self._excused(each, check, trial), check) for each in judged]
            if trial.is_coarse and all(each.verdict is Verdict.INCONCLUSIVE for each in judged):
                tally.coarse.append((case, named[0]))
            else:
                tally.add(case, named)
        if tally.check.name in STEADY and not (tally.is_open or tally.findings):
            self.steady.add(tally.check.name)
        if tally.check.name == "gradient" and trial.miss_bound is not None and not trial.is_brief:
            self.misses.append(trial.miss_bound)

    def _again(self, tally: Tally, case: Case, trials: dict[str, Trial]) -> None:
        """Run a check again where it found a fault, which is believed only if each backward has a forward of its own.

        Backward may have been steady on other cases only: the checks that show this run on the case, too.
        """
        self.steady.clear()
        trials.clear()
        self._run(tally, case, trials)
        for each in self.tallies:
            if each.check.name in STEADY and each is not tally:
                self._run(each, case, trials)

    def _is_news(self, case: Case, problem: SubjectError) -> bool:
        """Return whether a call without a result is a finding of this check, because only this check has such a case.

        On a plain case, `implemented` and `shapes` report it.
        """
        if isinstance(problem, Missing) or (case.fill in VALUES and case.dtype in self._plain):
            return False
        if _may_refuse(case, problem):
            return False
        return not any(
            tally.failures for tally in self.tallies if tally.check.name in ("implemented", "shapes")
        )

    def _is_forwards(self, check: Check, trial: Trial) -> bool:
        """Return whether a check of backward has no result because forward has none, which the same check reports."""
        asked = "forward" in check.parts and "forward" in self.subject.parts and self.part == "backward"
        if not asked or check.derive is ordinary:
            return False
        try:
            trial.out()
        except SubjectError:
            return True
        return False

    @property
    def _plain(self) -> tuple[str, ...]:
        """The dtypes of the cases that a verification starts from."""
        return ("float32",) if self.subject.interface.single else ("float64",)

    def _excused(self, finding: Finding, check: Check, trial: Trial) -> Finding:
        """Return the finding; a note if the failure is forward's, and inconclusive if it may be.

        A finding that becomes a note anyway is left alone.
        """
        is_note = check.name in self.subject.interface.lenient
        if self.part == "forward" or not check.excusable or is_note or not finding.verdict.is_wrong:
            return finding
        proof = None if finding.verdict is Verdict.TIMEOUT else self._proof(check, trial)
        if proof is not None:
            self.own_forward |= proof.own
            return _acquitted(finding, proof)
        why = excuse(trial)
        if why is None:
            return finding
        message = f"{finding.message}. No verdict: {why}"
        return msgspec.structs.replace(finding, verdict=Verdict.INCONCLUSIVE, message=message)

    def _proof(self, check: Check, trial: Trial) -> Acquittal | None:
        """Return the proof that a failure is forward's. After one without a proof, no other is looked for."""
        proof = None
        if not self.is_lost and check.name == "dtype":
            proof = acquittal_of_dtype(trial)
        elif not self.is_lost and check.by_value:
            proof = self._acquittal(trial)
        self.is_lost |= proof is None
        return proof

    def doubt(self) -> None:
        """Judge backward's failures again, now that forward is known to be wrong on other cases.

        A failure is forward's where backward is right with a right cache: forward may have left a wrong one, and have
        given the right output by chance. Others are in doubt where only small or unusual cases show them.
        """
        for tally in self.tallies:
            if tally.check.excusable and tally.check.by_value:
                for key, (size, finding) in list(tally.findings.items()):
                    if finding.severity is Severity.FAULT and finding.case in self.cases:
                        proof = self._late_proof(Trial(self.subject, self.cases[finding.case]))
                        if proof is not None:
                            self.own_forward |= proof.own
                            tally.findings[key] = size, _acquitted(finding, proof)
            tally.doubt()

    def _late_proof(self, trial: Trial) -> Acquittal | None:
        """Return the proof that a failure is forward's, also where its output is right on this case."""
        proof = self._acquittal(trial)
        with suppress(SubjectError):
            proof = proof or (MENDED if is_mended(trial) else None)
        return proof

    def _acquittal(self, trial: Trial) -> Acquittal | None:
        """Return the proof that a failure of backward on a case is forward's, found once for all checks."""
        line = str(trial.case)
        if line not in self.acquittals:
            self.acquittals[line] = None
            with suppress(SubjectError):  # its time may be over, or its process lost
                self.acquittals[line] = acquittal(trial)
        return self.acquittals[line]

    def _named(self, finding: Finding, check: Check) -> Finding:
        """Return the finding with the check's name; as a note if the interface does not promise the property."""
        lenient = check.name in self.subject.interface.lenient and finding.verdict is not Verdict.INCONCLUSIVE
        is_declared = check.name in self.subject.interface.declared
        if (
            lenient
            and finding.severity is Severity.FAULT
            and (is_declared or not _breaks_on_dtype(finding, check))
        ):
            message = f"declared not to hold: {finding.message}" if is_declared else finding.message
            note = {"severity": Severity.NOTE, "verdict": Verdict.PASS, "message": message}
            return msgspec.structs.replace(finding, check=check.name, **note)
        return msgspec.structs.replace(finding, check=check.name)

    @property
    def is_missing(self) -> bool:
        """Whether the part is not implemented: it is a stub, and no check had anything to judge."""
        missing = any(verdict is Verdict.MISSING for tally in self.tallies for _, verdict in tally.findings)
        return missing and not any(tally.seen for tally in self.tallies if tally.check.name != "implemented")

    @property
    def is_promising(self) -> bool:
        """Whether a check that needs more cases has had something to judge."""
        return any(tally.is_open and tally.seen for tally in self.tallies)

    @property
    def is_wrong_by_value(self) -> bool:
        """Whether a check of values found a fault."""
        return any(
            finding.verdict.is_wrong
            for tally in self.tallies
            if tally.check.by_value
            for _, finding in tally.findings.values()
        )

    def findings(self) -> list[Finding]:
        """Return the findings so far, in the order of the checks."""
        return [finding for tally in self.tallies for _, finding in tally.findings.values()]

    def report(self) -> PartReport:
        """Return the part's report. It passes only if every expected check ran, and none found a fault."""
        reports = [tally.report(self.is_missing) for tally in self.tallies]
        verdict = Verdict.MISSING if self.is_missing else worst(report.verdict for report in reports)
        interface = self.subject.interface
        # Where rounding hides small errors, a bound near 1 says nothing about the other cases.
        resolved = [bound for bound in self.misses if bound <= MISS_TARGET] or self.misses
        reason = None if self.cases or not self.refused else f"not judged: {self.refused[0]}"
        return PartReport(
            layer=self.subject.layer.name,
            part=self.part,
            function=self.subject.functions[self.part],
            verdict=verdict,
            cases=len(self.cases),
            miss_bound=max(resolved, default=None),
            miss_cases=len(resolved),
            seconds=round(self.seconds, 4),
            findings=(*(note for note in self.subject.notes if self.part == "forward"), *self.findings()),
            checks=tuple(reports),
            understood=interface.understood.get(self.part),
            asked=asked(self.cases.values(), self.possible, self.left_out),
            unasked=unasked(self.subject),
            reason=reason,
            own_forward=self.own_forward and verdict is Verdict.PASS,
        )


def _acquitted(finding: Finding, proof: Acquittal) -> Finding:
    """Return a finding as a note, because the failure is forward's."""
    note = {"severity": Severity.NOTE, "verdict": Verdict.PASS, "message": proof.why}
    return msgspec.structs.replace(finding, **note)


def not_judged(subject: Subject, part: str, why: str) -> PartReport:
    """Return the report of a part whose signature accepts no call of its interface."""
    return PartReport(
        layer=subject.layer.name,
        part=part,
        function=subject.functions[part],
        verdict=Verdict.SKIP,
        cases=0,
        miss_bound=None,
        seconds=0.0,
        findings=(),
        checks=(),
        reason=f"not judged: {why}",
    )


def start(subject: Subject, part: str, checks: Sequence[Check]) -> PartJudge:
    """Return the judge of one part, before its first case."""
    tallies = [
        Tally(each.check, each.check.applies(subject, part), each.check.name in subject.interface.lenient)
        for each in planned(subject, checks)
        if each.part == part
    ]
    return PartJudge(
        subject, part, tallies, {tally.check.name for tally in tallies if tally.reason is not None}
    )


def judge_subject(subject: Subject, cases: Iterable[Case], checks: Sequence[Check]) -> list[PartReport]:
    """Judge every part of a subject on every case, except those whose signature does not accept its calls."""
    refused = {part: why for part in subject.parts if (why := refusal(subject, part)) is not None}
    parts = [start(subject, part, checks) for part in subject.parts if part not in refused]
    allowance = Allowance(cases, subject)
    for number, case in enumerate(allowance.affordable()):
        asking = _asking(parts, number - allowance.fixed)
        if not asking:
            break
        # Forward and backward share the trials of a case, and with them the subject's calls. The next case has its own,
        # so that memory does not grow.
        trials: dict[str, Trial] = {}
        for part in asking:
            part.judge(case, trials, is_brief=number >= allowance.fixed)
        trials.clear()  # each of them knows all: they would stay until the next collection of garbage
    for part in parts:
        part.possible = allowance.possible
        part.left_out = WRONG_ALREADY if part.is_settled else allowance.left_out
    if any(part.part == "forward" and part.is_wrong_by_value for part in parts):
        for part in parts:
            if part.part == "backward":
                part.doubt()
    reports = {part.part: part.report() for part in parts}
    unjudged = {part: not_judged(subject, part, why) for part, why in refused.items()}
    return [{**reports, **unjudged}[part] for part in subject.parts]


def _asking(parts: Sequence[PartJudge], beyond: int) -> list[PartJudge]:
    """Return the parts that are asked a case, which is so many beyond the battery.

    What gave nothing to judge on all of the battery, as a stub does, is not asked further. What is wrong is asked a few
    more, for what else is wrong: a backward next to a wrong forward is asked all, as its faults may be forward's.
    """
    if beyond < 0:
        return list(parts)
    forward_is_wrong = any(part.part == "forward" and part.is_wrong_by_value for part in parts)
    for part in parts:
        may_be_excused = part.part == "backward" and forward_is_wrong
        part.is_settled |= beyond >= SURE and not may_be_excused and part.is_wrong_by_value
    return [part for part in parts if part.is_promising and not part.is_settled]


def _breaks_on_dtype(finding: Finding, check: Check) -> bool:
    """Return whether a call fails for the dtype of its arguments, without a word of it: that is no convention."""
    return (
        check.name == "dtype" and finding.verdict is Verdict.ERROR and not OF_DTYPES.search(finding.message)
    )


def _may_refuse(case: Case, problem: SubjectError) -> bool:
    """Return whether a call without a result is a refusal that code of this kind may make."""
    return isinstance(problem, Refused) and bool(case.layer.cases.refusable(case.params))
