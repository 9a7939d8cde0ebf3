"""What the pages show: the tables of a case, and what is counted of a class."""

import msgspec
import pytest

from gradcheck.contract import PARTS
from gradcheck.grading.journal import Entry
from gradcheck.grading.lessons import Lesson
from gradcheck.grading.reading import parsed
from gradcheck.grading.results import counted
from gradcheck.grading.results.drawn import drawn
from gradcheck.grading.results.pages import of_class, of_submission
from gradcheck.grading.rubric import Hint
from gradcheck.grading.scoring import scored
from gradcheck.report import CheckReport, Finding, PartReport, Severity, TargetReport, Verdict
from gradcheck.reporting.picture import Cell, Drawing, Panel, Plane
from tests.gradcheck.grading.conftest import RUBRIC

CASE = "conv2d n1c1h1w2_f1kh2kw2_s1x1_p1x1_d1x1_g1 float64 seed=0"


def rows(*lines, mark=""):
    return tuple(tuple(Cell(word, mark) for word in line.split()) for line in lines)


def lesson(panels, index=(0, 0, 0, 1), lines=()):
    again = Finding(
        check="gradient",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message="not the gradient: dx[0, 0, 0, 1] is 1; expected 2",
        tensor="dx",
        case=CASE,
        index=index,
        got=1.0,
        expected=2.0,
    )
    names = {"layer": "relu", "part": "backward", "function": "relu_backward", "check": "gradient"}
    drawing = Drawing(CASE, "dx", tuple(panels), lines)
    return Lesson(**names, tensor="dx", again=again, drawing=drawing, code="dx = dout * (x > 1)")


def padded():
    border, inside = rows("0 0 0 0", mark="padding"), rows("4 5")[0]
    sides = rows("0", mark="padding")[0]
    x = Panel("x", "1x1x1x2", (Plane("0, 0", (border[0], (*sides, *inside, *sides), border[0])),))
    right = Panel("dx, as it should be", "1x1x1x2", (Plane("0, 0", rows("7 8")),))
    given = Panel("dx, as your function gives it", "1x1x1x2", (Plane("0, 0", rows("7 9", mark="wrong")),))
    return lesson([x, right, given])


def test_padding__has_no_index_and_the_input_has_its_own():
    (_, (x,)), (_, results) = drawn(padded()).groups
    assert x.columns == ("", "0", "1", "")
    assert [row.head for row in x.rows] == ["", "0", ""]
    assert [each.title for each in results] == [
        "dx[0, 0], as it should be",
        "dx[0, 0], as your function gives it",
    ]


def test_entry_that_is_worked_out__is_marked_in_the_right_result():
    _, (_, (right, given)) = drawn(padded()).groups
    assert [cell.mark for cell in right.rows[0].cells] == ["", "used"]
    assert [cell.mark for cell in given.rows[0].cells] == ["wrong", "wrong"]


def test_vector__has_no_row_index_and_a_large_tensor_no_table():
    results = [Panel(f"db, {word}", "2", (Plane("", rows("1 2")),)) for word in ("right", "given")]
    found = drawn(lesson([Panel("dout", "9x9x9x9"), *results], index=(1,)))
    (_, (dout,)), (_, (right, _)) = found.groups
    assert dout.rows == ()
    assert (right.columns, right.rows[0].head) == (("0", "1"), None)
    assert [cell.mark for cell in right.rows[0].cells] == ["", "used"]


def test_failure_without_numbers__has_no_tables():
    assert drawn(lesson([])) is None


def entry(
    name="ann", verdict=Verdict.FAIL, seconds=1.0, lessons=(), error=None, forward=Verdict.PASS, **found
):
    failed = (CheckReport(check="gradient", verdict=verdict, cases=1),)
    says = Finding(
        check="gradient", severity=Severity.FAULT, verdict=verdict, message="it is wrong", tensor="dx"
    )
    says = msgspec.structs.replace(says, **found)

    def part(which, verdict, findings, checks):
        return PartReport(
            layer="relu",
            part=which,
            function=f"relu_{which}",
            verdict=verdict,
            cases=1,
            miss_bound=None,
            seconds=0.0,
            findings=findings,
            checks=checks,
        )

    is_wrong = verdict.is_wrong or verdict is Verdict.INCONCLUSIVE
    backward = part("backward", verdict, (says,) if is_wrong else (), failed if is_wrong else ())
    parts = () if error else (part("forward", forward, (), ()), backward)
    whole = Verdict.ERROR if error else verdict
    target = TargetReport(target=f"{name}.py", dialect="cs231n", verdict=whole, parts=parts, error=error)
    return Entry(
        name=name,
        path=f"{name}.py",
        content="c",
        is_late=False,
        seconds=seconds,
        target=target,
        score=scored(target, parsed(RUBRIC, "r")),
        lessons=lessons,
    )


def page(hint, **found):
    own = lesson(padded().drawing.panels, lines=("dx[0, 0, 0, 1] is the sum of: 5 and 3",))
    return of_submission(
        entry(
            lessons=(own,), index=(0,), got=71.0, expected=72.0, case="relu n1d1 float64 seed=4711", **found
        ),
        parsed(RUBRIC, "r"),
        hint,
        is_over=False,
    )


def test_page__has_the_case_on_numbers_that_are_no_secret():
    text = page(Hint.MISTAKE, message="not the gradient: dx[0] is 71; expected 72")
    assert not [word for word in ("4711", "71", "72") if f"is {word}" in text or f" {word}<" in text]
    assert "yours 1, expected 2" in text
    assert f"gradcheck explain ann.py &#34;{CASE}&#34; --dialect cs231n" in text


@pytest.mark.parametrize(
    ("hint", "has_tables", "has_working", "has_code"),
    [
        (Hint.NONE, False, False, False),
        (Hint.PLACE, True, False, False),
        (Hint.MISTAKE, True, True, False),
        (Hint.LINE, True, True, True),
        (Hint.EDIT, True, True, True),
    ],
)
def test_lesson__shows_no_more_than_the_hint(hint, has_tables, has_working, has_code):
    text = page(hint, line=7, lines=(7,), edit="dx = dout * (x > 0)")
    assert ("dx = dout * (x &gt; 1)" in text) is has_code
    assert ("dx = dout * (x &gt; 0)" in text) is (hint is Hint.EDIT)
    assert ("as your function gives it" in text) is has_tables
    assert ("is the sum of" in text) is has_working
    assert ("gradcheck explain" in text) is has_tables


def test_failure_that_other_numbers_do_not_show__has_no_command():
    found = {"index": (0,), "got": 71.0, "expected": 72.0, "case": "relu n1d1 float64 seed=4711"}
    text = of_submission(entry(**found), parsed(RUBRIC, "r"), Hint.MISTAKE, is_over=False)
    assert "x 1x1" in text
    assert "gradcheck" not in text.partition("<body>")[2]


def test_check__is_explained_once_on_a_page():
    found = {"index": (0,), "got": 71.0, "expected": 72.0, "case": "relu n1d1 float64"}
    one = entry(**found)
    parts = [msgspec.structs.replace(each, part=which) for which in PARTS for each in one.target.parts[1:]]
    several = [msgspec.structs.replace(each, part=which) for which in PARTS for each in one.score.parts[1:]]
    one = msgspec.structs.replace(
        one,
        target=msgspec.structs.replace(one.target, parts=tuple(parts)),
        score=msgspec.structs.replace(one.score, parts=tuple(several)),
    )
    text = of_submission(one, parsed(RUBRIC, "r"), Hint.PLACE, is_over=False)
    assert text.count("What is asked: gradient") == 2
    assert text.count("Backward returns the derivative of the layer.") == 2
    assert text.count("Each gradient is compared with") == 1


def test_mistakes__are_counted_once_a_submission_the_commonest_first():
    several = [entry(name, mutant="slope") for name in ("ann", "bob")]
    several += [entry("cy"), entry("dee", Verdict.ERROR), entry("eve", Verdict.PASS)]
    several += [entry("flo", explanation="dx lacks the factor gamma")]
    found = [(each.name, each.names) for each in counted.mistakes(several)]
    assert found[0] == ("slope", ["ann", "bob"])
    assert dict(found[1:]) == {
        counted.WITHOUT_A_NAME: ["cy"],
        "raises an error": ["dee"],
        "dx lacks the factor gamma": ["flo"],
    }


def test_function_that_could_be_judged_nowhere__is_named():
    several = [entry("ann", Verdict.INCONCLUSIVE), entry("bob", Verdict.INCONCLUSIVE)]
    forward, backward = counted.functions(several, parsed(RUBRIC, "r"))
    assert (forward.right, forward.is_unjudged) == (2, False)
    assert (backward.unclear, backward.is_unjudged) == (2, True)
    text = of_class(several, parsed(RUBRIC, "r"))
    assert "judged in no submission:</strong> relu (backward)" in text
    assert not counted.functions([*several, entry("cy")], parsed(RUBRIC, "r"))[1].is_unjudged


@pytest.mark.parametrize(
    ("said", "is_stopped"),
    [
        ("relu_backward did not return within 1 s", True),
        ("relu_backward was stopped: all calls together may take 300 s", True),
        ("relu_backward raised MemoryError: Unable to allocate 74 GiB", True),
        ("relu_backward ended its process by SIGKILL", True),
        ("not the gradient", False),
    ],
)
def test_stopped__are_those_that_reached_a_limit(said, is_stopped):
    found = counted.stopped([entry(message=said), entry("bob", Verdict.PASS)])
    assert found == ([("ann", [said])] if is_stopped else [])


def test_stopped__has_those_that_could_not_be_loaded_in_time():
    said = "ann.py did not return within 20 s"
    assert counted.stopped([entry(error=said)]) == [("ann", [said])]


def test_slowest__come_first_and_are_few():
    several = [entry(f"s{number}", seconds=float(number)) for number in range(9)]
    assert [each.name for each in counted.slowest(several)] == ["s8", "s7", "s6", "s5", "s4"]


def test_class_of_nobody__is_a_page():
    assert "0" in of_class([], parsed(RUBRIC, "r"))


@pytest.mark.parametrize("share", [0, 1, 2, 3])
def test_bins__hold_everybody(share):
    several = [entry("a", Verdict.PASS), entry("b"), entry("c", error="gone")][:share]
    assert sum(each.count for each in counted.bins(several)) == share
