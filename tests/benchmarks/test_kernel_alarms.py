"""What `benchmarks/kernel_alarms.py` counts, and keeps."""

import runpy
import sys
from pathlib import Path

import pytest

from gradcheck.kernels.report import KernelOutcome, ProblemReport
from gradcheck.report import Verdict

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def alarms():
    sys.path.insert(0, str(BENCHMARKS))
    yield runpy.run_path(str(BENCHMARKS / "kernel_alarms.py"))
    sys.path.remove(str(BENCHMARKS))


@pytest.mark.parametrize(
    ("wrong", "verdict"), [((), "pass"), (("layout",), "known"), (("layout", "reals"), "fail")]
)
def test_problem__is_known_where_all_that_is_wrong_is(alarms, wrong, verdict):
    outcomes = tuple(
        KernelOutcome(check=check, verdict=Verdict.FAIL if check in wrong else Verdict.PASS)
        for check in ("reals", "layout", "special")
    )
    report = ProblemReport(
        problem="instance_norm n1c2h2w3_e0.1",
        verdict=Verdict.FAIL if wrong else Verdict.PASS,
        outcomes=outcomes,
        seconds=0.0,
    )
    assert alarms["verdict_of"](report, {"layout", "empty"}) == verdict


def test_rows__are_read_as_they_were_kept(alarms, tmp_path):
    place = tmp_path / "rows.jsonl"
    row = alarms["Row"](layer="sum", dtype="float32", seed=3, verdicts={"pass": 5}, texts=["a\nb"])
    assert alarms["read"](place) == []
    alarms["write"](row, place)
    alarms["write"](row, place)
    assert alarms["read"](place) == [row, row]
