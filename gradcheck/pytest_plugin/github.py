"""Output of a pytest run for GitHub: annotations for failed tests, and a table in the summary of the step.

With xdist, the tests run in workers, and only their reports reach the main process: each report carries the data.
"""

from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

from gradcheck.pytest_plugin.nodes import GradcheckTest
from gradcheck.reporting.github import add_to_summary, annotation, place_of
from gradcheck.reporting.markdown import code, table

OUTCOMES = ("passed", "failed", "skipped", "xfailed")


class Annotating:
    """A plugin that is registered only if the run reports to GitHub."""

    def __init__(self, config: pytest.Config) -> None:
        self._is_worker = hasattr(config, "workerinput")
        self._annotations: list[str] = []
        self._counts: dict[tuple[str, str, str], Counter[str]] = {}
        self._failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the row of the table to the report, and the annotation if the test failed."""
        report = yield
        if isinstance(item, GradcheckTest) and call.when == "call":
            aspect, target = item.aspect, item.target
            row: dict[str, Any] = {"row": [target.name, aspect.function, aspect.part]}
            if report.failed:
                place = place_of(target.asked.plan.adapter or target.target, aspect.function)
                row["annotation"] = annotation("error", item.name, report.longreprtext, place)
            report.gradcheck = row  # type: ignore[attr-defined]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the outcome, and keep the annotation."""
        data = getattr(report, "gradcheck", None)
        if data is None:
            return
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        self._counts.setdefault(tuple(data["row"]), Counter())[outcome] += 1
        if "annotation" in data:
            self._annotations.append(data["annotation"])
            self._failed.append(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Write the annotations, one on each line, and the table."""
        if self._is_worker or not self._counts:
            return
        terminalreporter.ensure_newline()
        for line in self._annotations:
            terminalreporter.write_line(line)
        rows = [
            (code(target), code(function), part, *(str(count[outcome] or "") for outcome in OUTCOMES))
            for (target, function, part), count in self._counts.items()
        ]
        failed = "".join(f"- {code(name)}\n" for name in self._failed)
        head = f"## gradcheck: {len(self._failed)} failed\n\n"
        add_to_summary(f"{head}{table(('target', 'function', 'part', *OUTCOMES), rows)}\n{failed}\n")
