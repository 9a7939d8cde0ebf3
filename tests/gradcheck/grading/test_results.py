"""What a submission can influence is neutralised in every format, and students see what the rubric lets them see."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec
import pytest

from gradcheck.grading import results
from gradcheck.grading.journal import Entry
from gradcheck.grading.reading import parsed
from gradcheck.grading.results.gradebook import cell
from gradcheck.grading.scoring import scored
from gradcheck.report import CheckReport, Finding, PartReport, Severity, TargetReport, Verdict

RUBRIC = """
schema = "gradcheck-rubric/1"
name = "r"
[[function]]
layer = "relu"
forward = 1
backward = 2
message = "See lecture 4."
[messages]
gradient = "Draw the graph first."
"""

EVIL = "<script>alert(1)</script>\x1b[2J\u202e::error::x\n=cmd|'/C calc'!A0;=1+1\" onclick=\"x"
BEFORE, DEADLINE, AFTER = (datetime(2027, 1, day, tzinfo=UTC) for day in (1, 2, 3))


def finding(check="gradient", **others):
    found = Finding(
        check=check,
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=f"not the gradient {EVIL}: dx[0] is 1; expected 2",
        tensor="dx",
        case="relu n1d1 float64 seed=4711",
        index=(0,),
        got=1.0,
        expected=2.0,
        where=EVIL,
        mutant="slope",
    )
    return msgspec.structs.replace(found, **others)


def part(which, verdict, **others):
    report = PartReport(
        layer="relu",
        part=which,
        function=f"relu_{which}{EVIL}",
        verdict=verdict,
        cases=1,
        miss_bound=None,
        seconds=0.0,
        findings=(),
        checks=(),
    )
    return msgspec.structs.replace(report, **others)


def written(tmp_path, rubric=RUBRIC, now=AFTER, **others):
    failed = (CheckReport(check="gradient", verdict=Verdict.FAIL, cases=1),)
    note = finding(
        "layout", severity=Severity.NOTE, verdict=Verdict.PASS, message=f"a note {EVIL}", index=None
    )
    parts = (
        part("forward", Verdict.INCONCLUSIVE, reason=EVIL),
        part("backward", Verdict.FAIL, findings=(finding(), note), checks=failed),
    )
    target = TargetReport(target="x.py", dialect="pair", verdict=Verdict.FAIL, parts=parts)
    target = msgspec.structs.replace(target, **others)
    rubric = parsed(rubric, "r")
    entry = Entry(
        name="ann",
        path="x.py",
        content="c",
        is_late=True,
        seconds=1.0,
        target=target,
        score=scored(target, rubric),
    )
    results.write([entry], rubric, 4711, tmp_path, now)
    return tmp_path


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.links |= {value for name, value in attributes if name in ("href", "src")}


@pytest.mark.parametrize("error", [None, EVIL])
@pytest.mark.parametrize("page", ["ann/index.html", "index.html"])
def test_page__has_no_markup_but_its_own(tmp_path, page, error):
    text = (written(tmp_path, error=error) / page).read_text()
    tags = Tags()
    tags.feed(text)
    assert not tags.tags & {"script", "iframe", "img", "link", "object", "form", "base"}
    assert not {name for name in tags.attributes if name.startswith("on")}
    inside = {each for each in tags.links if re.fullmatch(r"#[a-z]+(-\d+)?", each)}
    assert tags.links - inside <= {"ann/index.html"}
    assert "default-src 'none'" in text
    assert not {"\x1b", "\u202e"} & set(text)
    assert "&lt;script&gt;" in text or page == "index.html"


@pytest.mark.parametrize("name", ["ann/results.json", "ann/report.json", "grades.json"])
def test_json__can_be_read_and_shows_no_raw_control_character(tmp_path, name):
    text = (written(tmp_path) / name).read_text()
    json.loads(text)
    assert "\x1b" not in text


def strings(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", ["ann/results.json", "grades.json"])
def test_json_for_other_systems__has_text_without_escapes_and_commands(tmp_path, name):
    for text in strings(json.loads((written(tmp_path) / name).read_text())):
        assert not {"\x1b", "\u202e"} & set(text)
        assert not [line for line in text.splitlines() if line.startswith(("::", "="))]


@pytest.mark.parametrize("error", [None, EVIL, "=1+1"])
def test_gradebook__has_no_formula(tmp_path, error):
    text = (written(tmp_path, error=error) / "gradebook.csv").read_text()
    assert "\x1b" not in text
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    for mark in ",;":
        cells = [each for row in csv.reader(io.StringIO(text), delimiter=mark) for each in row]
        assert not [each for each in cells if each.lstrip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("given", "shown"),
    [("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("a;=1", "a;'=1"), ("a=1", "a=1")],
)
def test_cell__that_would_be_a_formula_has_an_apostrophe(given, shown):
    assert cell(given) == shown


@pytest.mark.parametrize(
    "name", ["ann/index.html", "ann/results.json", "index.html", "gradebook.csv", "grades.json"]
)
@pytest.mark.parametrize("students", ["", '[students]\nbefore = "mistake"\n'])
def test_seed__is_in_the_report_for_staff_only(tmp_path, name, students):
    written(tmp_path, RUBRIC + students)
    assert "4711" not in (tmp_path / name).read_text()
    assert json.loads((tmp_path / "ann" / "report.json").read_text())["seed"] == 4711


@pytest.mark.parametrize(
    ("level", "has", "has_not"),
    [
        (
            "none",
            ["See lecture 4.", "Draw the graph first."],
            ["fails gradient", "not the gradient", "a note"],
        ),
        ("place", ["See lecture 4.", "fails gradient", "not the gradient", "a note"], ["looks like"]),
        ("mistake", ["not the gradient", "looks like", "this or that"], []),
    ],
)
@pytest.mark.parametrize("name", ["ann/index.html", "ann/results.json"])
def test_hints__show_as_much_as_the_rubric_says(tmp_path, name, level, has, has_not):
    failed = (CheckReport(check="gradient", verdict=Verdict.FAIL, cases=1),)
    note = finding("layout", severity=Severity.NOTE, verdict=Verdict.PASS, message="a note", index=None)
    guess = finding(mutant=None, candidates=("this", "that"))
    backward = part("backward", Verdict.FAIL, findings=(guess, note), checks=failed)
    written(
        tmp_path, f'{RUBRIC}[students]\nbefore = "{level}"\n', parts=(part("forward", Verdict.PASS), backward)
    )
    text = (tmp_path / name).read_text()
    assert [each for each in has if each not in text] == []
    assert [each for each in has_not if each in text] == []


LEVELS = {
    "place": ["not the gradient", "only column 7"],
    "mistake": ["some-name", "what-explains-it"],
    "line": ["line 4321"],
    "edit": ["dx[n] += 987"],
}
"""What each level adds to those before it; a name or an explanation, so there are two findings."""


@pytest.mark.parametrize("level", ["none", *LEVELS])
@pytest.mark.parametrize("name", ["ann/index.html", "ann/results.json"])
def test_level__has_what_it_adds_and_nothing_of_the_next(tmp_path, name, level):
    failed = (CheckReport(check="gradient", verdict=Verdict.FAIL, cases=1),)
    said = {"where": "only column 7", "line": 4321, "lines": (4321,), "edit": "dx[n] += 987"}
    named = finding(mutant=None, candidates=("some-name", "other"), **said)
    explained = finding(mutant=None, tensor="dw", explanation="what-explains-it", **said)
    parts = (
        part("forward", Verdict.PASS),
        part("backward", Verdict.FAIL, findings=(named, explained), checks=failed),
    )
    students = f'[students]\nbefore = "{level}"\nafter = "edit"\n'
    text = (written(tmp_path, RUBRIC + students, parts=parts) / name).read_text().lower()
    levels = ["none", *LEVELS]
    for each, added in LEVELS.items():
        is_shown = levels.index(each) <= levels.index(level)
        assert [word in text for word in added] == [is_shown] * len(added), each


@pytest.mark.parametrize("name", ["ann/index.html", "ann/results.json"])
@pytest.mark.parametrize("level", ["none", "place"])
def test_failure_of_a_hidden_part__is_told_nowhere(tmp_path, name, level):
    rubric = RUBRIC.replace("forward = 1", 'forward = 1\nvisibility = "hidden"')
    written(tmp_path, f'{rubric}[students]\nbefore = "{level}"\n')
    text = (tmp_path / name).read_text()
    if name.endswith(".json"):
        found = json.loads(text)
        text = found["output"] + json.dumps([t for t in found["tests"] if t["visibility"] != "hidden"])
    assert "relu_forward" not in text
    assert "could not be judged" not in text


def test_reason_for_no_verdict__is_a_hint(tmp_path):
    parts = (part("forward", Verdict.INCONCLUSIVE, reason="x[3] is 17"),)
    page = written(tmp_path, f'{RUBRIC}[students]\nbefore = "none"\n', parts=parts) / "ann" / "index.html"
    assert "x[3] is 17" not in page.read_text()
    assert "relu_forward" in page.read_text()


@pytest.mark.parametrize(("now", "is_named"), [(BEFORE, False), (DEADLINE, True), (AFTER, True)])
def test_deadline__decides_how_much_is_shown(tmp_path, now, is_named):
    students = '[students]\ndeadline = 2027-01-02T00:00:00Z\nbefore = "none"\nafter = "place"\n'
    page = (written(tmp_path, RUBRIC + students, now) / "ann" / "index.html").read_text()
    assert ("not the gradient" in page) is is_named


def test_note_that_is_worth_nothing__is_not_shown(tmp_path):
    page = written(tmp_path) / "ann" / "index.html"
    assert "a note" in page.read_text()
    written(tmp_path, RUBRIC + '[checks]\nlayout = "nothing"\n')
    assert "a note" not in page.read_text()


@pytest.mark.parametrize(
    ("visibility", "now", "is_there"),
    [
        ("visible", BEFORE, True),
        ("hidden", AFTER, False),
        ("after_due_date", BEFORE, False),
        ("after_due_date", AFTER, True),
        ("after_published", BEFORE, True),
    ],
)
def test_visibility__is_that_of_the_rubric(tmp_path, visibility, now, is_there):
    rubric = RUBRIC.replace("backward = 2", f'backward = 2\nvisibility = "{visibility}"')
    written(tmp_path, f"{rubric}[students]\ndeadline = 2027-01-02T00:00:00Z\n", now)
    page = (tmp_path / "ann" / "index.html").read_text()
    assert ("relu_backward" in page) is is_there
    assert ("2 more are part of the score" in page) is not is_there
    shown = json.loads((tmp_path / "ann" / "results.json").read_text())["tests"]
    assert {each["visibility"] for each in shown} == {visibility}


def test_results__have_the_fields_of_gradescope(tmp_path):
    found = json.loads((written(tmp_path) / "ann" / "results.json").read_text())
    assert found["score"] == 1.0
    assert [(each["score"], each["max_score"]) for each in found["tests"]] == [(1.0, 1.0), (0.0, 2.0)]
    assert found["score"] == sum(each["score"] for each in found["tests"])


def test_files__are_written_as_a_whole(tmp_path):
    written(tmp_path)
    assert not list(tmp_path.rglob(".*"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ann",
        "gradebook.csv",
        "grades.json",
        "index.html",
    ]
