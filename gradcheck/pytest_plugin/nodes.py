"""The nodes of pytest: a collector for each target, and a test for each of its aspects."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gradcheck.judging import run
from gradcheck.judging.part import ENOUGH
from gradcheck.pytest_plugin.asked import FILE, Asked
from gradcheck.pytest_plugin.aspects import Aspect, aspects
from gradcheck.report import CheckReport, Finding, PartReport, Severity, TargetReport, Verdict, worst
from gradcheck.reporting import text
from gradcheck.text import one_line

ALWAYS = ("implemented", "shapes")
"""Checks that run with any other: without them a missing function could not be distinguished from a wrong one."""


NOT_FOUND = "it no longer exists: a file must define the same functions each time it is run"


@dataclass(frozen=True)
class TestOutcome:
    """The verdict on one test, and the text to show: the failure as in the text report, or one line."""

    verdict: Verdict
    shown: str
    stale: bool = False
    """Whether the whole check passes: an entry that calls it a known failure is out of date."""


class Wrong(Exception):
    """A test fails. Its message is shown as it is."""


class GradcheckTest(pytest.Item):
    """One check of one part of a layer. The first test of a layer to run has the whole layer judged."""

    def __init__(self, aspect: Aspect, **others: Any) -> None:
        super().__init__(**others)
        self.aspect = aspect
        self.add_marker("gradcheck")
        # With --dist loadgroup, the tests of a layer run in one worker, which judges the layer once for all of them.
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(f"{self.target.name}:{aspect.layer}"))

    @property
    def target(self) -> "GradcheckTarget":
        """The collector of this test."""
        assert isinstance(self.parent, GradcheckTarget)
        return self.parent

    def runtest(self) -> None:
        """Pass, fail or skip according to the outcome."""
        found, asked = self.target.outcome(self.aspect), self.target.asked
        known = next((each for each in asked.known if each.covers(self.aspect, self.target.name)), None)
        if found.verdict.is_wrong or found.verdict is Verdict.MISSING:
            if known is not None:
                pytest.xfail(known.reason)  # has no effect with --runxfail
            raise Wrong(found.shown)
        if known is not None and found.stale:
            raise Wrong(
                f"{known} passes, and {FILE} calls it a known failure ({known.reason}): remove the entry"
            )
        if found.verdict is Verdict.INCONCLUSIVE:
            if asked.strict:
                raise Wrong(f"{self.name}: no verdict: {found.shown}")
            pytest.skip(f"no verdict: {found.shown}")
        if found.verdict is Verdict.SKIP:
            pytest.skip(found.shown)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the finding without a traceback through the suite."""
        return str(excinfo.value) if isinstance(excinfo.value, Wrong) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the test's place and name."""
        return self.path, None, self.name


class GradcheckTarget(pytest.Collector):
    """A file, folder or module whose layers are judged."""

    def __init__(self, target: str, asked: Asked, **others: Any) -> None:
        super().__init__(**others)
        self.target, self.asked = target, asked
        self.aspects: list[Aspect] = []
        self._reports: dict[str, TargetReport] = {}

    def collect(self) -> Iterator[GradcheckTest]:
        """Yield the tests without judging any of them."""
        found = run.look(self.target, self.asked.plan)
        if isinstance(found, TargetReport):
            # The replayed case may belong to a layer that only another target has.
            if found.dialect is not None and self.asked.plan.only is not None:
                return
            raise self.CollectError(text.unjudged(found).rstrip())
        self.aspects = aspects(found, self.asked.plan)
        if not self.aspects:
            raise self.CollectError(
                f"{self.target}: it defines whole networks only: judge them with gradcheck verify"
            )
        for aspect in self.aspects:
            # An explicit id, so that a selection by id and --lf find the test by the same text.
            nodeid = f"{self.nodeid}::{aspect.name}"
            yield GradcheckTest.from_parent(self, name=aspect.name, nodeid=nodeid, aspect=aspect)

    def outcome(self, aspect: Aspect) -> TestOutcome:
        """Return the outcome of a test; the first test of a layer has the layer judged by all selected checks."""
        if aspect.layer not in self._reports:
            wanted = {item.aspect.check for item in self._selected(aspect.layer)}
            plan = replace(self.asked.plan, layers=(aspect.layer,), checks=(*ALWAYS, *wanted))
            self._reports[aspect.layer] = run.verify([self.target], plan).targets[0]
        return outcome(self._reports[aspect.layer], aspect, self.asked.plan.dialect)

    def _selected(self, layer: str) -> Iterator[GradcheckTest]:
        """Yield the tests of a layer that were not deselected."""
        for item in self.session.items:
            if isinstance(item, GradcheckTest) and item.parent is self and item.aspect.layer == layer:
                yield item


def outcome(target: TargetReport, aspect: Aspect, dialect: str | None) -> TestOutcome:
    """Return the outcome of one test in a report.

    A finding that names no gradient belongs to all tests of its check. The failures of one gradient stop the check
    before it has seen all cases, so that the other gradients have no verdict.
    """
    if aspect.place >= len(target.parts) or target.parts[aspect.place].function != aspect.function:
        return TestOutcome(Verdict.ERROR, one_line(target.error or NOT_FOUND, 2000))
    part = target.parts[aspect.place]
    if part.reason is not None:
        return TestOutcome(Verdict.INCONCLUSIVE, one_line(part.reason, 2000))
    check = next(each for each in part.checks if each.check == aspect.check)
    faults = [f for f in part.findings if f.check == aspect.check and f.severity is Severity.FAULT]
    found = [f for f in faults if f.tensor == aspect.tensor or f.tensor not in aspect.tensors]
    if faults and not found:
        others = ", ".join(dict.fromkeys(str(fault.tensor) for fault in faults))
        return TestOutcome(
            Verdict.INCONCLUSIVE, f"the check stops after {ENOUGH} failing cases; they concern {others}"
        )
    verdict = worst(finding.verdict for finding in found) if found else check.verdict
    alone = msgspec.structs.replace(part, verdict=verdict, findings=tuple(found), checks=(check,))
    return TestOutcome(verdict, _shown(target, alone, dialect), check.verdict is Verdict.PASS)


def _shown(target: TargetReport, part: PartReport, dialect: str | None) -> str:
    if part.verdict.is_wrong:
        return text.failures(msgspec.structs.replace(target, parts=(part,)), dialect).rstrip()
    if part.verdict is Verdict.MISSING:
        what = "; ".join(finding.message for finding in part.findings)
        return f"{part.layer} · {part.part}    MISSING    ({part.function})\n  {what}"
    return "; ".join(_reasons(part.findings, part.checks[0]))


def _reasons(findings: tuple[Finding, ...], check: CheckReport) -> list[str]:
    """Return why there is no verdict, or why a check does not apply."""
    return [one_line(finding.message) for finding in findings] or [one_line(check.reason or "")]
