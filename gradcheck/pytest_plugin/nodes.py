"""The nodes of pytest: a collector for each target, and a test for each aspect of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gradcheck.judging import run
from gradcheck.judging.part import ENOUGH
from gradcheck.pytest_plugin.asked import Asked
from gradcheck.pytest_plugin.aspects import Aspect, aspects
from gradcheck.pytest_plugin.known import FILE
from gradcheck.report import CheckReport, Finding, PartReport, Severity, TargetReport, Verdict, worst
from gradcheck.reporting import text
from gradcheck.text import one_line

ALWAYS = ("implemented", "shapes")
"""The checks without which another one cannot tell what is missing from what is wrong."""


NOT_FOUND = "it is no longer there: a file must define the same functions each time it is run"


@dataclass(frozen=True)
class TestOutcome:
    """The verdict on one test, and what is shown: the failure as in the text report, or one line."""

    verdict: Verdict
    shown: str
    stale: bool = False
    """Whether the whole check passes, so that nothing of it is a known failure."""


class Wrong(Exception):
    """A test fails. The message is what is shown, all of it."""


class GradcheckTest(pytest.Item):
    """One check of one part of a layer. What it needs is judged when it is run, together with its siblings."""

    def __init__(self, aspect: Aspect, **others: Any) -> None:
        super().__init__(**others)
        self.aspect = aspect
        self.add_marker("gradcheck")
        if self.config.pluginmanager.hasplugin(
            "xdist"
        ):  # --dist loadgroup: what is judged at once, in one worker
            self.add_marker(pytest.mark.xdist_group(f"{self.target.name}:{aspect.layer}"))

    @property
    def target(self) -> "GradcheckTarget":
        """The collector it comes from."""
        assert isinstance(self.parent, GradcheckTarget)
        return self.parent

    def runtest(self) -> None:
        """Judge it."""
        found, asked = self.target.outcome(self.aspect), self.target.asked
        known = next((each for each in asked.known if each.covers(self.aspect, self.target.name)), None)
        if found.verdict.is_wrong or found.verdict is Verdict.MISSING:
            if known is not None:
                pytest.xfail(known.reason)  # does nothing where --runxfail is given
            raise Wrong(found.shown)
        if known is not None and found.stale:
            raise Wrong(f"{known} passes, and {FILE} calls it a known failure ({known.reason}): take it out")
        if found.verdict is Verdict.INCONCLUSIVE:
            if asked.strict:
                raise Wrong(f"{self.name}: no verdict: {found.shown}")
            pytest.skip(f"no verdict: {found.shown}")
        if found.verdict is Verdict.SKIP:
            pytest.skip(found.shown)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the finding, without a traceback through the suite."""
        return str(excinfo.value) if isinstance(excinfo.value, Wrong) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test stands, and its name."""
        return self.path, None, self.name


class GradcheckTarget(pytest.Collector):
    """A file, folder or module whose layers are judged."""

    def __init__(self, target: str, asked: Asked, **others: Any) -> None:
        super().__init__(**others)
        self.target, self.asked = target, asked
        self.aspects: list[Aspect] = []
        self._reports: dict[str, TargetReport] = {}

    def collect(self) -> Iterator[GradcheckTest]:
        """Yield the tests, none of which is judged yet."""
        found = run.look(self.target, self.asked.plan)
        if isinstance(found, TargetReport):
            # The case that is replayed may be of a layer that only another target has.
            if found.dialect is not None and self.asked.plan.only is not None:
                return
            raise self.CollectError(text.unjudged(found).rstrip())
        if not found.subjects:
            raise self.CollectError(
                f"{self.target}: it defines whole networks only: judge them with gradcheck verify"
            )
        self.aspects = aspects(found, self.asked.plan)
        for aspect in self.aspects:
            # As text, which pytest takes apart as it does the ids that --lf remembers.
            nodeid = f"{self.nodeid}::{aspect.name}"
            yield GradcheckTest.from_parent(self, name=aspect.name, nodeid=nodeid, aspect=aspect)

    def outcome(self, aspect: Aspect) -> TestOutcome:
        """Return the outcome of a test; the first of a layer has the layer judged, by the checks that are asked for."""
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
    """Return what a report says of one test.

    A finding about no gradient in particular belongs to all the tests of its check. One gradient's failures stop the
    check before all cases are seen: of the others nothing is proved.
    """
    if aspect.place >= len(target.parts) or target.parts[aspect.place].function != aspect.function:
        return TestOutcome(Verdict.ERROR, one_line(target.error or NOT_FOUND, 2000))
    part = target.parts[aspect.place]
    check = next(each for each in part.checks if each.check == aspect.check)
    faults = [f for f in part.findings if f.check == aspect.check and f.severity is Severity.FAULT]
    found = [f for f in faults if f.tensor == aspect.tensor or f.tensor not in aspect.tensors]
    if faults and not found:
        others = ", ".join(dict.fromkeys(str(fault.tensor) for fault in faults))
        return TestOutcome(
            Verdict.INCONCLUSIVE, f"the check stops after {ENOUGH} cases of trouble with {others}"
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
    """Return why there is no verdict, or why a check means nothing here."""
    return [one_line(finding.message) for finding in findings] or [one_line(check.reason or "")]
