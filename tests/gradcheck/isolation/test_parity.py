"""A worker gives the same report as this process: verdicts, findings, notes."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import Level

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "cs231n"
TARGETS = [
    DATA / "stubs.py",
    DATA / "tied.py",
    ROOT / "tests" / "alternatives" / "norm.py",
]


def told(path, level):
    """Return everything but what depends on how much time there was: which case is the smallest, which mistake."""
    (target,) = verify([str(path)], Plan(cases=1, isolation=level)).targets
    parts = {(part.function, part.part): (part.verdict, part.cases, part.checks) for part in target.parts}
    notes = [
        finding.message for part in target.parts for finding in part.findings if finding.severity == "note"
    ]
    faults = [
        (part.function, finding.check, finding.tensor, finding.verdict)
        for part in target.parts
        for finding in part.findings
        if finding.severity == "fault"
    ]
    return target.dialect, target.verdict, target.error, target.notes, parts, notes, faults


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.name)
@pytest.mark.sample(1)
def test_worker_and_this_process__report_the_same(path):
    assert told(path, Level.RLIMITS) == told(path, Level.PROCESS)
