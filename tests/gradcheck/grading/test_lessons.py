"""What a page shows of a failure is on numbers that are no secret, and its command shows the same."""

import re
import shlex

import msgspec
import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.contract import parse_case
from gradcheck.grading import lessons
from gradcheck.grading.batch import plan_of
from gradcheck.grading.grading import Wish
from gradcheck.grading.grading import grade as grade_all
from gradcheck.grading.lessons import lessons_in, taught
from gradcheck.grading.reading import parsed
from gradcheck.grading.rubric import Hint
from gradcheck.layers import BY_NAME
from gradcheck.report import TargetReport, Verdict
from tests.gradcheck.grading.conftest import RIGHT, RUBRIC, WRONG

SECRET = 4242


def taught_by(folder, text, seed=SECRET):
    path = folder / "layers.py"
    path.write_text(text)
    return taught(str(path), plan_of(parsed(RUBRIC, "r"), seed, unsandboxed=True))


@pytest.mark.parametrize("secret", [SECRET, 0, 1])
def test_lesson__has_numbers_of_another_seed_than_the_secret_one(tmp_path, secret):
    (lesson,) = taught_by(tmp_path, WRONG, secret).lessons
    assert (lesson.layer, lesson.part, lesson.tensor) == ("relu", "backward", "dx")
    assert lesson.again.case == lesson.drawing.case
    seed = parse_case(lesson.again.case, BY_NAME.values()).seed
    assert seed != secret
    assert seed < 8  # anybody may know it


def test_lesson__has_the_right_and_the_given_tensor(tmp_path):
    (lesson,) = taught_by(tmp_path, WRONG).lessons
    titles = [panel.title for panel in lesson.drawing.panels]
    assert titles == ["x", "dout", "dx, as it should be", "dx, as your function gives it"]
    right, given = (
        [cell for row in panel.planes[0].rows for cell in row] for panel in lesson.drawing.panels[-2:]
    )
    wrong = [(a.text, b.text) for a, b in zip(right, given, strict=True) if b.mark == "wrong"]
    assert wrong
    assert all(a != b for a, b in wrong)


@pytest.mark.slow
def test_lesson__has_the_line_as_it_stands_in_the_submission(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(WRONG)
    rubric = parsed(RUBRIC + '[students]\nbefore = "line"\n', "r")
    (lesson,) = taught(str(path), plan_of(rubric, SECRET, unsandboxed=True)).lessons
    assert lesson.code == "return dout * (cache > 1)"


def test_right_submission__has_no_lessons(tmp_path):
    assert taught_by(tmp_path, RIGHT).lessons == ()


def test_lesson_that_cannot_be_made__costs_nothing(tmp_path, monkeypatch):
    def broken(*words):
        raise ValueError

    monkeypatch.setattr(lessons, "retold", broken)
    found = taught_by(tmp_path, WRONG)
    assert (found.verdict, found.lessons) == (Verdict.FAIL, ())


def test_report_without_lessons__has_none():
    plain = TargetReport(target="x", dialect=None, verdict=Verdict.PASS, parts=())
    assert lessons_in(msgspec.msgpack.encode(plain)) == ()


@pytest.mark.slow
def test_command_on_the_page__shows_the_numbers_of_the_page(tmp_path, monkeypatch):
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "layers.py").write_text(WRONG)
    rubric = parsed(RUBRIC + '[students]\nbefore = "mistake"\n', "r")
    wish = Wish(
        paths=(str(tmp_path / "submissions"),),
        rubric=rubric,
        out=tmp_path / "out",
        seed=SECRET,
        unsandboxed=True,
    )
    grade_all(wish, lambda *words: None)
    page = (tmp_path / "out" / "layers" / "index.html").read_text()
    (command,) = re.findall(r"<code>(gradcheck explain .*)</code>", page)
    monkeypatch.chdir(tmp_path / "submissions")
    words = shlex.split(command.replace("&#34;", '"'))[1:]
    found = CliRunner().invoke(main, [*words, "--in-process"])
    assert found.exit_code == 0, found.output
    (said,) = re.findall(r"dx\[.*\] should be .*; your function gives .*", found.output)
    assert said in page


@pytest.mark.parametrize(
    ("students", "hint"),
    [
        ("", Hint.MISTAKE),
        ('before = "none"\nafter = "edit"\n', Hint.MISTAKE),
        ('before = "line"\n', Hint.LINE),
        ('before = "edit"\nafter = "none"\ndeadline = 2027-01-02T00:00:00Z\n', Hint.EDIT),
        ('before = "none"\nafter = "line"\ndeadline = 2027-01-02T00:00:00Z\n', Hint.LINE),
    ],
)
def test_line__is_searched_for_only_where_students_are_shown_it(students, hint):
    rubric = parsed(f"{RUBRIC}[students]\n{students}", "r")
    assert plan_of(rubric, 1, unsandboxed=True).hint == hint
