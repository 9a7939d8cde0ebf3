"""One door for every kind of answer: text, JSON and a summary, whatever a command found."""

import msgspec
import pytest

from gradcheck.kernels.report import KernelOutcome, KernelReport, ProblemReport
from gradcheck.report import Verdict
from gradcheck.reporting import formats
from gradcheck.reporting.kill_matrix import KillRow, Matrix
from gradcheck.timing.machine import Machine
from gradcheck.timing.times import Comparison, Row, Timing, TimingReport

PROBLEM = "conv2d n1c1h3w3_f1kh2kw2_s1x1_p0x0_d1x1_g1"
KERNEL = {
    "verdict": Verdict.PASS,
    "target": "mine.py:conv2d",
    "title": "NumPy",
    "layer": "conv2d",
    "dtype": "float32",
}
OUTCOME = KernelOutcome(check="exact", verdict=Verdict.PASS)
MACHINE = Machine(processor="a", cores=1, system="b", python="c", numpy="d", blas="e", torch=None)
ROW = Row(function="f", layer="conv2d", geometry="n1", count=1, part="forward", why="none")
MUTANT = KillRow(
    name="a", layer="relu", part="forward", killed_by="output", tensor="out", cases=1, seconds=0.01
)

ANSWERS = [
    KernelReport(
        **KERNEL,
        seed=0,
        seconds=0.5,
        problems=(ProblemReport(problem=PROBLEM, verdict=Verdict.PASS, outcomes=(OUTCOME,), seconds=0.5),),
    ),
    TimingReport(
        **KERNEL, against=None, allowed=None, seconds=0.5, timings=(Timing(problem=PROBLEM, times=None),)
    ),
    Comparison(
        target="mine.py",
        dialect="pair",
        problems="course",
        dtype="float32",
        threads=1,
        machine=MACHINE,
        rows=(ROW,),
    ),
    Matrix(seed=0, seconds=0.5, mutants=(MUTANT,)),
]
LINES = [
    "1 problem of conv2d in float32: 1 pass; NumPy; seed 0; 0.5 s",
    "1 problem of conv2d in float32: 1 pass; NumPy; 0.5 s",
    "nothing could be timed",
    "1 of 1 mutants killed, after 1 cases in the median; seed 0; 0.5 s",
]


def test_formats__know_every_kind_of_answer(report):
    assert {type(answer) for answer in [*ANSWERS, report]} == set(formats.SUMMARIES)


@pytest.mark.parametrize(
    ("answer", "line"), [*zip(ANSWERS, LINES, strict=True)], ids=lambda each: type(each).__name__
)
def test_text__ends_with_the_summary(answer, line):
    assert formats.summary(answer) == line
    assert formats.render(answer, "text").endswith(f"\n{line}\n")


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_json_reads_back_as_the_same_answer(answer):
    text = formats.render(answer, "json", colour=True, width=60, dialect="pair")
    assert msgspec.json.decode(text, type=type(answer)) == answer
    assert text.startswith('{\n  "schema": "gradcheck-')


def test_commands__offer_the_formats_of_their_answers(report):
    assert formats.names(type(report)) == ["text", "json", "junit", "markdown", "github"]
    assert formats.names(Matrix) == ["text", "json", "markdown"]
    assert formats.names(KernelReport) == ["text", "json", "markdown"]
    assert formats.names(Comparison) == formats.names(TimingReport) == ["text", "json"]


def test_width_and_dialect_reach_the_renderer(report):
    assert "--dialect cs231n" in formats.render(report, "text", dialect="cs231n")
    assert "\x1b[" in formats.render(report, "text", colour=True)
    wide, narrow = (formats.render(report, "text", width=width) for width in (200, 60))
    assert "seconds" in wide
    assert "seconds" not in narrow
