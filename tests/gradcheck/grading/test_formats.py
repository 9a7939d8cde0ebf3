"""Results for other programs have their fields, and nothing in them is the submission's own doing."""

import csv
import io
import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import msgspec
import pytest

from gradcheck.grading import results
from gradcheck.grading.journal import Entry
from gradcheck.grading.reading import parsed
from gradcheck.grading.results.formats import FORMATS
from gradcheck.grading.results.formats.outcome import number
from gradcheck.grading.scoring import scored
from gradcheck.grading.submissions import CANVAS, MOODLE, OURS, numbers_of
from gradcheck.report import CheckReport, Finding, PartReport, Severity, TargetReport, Verdict

RUBRIC = """
schema = "gradcheck-rubric/1"
name = "week-3"
title = "Week 3"
[[function]]
layer = "relu"
forward = 1
backward = 2
[students]
before = "mistake"
"""

EVIL = (
    "::error::x##[error]y</a>]]>&<script>alert(1)</script>`|\x1b[2J\x00\x0b\ufffe\u202e\r\n=1+1;=2\"'"
    ';"=3,\t@SUM(A1)\n::set-output name=x::y\n| a | b |\n# h'
)
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def part(which, verdict, evil, **others):
    report = PartReport(
        layer="relu",
        part=which,
        function=f"{evil}relu_{which}",
        verdict=verdict,
        cases=1,
        miss_bound=None,
        seconds=0.0,
        findings=(),
        checks=(CheckReport(check="gradient", verdict=verdict, cases=1, reason=evil),),
    )
    return msgspec.structs.replace(report, **others)


def entry(name="ann", *, evil="", path="x.py", is_ours=None, error=None, rubric=RUBRIC):
    found = Finding(
        check="gradient",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=f"{evil}not the gradient",
        tensor="dx",
        case="relu n1d1 float64 seed=4711",
        index=(0,),
        got=1.0,
        expected=2.0,
        where=evil,
        candidates=("slope", "other"),
    )
    parts = (
        part("forward", Verdict.INCONCLUSIVE if evil else Verdict.PASS, evil, reason=evil or None),
        part("backward", Verdict.FAIL, evil, findings=(found,)),
    )
    target = TargetReport(target=path, dialect="pair", verdict=Verdict.FAIL, parts=parts, error=error)
    score = scored(target, parsed(rubric, "r"), is_ours=is_ours)
    return Entry(
        name=name,
        path=path,
        content="c",
        is_late=True,
        seconds=1.0,
        target=target,
        score=score,
        is_ours=is_ours,
    )


def written(folder, *entries, rubric=RUBRIC, wanted=None):
    """Write all formats, and return the text of each file."""
    wanted = [each.name for each in FORMATS] if wanted is None else wanted
    results.write(entries, parsed(rubric, "r"), 4711, folder, NOW, wanted)
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()
    }


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def test_canvas__is_its_gradebook_with_the_numbers_of_its_export(tmp_path):
    several = [
        entry("doejane_123", path="e.zip/doejane_LATE_123_9_layers.py"),
        entry("bob", path="bob.py"),
        entry("eve_7", path="eve_7_8_x.py", is_ours="no room"),
    ]
    assert rows(written(tmp_path, *several)["canvas.csv"]) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Week 3"],
        ["    Points Possible", "", "", "", "", "3"],
        ["doejane_123", "123", "", "", "", "1"],
        ["bob", "", "", "", "", "1"],
        ["eve_7", "7", "", "", "", ""],
    ]


def test_moodle__is_its_grading_worksheet(tmp_path):
    several = [entry("Jane_12", path="e/Jane Doe_12_assignsubmission_file_"), entry("bob", is_ours="no room")]
    assert rows(written(tmp_path, *several)["moodle.csv"]) == [
        ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"],
        ["Participant 12", "Jane_12", "1", "3", ""],
        ["", "bob", "", "3", ""],
    ]


def test_nbgrader__is_what_its_export_writes(tmp_path):
    rubric = RUBRIC + "deadline = 2027-01-31T23:59:00+01:00\n"
    text = written(tmp_path, entry(), rubric=rubric)["nbgrader.csv"]
    assert text == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,"
        "raw_score,late_submission_penalty,score,max_score\n"
        "week-3,2027-01-31 22:59:00,,ann,,,,1,0,1,3\n"
    )


def test_otter__is_its_final_grades(tmp_path):
    several = [entry(), entry("points-per-question"), entry("eve", is_ours="no room")]
    assert rows(written(tmp_path, *several)["final_grades.csv"]) == [
        [
            "file",
            "relu_backward",
            "relu_forward",
            "total_points_earned",
            "percent_correct",
            "grading_status",
        ],
        ["points-per-question", "2", "1", "3", "1", "--"],
        ["ann", "0", "1", "1", "0.3333", "Completed"],
        ["points-per-question (a submission)", "0", "1", "1", "0.3333", "Completed"],
        ["eve", "", "", "", "", "not judged: no room"],
    ]


def test_junit__has_a_suite_for_each_submission_with_its_points(tmp_path):
    several = [entry(), entry("typo", error="line 1"), entry("eve", is_ours="no room")]
    root = ET.fromstring(written(tmp_path, *several)["junit.xml"])
    assert [suite.get("name") for suite in root] == ["ann", "typo", "eve"]
    assert [len(suite.findall("properties")) for suite in root] == [1, 1, 1]
    values = {each.get("name"): each.get("value") for each in root[0].iter("property")}
    assert (values["score"], values["max"], values["pending"]) == ("1", "3", "0")
    assert [test.get("name") for test in root[0].iter("testcase")] == [
        "relu-forward-gradient",
        "relu-backward-gradient",
    ]
    assert [each.get("message") for each in root.iter("error")] == ["line 1", "no room"]


def test_markdown__has_a_summary_for_staff_and_one_for_each_student(tmp_path):
    files = written(tmp_path, entry())
    assert "| [`ann`](ann/summary.md) | 1 | 3 | 0 | fail | late |  |" in files["summary.md"]
    assert files["ann/summary.md"].startswith("# `Week 3`: 1 of 3 points\n")
    assert "| `relu_backward` | backward | 0 | 2 | fail |" in files["ann/summary.md"]
    assert (
        "- `dx: not the gradient" in files["ann/summary.md"] or "not the gradient" in files["ann/summary.md"]
    )


@pytest.mark.parametrize("visibility", ["hidden", "after_due_date"])
def test_markdown_for_a_student__hides_what_the_page_hides(tmp_path, visibility):
    rubric = RUBRIC.replace("backward = 2", f'backward = 2\nvisibility = "{visibility}"')
    text = written(tmp_path, entry(rubric=rubric), rubric=rubric)["ann/summary.md"]
    assert "relu" not in text
    assert "2 more are part of the score" in text


@pytest.mark.parametrize("level", ["none", "place", "mistake"])
def test_markdown_for_a_student__has_as_much_as_the_hint_and_never_the_seed(tmp_path, level):
    rubric = RUBRIC.replace('before = "mistake"', f'before = "{level}"')
    text = written(tmp_path, entry(rubric=rubric), rubric=rubric)["ann/summary.md"]
    assert ("not the gradient" in text) is (level != "none")
    assert ("slope" in text) is (level == "mistake")
    assert "4711" not in text


@pytest.mark.parametrize(
    "name", ["canvas.csv", "moodle.csv", "nbgrader.csv", "final_grades.csv", "summary.md"]
)
def test_format_without_checks__has_no_seed(tmp_path, name):
    assert "4711" not in written(tmp_path, entry(evil=EVIL))[name]


def hostile(folder):
    """Return all formats of submissions with hostile messages and names."""
    several = [
        entry(evil=EVIL),
        entry("b", evil=EVIL, error=EVIL),
        entry("c", evil=EVIL, is_ours=EVIL),
    ]
    files = written(folder, *several)
    outcome = results.Outcome(
        [entry(EVIL), entry("\ud800"), entry("=1"), entry("::x"), entry("Points Possible")],
        parsed(RUBRIC, "r"),
        1,
        "none",
        True,
    )
    return files | {f"named {each.file}": each.of_class(outcome) for each in FORMATS}


def ours(files):
    return {name: text for name, text in files.items() if any(name.endswith(each.file) for each in FORMATS)}


def test_format__has_no_control_character_and_no_command(tmp_path):
    files = ours(hostile(tmp_path))
    assert len(files) == 2 * len(FORMATS) + 3
    for name, text in files.items():
        assert not re.search(
            r"[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e]", text
        ), name
        assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "##["))], name
        assert "##[" not in text, name


def test_csv__has_no_formula_for_any_separator(tmp_path):
    files = {name: text for name, text in hostile(tmp_path).items() if name.endswith(".csv")}
    assert len(files) == 9
    for name, text in files.items():
        for mark in ",;\t|":
            cells = [each for row in csv.reader(io.StringIO(text), delimiter=mark) for each in row]
            bad = [each for each in cells if each.lstrip(' "\t').startswith(("=", "+", "-", "@"))]
            assert [each for each in bad if each != "--"] == [], (name, mark)
        if name != "gradebook.csv" and "gradebook" not in name:
            assert len({len(row) for row in rows(text)}) == 1, name


def test_canvas__has_one_row_of_possible_points(tmp_path):
    text = hostile(tmp_path)["named canvas.csv"]
    assert [row[0] for row in rows(text) if "Points Possible" in row[0]] == ["    Points Possible"]


def test_junit__can_be_read_whatever_is_in_it(tmp_path):
    files = hostile(tmp_path)
    for name in ("junit.xml", "named junit.xml"):
        root = ET.fromstring(files[name])
        assert {each.tag for each in root.iter()} <= {
            "testsuites",
            "testsuite",
            "testcase",
            "properties",
            "property",
            "failure",
            "error",
            "skipped",
        }


def test_markdown__has_no_markup_but_its_own(tmp_path):
    files = ours(hostile(tmp_path))
    for name in [name for name in files if name.endswith(".md")]:
        outside = re.sub(r"`[^`\n]*`|\]\([\w%.-]+/summary\.md\)", "", files[name])
        assert "`" not in outside, name
        assert not re.search(r"<(?!br>)|script|onerror|alert", outside), name
        headings = [line for line in files[name].splitlines() if line.startswith("#")]
        assert [line for line in headings if "`" not in line] == [], name
        for line in files[name].splitlines():
            if line.startswith("|"):
                assert line.count("|") in (6, 8), (name, line)


def test_format_that_was_asked_for_once__is_kept_up_to_date(tmp_path):
    written(tmp_path, entry(), wanted=["otter", "markdown"])
    files = written(tmp_path, entry(is_ours="no room"), wanted=[])
    assert "no room" in files["final_grades.csv"]
    assert "0" not in files["summary.md"].partition("pending")[0]
    assert "canvas.csv" not in files


def test_names_of_files__can_be_no_submissions():
    assert {each.file for each in FORMATS} <= set(OURS)
    assert len({each.file for each in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize(
    ("system", "names", "numbers"),
    [
        (CANVAS, ["doe_1_2_a.py", "roe_LATE_3_4_b.py", "x.py"], ["1", "3", None]),
        (CANVAS, ["doe_1_2_a.py", "eve_1_9_b.py"], [None, None]),
        (MOODLE, ["J D_1_assignsubmission_file_a.py", "B_2_assignsubmission_file_"], ["1", "2"]),
        (MOODLE, ["Eve_1_assignsubmission_file_x_2_assignsubmission_file_y.py"], [None]),
        (MOODLE, ["doe_1_2_a.py"], [None]),
    ],
)
def test_number_of_a_student__is_the_one_that_the_system_wrote(system, names, numbers):
    assert numbers_of([f"e.zip/{name}" for name in names], system) == numbers


@pytest.mark.parametrize(
    ("points", "shown"), [(0, "0"), (2.5, "2.5"), (1e7, "10000000"), (1 / 3, "0.333333"), (10, "10")]
)
def test_number__has_no_exponent(points, shown):
    assert number(points) == shown
