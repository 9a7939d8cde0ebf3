"""Nothing is found in what is right: the same as `benchmarks/false_alarms.py`, on fewer cases."""

import runpy
from pathlib import Path

import pytest

from gradcheck.layers.cases import cases_for
from gradcheck.report import Severity, Verdict

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "false_alarms.py"))
SUBJECTS = [(name, subject) for name, found in SCRIPT["subjects"]().items() for subject in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "subject"), SUBJECTS, ids=[f"{name}-{subject.layer.name}" for name, subject in SUBJECTS]
)
@pytest.mark.sample(every=17)
def test_right_layer__has_no_fault_and_no_doubt(name, subject):
    parts = SCRIPT["judged"](subject, cases_for(subject, 6, 0))
    assert [
        finding for part in parts for finding in part.findings if finding.severity is Severity.FAULT
    ] == []
    assert {part.verdict for part in parts} == {Verdict.PASS}
    assert all(part.miss_bound is None or part.miss_bound <= 1e-9 for part in parts)
