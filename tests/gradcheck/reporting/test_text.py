import shlex

import pytest

from gradcheck.report import Severity, TargetReport, Verdict
from gradcheck.reporting.formats import BY_NAME, FORMATS
from gradcheck.reporting.text import as_text as render
from gradcheck.reporting.wording import summary

FAILURE = """\
conv2d · backward · dx    FAIL    (conv_backward_naive)
  not the gradient
  case            conv2d n1c1h3w2_f1kh2kw1_s1x1_p0x0_d1x1_g1 float64 seed=0
  worst entry     dx[0, 0, 1, 0]: yours 2, expected 5  (exact arithmetic: no tolerance)
  where           rows 1..1, every column
  check           gradient: Backward returns the derivative of the layer. Each gradient is compared
"""
AGAIN = """\
  again           gradcheck replay layers.py "conv2d n1c1h3w2_f1kh2kw1_s1x1_p0x0_d1x1_g1 float64 seed=0"
  by hand         gradcheck explain layers.py "conv2d n1c1h3w2_f1kh2kw1_s1x1_p0x0_d1x1_g1 float64 seed=0"
  also            ones: not the gradient: dx is 4
                  conv2d n1c1h3w2_f1kh2kw1_s1x1_p0x0_d1x1_g1 float64 seed=1
"""
TABLE = """\
layers.py    (cs231n)

function                 layer       part      verdict       cases   miss  seconds  failed
conv_forward_naive       conv2d      forward   pass              7            0.12
conv_backward_naive      conv2d      backward  fail              7            0.12  gradient
max_pool_backward_naive  max_pool2d  backward  pass              7  9e-10     0.12
conv_backward_strides    conv2d      backward  inconclusive      7            0.12
conv_backward_fast       conv2d      backward  missing           7            0.12
"""


def test_formats__have_their_names():
    assert [each.name for each in FORMATS] == list(BY_NAME) == ["text", "json", "junit", "markdown", "github"]


def test_failure_text__has_role_place_both_numbers_and_the_replay_line(report):
    told = render(report)
    assert told.startswith(FAILURE)
    assert AGAIN in told


def test_text_table__has_a_row_for_every_part(report):
    assert TABLE in render(report, width=120)


def test_last_line__sums_the_report_up(report):
    last = render(report, width=1000).splitlines()[-1]
    assert last == (
        "1 of 5 functions is wrong: conv_backward_naive; 2 pass; 1 inconclusive: conv_backward_strides; "
        "1 missing: conv_backward_fast; seed 0; 1.9 s"
    )


def test_checks_without_a_verdict_are_told_with_their_reason(report):
    told = render(report)
    assert "conv2d · backward    INCONCLUSIVE    (conv_backward_strides)" in told
    assert "  reason          shapes, gradient did not run: forward raised\n" in told
    assert "checks: 1 ran, 1 do not apply, 2 inconclusive" in told


def test_notes_are_told_once_by_function_and_without_the_refrain(report):
    told = render(report)
    assert told.count("out is x") == 1
    assert "    conv_forward_naive  alias: out is x\n" in told
    assert "    conv_backward_fast  missing: conv_backward_fast returned None\n" in told


def test_note_on_several_tensors__is_printed_once(make, parts):
    part, finding = parts
    found = [
        finding("dtype", Severity.NOTE, Verdict.PASS, f"{name} is float64", tensor=name)
        for name in ("dx", "dw")
    ]
    assert "    f  dtype: dx, dw is float64\n" in render(make(part("f", findings=found)))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_lines__fit_the_terminal_unless_they_are_to_be_copied(report, width):
    lines = render(report, width=width).splitlines()
    wide = [line for line in lines if len(line) > width]
    assert all("conv2d n1c1" in line or "FAIL" in line or "INCONCLUSIVE" in line for line in wide)
    assert any(line.startswith("  again") and line.endswith('seed=0"') for line in lines)


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (92, "function layer part verdict cases miss seconds failed"),
        (91, "function layer part verdict cases miss failed"),
        (82, "function layer part verdict miss failed"),
        (75, "function part verdict miss failed"),
        (63, "function part verdict failed"),
    ],
)
def test_narrow_table__drops_the_less_important_columns(report, width, columns):
    header = next(line for line in render(report, width=width).splitlines() if line.startswith("function"))
    assert header.split() == columns.split()


def test_text_lines__end_without_blanks_and_escapes(report):
    told = render(report, width=10_000)
    assert "\x1b" not in told
    assert all(line == line.rstrip() for line in told.splitlines())
    assert told.endswith("s\n")


def test_colour_is_for_terminals(report, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")  # the command looks at it, and asks for no colour
    told = render(report, colour=True)
    assert "\x1b[1;31mFAIL\x1b[0m" in told


def test_replay_line__quotes_the_target_and_repeats_the_dialect(report, make):
    told = render(make(*report.parts(), target="my layers.py"), dialect="cs231n")
    line = next(line for line in told.splitlines() if line.startswith("  again"))
    assert shlex.split(line) == [
        "again",
        *("gradcheck", "replay", "my layers.py"),
        "conv2d n1c1h3w2_f1kh2kw1_s1x1_p0x0_d1x1_g1 float64 seed=0",
        *("--dialect", "cs231n"),
    ]


def test_text_of_a_subject__is_neither_markup_nor_escapes(make, parts):
    part, finding = parts
    said = finding(message="[bold red]raised[/] \x1b[31m:boom: \u202e", verdict=Verdict.ERROR)
    told = render(make(part("f", verdict=Verdict.ERROR, findings=[said])))
    assert "  [bold red]raised[/] \\x1b[31m:boom: \\u202e\n" in told


def test_finding_of_an_unknown_check__is_reported_all_the_same(make, parts):
    part, finding = parts
    told = render(make(part("f", verdict=Verdict.FAIL, findings=[finding("another")])))
    assert "  wrong\n  check           another\n" in told


def test_withheld_verdict__gives_its_reason_before_the_numbers(make, parts):
    part, finding = parts
    message = "not the gradient: dx[0] is 1; expected 2 (bound 1e-12). No verdict: mend forward first"
    unclear = finding(message=message, index=(0,), tensor="dx", verdict=Verdict.INCONCLUSIVE)
    told = render(make(part("f", verdict=Verdict.INCONCLUSIVE, findings=[unclear])))
    assert "  not the gradient. No verdict: mend forward first\n" in told
    assert "  worst entry     dx[0]: yours 1, expected 2  (bound 1e-12)\n" in told


def test_unjudged_target__is_reported_with_what_to_do(make, parts):
    stub = parts[0]("relu_forward", verdict=Verdict.MISSING)
    told = render(make(stub, error="there are only stubs in it", verdict=Verdict.MISSING))
    assert "layers.py    (cs231n)    NOT JUDGED\n  there are only stubs in it\n" in told
    assert "  what to do      write one of them, and run this again: relu_forward\n" in told
    assert told.endswith("\ncould not judge layers.py; seed 0; 1.9 s\n")


def test_functions_of_several_targets_are_told_apart(make, parts):
    other = TargetReport(target="fast", dialect="pair", verdict=Verdict.PASS, parts=(parts[0]("g"),))
    wrong = parts[0]("f", verdict=Verdict.FAIL, findings=[parts[1]()])
    told = render(make(wrong, also=(other,)))
    assert "conv2d · backward    FAIL    (f in layers.py)\n" in told
    assert told.endswith("1 of 2 functions is wrong: f (layers.py); 1 passes; seed 0; 1.9 s\n")


def test_text_report__is_one_line_when_everything_passes(make, parts):
    right = [parts[0](name, verdict=Verdict.PASS) for name in ("f", "g")]
    assert summary(make(*right)) == "all 2 functions pass; seed 0; 1.9 s"
    assert summary(make(right[0])) == "the one function passes; seed 0; 1.9 s"


def test_note__is_no_failure_on_its_own(make, parts):
    part, finding = parts
    noted = part("f", findings=[finding(severity=Severity.NOTE, verdict=Verdict.PASS, message="first wins")])
    assert render(make(noted)).startswith("layers.py    (cs231n)\n")
