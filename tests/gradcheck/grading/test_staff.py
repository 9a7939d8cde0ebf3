"""What staff ask of a grading: its cost before it begins, what is new, what changed, and results of an earlier one."""

import json
import sqlite3

import msgspec
import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.grading import batch, beginning
from gradcheck.grading.comparing import compared
from gradcheck.grading.estimating import ASSUMED, Estimate, estimated
from gradcheck.grading.journal import Entry
from gradcheck.grading.reading import read
from gradcheck.grading.refused import Refused


def refused(result, said):
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)


def scores(out):
    rows = json.loads((out / "grades.json").read_text())["submissions"]
    return {row["name"]: row["score"] for row in rows}


def state(folder):
    """Return every file of a folder, with its bytes and its time."""
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()
    }


def test_dry_run__says_what_it_would_cost_and_writes_nothing(grade, judged, folder, tmp_path):
    first = grade("--dry-run")
    assert first.exit_code == 0
    assert first.stdout == (
        "2 submissions, 0 of them graded, 2 to judge: about 1 s with 1 process, 1 s of work "
        f"({2 * ASSUMED:.1f} s each, which is assumed: nothing is measured yet). Nothing was written.\n"
    )
    assert not (tmp_path / "out").exists()
    assert grade().exit_code == 0
    before = state(tmp_path / "out")
    (folder / "wrong.py").write_text("x = 1\n")
    (folder / "new.py").write_text("x = 1\n")
    again = grade("--dry-run", "--regrade", "right").stdout
    assert again.startswith("3 submissions, 0 of them graded, 3 to judge: about ")
    assert "as measured on 2 in " in again
    assert "1 of them graded, 2 to judge" in grade("--dry-run").stdout
    assert state(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--regrade", "anna"), "there is no submission 'anna'"),
        (("--out", "{tmp}/full"), "is not empty, and has no grading in it"),
        (("--compare", "{tmp}/full"), "--dry-run compares nothing"),
        (("--reuse", "{tmp}/full"), "there is no grading in"),
    ],
)
def test_dry_run__refuses_what_a_grading_refuses(grade, tmp_path, words, said):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    refused(grade("--dry-run", *(word.replace("{tmp}", str(tmp_path)) for word in words)), said)
    assert not (tmp_path / "out").exists()


def test_dry_run__refuses_the_journal_of_another_rubric(grade, judged, rubric):
    assert grade().exit_code == 0
    rubric.write_text(rubric.read_text() + "follow_through = 1\n")
    refused(grade("--dry-run"), "was made with another rubric")


def test_estimate__divides_by_the_processes_that_have_work():
    found = Estimate(count=10, left=3, each=2.0, measured=0, processes=8)
    assert (found.work, found.wait) == (6.0, 2.0)
    assert Estimate(count=1, left=0, each=2.0, measured=1, processes=2).wait == 0


@pytest.mark.slow
def test_option_only__judges_what_is_new_or_changed_and_says_what_is_left(grade, folder, judged, tmp_path):
    assert grade().exit_code == 0
    (folder / "wrong.py").write_text((folder / "right.py").read_text() + "# again\n")
    (folder / "new.py").write_text((folder / "right.py").read_text())
    judged.clear()
    found = grade("--only", "changed")
    assert found.exit_code == 0
    assert judged == ["new", "wrong"]
    assert "left alone: right\n" in found.stderr
    assert "3 graded by small, 2 of them now" in found.stdout
    assert scores(tmp_path / "out") == {"new": 3, "right": 3, "wrong": 3}


def test_option_only__tries_nothing_again(grade, judged, tmp_path, monkeypatch):
    real = batch.judged

    def unlucky(*words, **how):
        for each in real(*words, **how):
            yield batch.Judged(each.submission, each.target, each.seconds, "no room")

    monkeypatch.setattr(batch, "judged", unlucky)
    assert grade().exit_code == 2
    monkeypatch.setattr(batch, "judged", real)
    judged.clear()
    again = grade("--only", "changed")
    assert (again.exit_code, judged) == (2, [])
    assert "left alone: right, wrong" in again.stderr
    assert "could not be judged: right, wrong" in again.stderr
    assert grade("--only", "changed", "--regrade", "right").exit_code == 2
    assert judged == ["right"]


@pytest.mark.slow
def test_reuse__takes_what_has_the_same_content_and_seed(grade, folder, judged, tmp_path):
    assert grade("--format", "junit").exit_code == 0
    (folder / "wrong.py").write_text((folder / "right.py").read_text() + "# again\n")
    (folder / "copy.py").write_text((folder / "right.py").read_text())
    judged.clear()
    found = grade("--out", tmp_path / "two", "--reuse", tmp_path / "out")
    assert found.exit_code == 0
    assert judged == ["copy", "wrong"]
    assert "3 graded by small, 2 of them now, 1 reused; see" in found.stdout
    reports = [json.loads((tmp_path / out / "right" / "report.json").read_text()) for out in ("out", "two")]
    assert reports[0] == reports[1]
    assert "0 of them now" in grade("--out", tmp_path / "two").stdout
    dry = grade("--out", tmp_path / "three", "--reuse", tmp_path / "out", "--dry-run").stdout
    assert "3 submissions, 1 of them graded, 2 to judge" in dry
    again = grade("--out", tmp_path / "three", "--reuse", tmp_path / "out", "--regrade", "right")
    assert "3 of them now; see" in again.stdout


def test_reuse__never_takes_results_of_another_rubric_suite_or_seed(
    grade, rubric, judged, tmp_path, monkeypatch
):
    assert grade("--seed", 1).exit_code == 0
    new = ("--out", tmp_path / "two", "--reuse", tmp_path / "out")
    refused(grade(*new, "--seed", 2), "was made with another seed; leave out --reuse")
    monkeypatch.setattr(beginning, "suite", lambda: "another")
    refused(grade(*new), "was made by another version of gradcheck; leave out --reuse")
    monkeypatch.undo()
    rubric.write_text(rubric.read_text() + "follow_through = 1\n")
    refused(grade(*new), "was made with another rubric; leave out --reuse")
    assert not (tmp_path / "two").exists()


def test_reuse__refuses_a_grading_that_goes_on_with_another_seed(grade, judged, tmp_path):
    assert grade("--seed", 1).exit_code == 0
    assert grade("--seed", 2, "--out", tmp_path / "two").exit_code == 0
    refused(grade("--out", tmp_path / "two", "--reuse", tmp_path / "out"), "has another seed")
    refused(grade("--reuse", tmp_path / "out"), "--reuse and --out are both")
    refused(grade("--out", tmp_path / "new", "--reuse", tmp_path / "gone"), "there is no grading in")
    assert not (tmp_path / "gone").exists()


def test_reuse__takes_nothing_that_ran_with_all_rights(grade, judged, tmp_path):
    assert grade("--unsandboxed").exit_code == 0
    judged.clear()
    assert grade("--out", tmp_path / "two", "--reuse", tmp_path / "out").exit_code == 0
    assert judged == ["right", "wrong"]


def test_reuse__takes_nothing_that_was_not_judged(grade, judged, tmp_path):
    assert grade().exit_code == 0
    base = sqlite3.connect(tmp_path / "out" / "journal.sqlite")
    (data,) = base.execute("SELECT entry FROM graded WHERE name = 'right'").fetchone()
    entry = msgspec.structs.replace(msgspec.msgpack.decode(data, type=Entry), is_ours="no room")
    base.execute("UPDATE graded SET entry = ? WHERE name = 'right'", (msgspec.msgpack.encode(entry),))
    base.commit()
    base.close()
    judged.clear()
    assert "1 of them now, 1 reused" in grade("--out", tmp_path / "two", "--reuse", tmp_path / "out").stdout
    assert judged == ["right"]


@pytest.mark.exhaustive  # test_grades__depend_neither_on_the_order_nor_on_the_processes compares two, too
def test_same_file_and_seed__have_the_same_grade_in_two_gradings(grade, folder, tmp_path):
    (folder / "copy.py").write_text((folder / "wrong.py").read_text())
    for out in ("a", "b"):
        assert grade("--out", tmp_path / out, "--seed", 3).exit_code == 0
    assert scores(tmp_path / "a") == scores(tmp_path / "b")
    points = [
        json.loads((tmp_path / out / name / "report.json").read_text())["points"]
        for out in "ab"
        for name in ("wrong", "copy")
    ]
    assert points == points[:1] * 4


@pytest.mark.slow
def test_compare__says_what_changed_for_whom(grade, judged, folder, tmp_path):
    assert grade("--seed", 1).exit_code == 0
    (folder / "wrong.py").write_text((folder / "right.py").read_text())
    (folder / "new.py").write_text((folder / "right.py").read_text())
    found = grade("--seed", 1, "--out", tmp_path / "two", "--compare", tmp_path / "out")
    assert found.exit_code == 0
    assert found.stdout.splitlines()[1:] == [
        "wrong: 1 of 3 -> 3 of 3; relu (backward) 0 of 2, fail -> 2 of 2, pass",
        "new: new",
        f"compared with {tmp_path / 'out'}: 1 changed, 1 the same, 1 new, 0 gone",
    ]
    words = ["grade", "--out", str(tmp_path / "out"), "--compare", str(tmp_path / "two")]
    before = state(tmp_path)
    back = CliRunner().invoke(main, words)
    assert back.exit_code == 0
    assert "gone: new" in back.stdout
    assert "wrong: 3 of 3 -> 1 of 3" in back.stdout
    assert state(tmp_path) == before


def made(folder, *names, score=1.0, **facts):
    """Write what a comparison reads."""
    folder.mkdir()
    rows = [{"name": name} for name in names]
    (folder / "grades.json").write_text(json.dumps({"submissions": rows}))
    for name in names:
        part = {
            "layer": "relu",
            "part": "forward",
            "function": None,
            "verdict": "fail",
            "points": score,
            "max": 2.0,
        }
        points = {"verdict": "fail", "score": score, "max": 2.0, "parts": [part]}
        report = {"rubric": "r", "suite": "s", "seed": 1, "points": points, **facts}
        (folder / name).mkdir()
        (folder / name / "report.json").write_text(json.dumps(report))
    return folder


def test_comparison__says_what_else_is_another(tmp_path):
    before = made(tmp_path / "a", "ann")
    after = made(tmp_path / "b", "ann", score=0.5, rubric="r2", suite="s2", seed=2)
    found = compared(before, after)
    assert found.remarks == (
        "another rubric: r, now r2",
        "another version of the suite: s, now s2",
        "another seed: other cases were drawn",
    )
    assert found.changed == ("ann: 1 of 2 -> 0.5 of 2; relu (forward) 1 of 2, fail -> 0.5 of 2, fail",)


def test_comparison__prints_nothing_raw(tmp_path):
    name = "::error::\x1b[2J##[error]\u202e"
    found = compared(
        made(tmp_path / "a", name), made(tmp_path / "b", name, "\x1b[3J", score=0.0, rubric="\x1b[2J")
    )
    texts = (*found.changed, *found.new, *found.remarks)
    assert len(texts) == 3
    assert not [text for text in texts if not text.isprintable() or text.startswith("::") or "##[" in text]


NAMES = ["../b", "..", ".", "", "/etc", "a\\u0000b", "\\ud800"]


@pytest.mark.parametrize(
    "broken",
    ["", "[]", "{", "[" * 100_000, *(f'{{"submissions": [{{"name": "{name}"}}]}}' for name in NAMES)],
)
def test_comparison__refuses_what_is_no_grading(tmp_path, broken):
    after = made(tmp_path / "b", "ann")
    folder = made(tmp_path / "a", "ann")
    (folder / "grades.json").write_text(broken)
    with pytest.raises(Refused, match="is not from a grading"):
        compared(folder, after)
    with pytest.raises(Refused, match="no whole grading to compare"):
        compared(tmp_path / "gone", after)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing argument 'PATH...'"),
        (("--compare", "{tmp}/gone"), "there is no whole grading to compare"),
        (
            ("--compare", "{tmp}/gone", "--regrade", "x"),
            "without PATH nothing is graded, and --regrade does nothing",
        ),
        (("--compare", "{tmp}/gone", "--format", "otter"), "and --format does nothing"),
        (("--compare", "{tmp}/gone", "--only", "changed"), "and --only does nothing"),
        (("--dry-run",), "Missing argument 'PATH...'"),
    ],
)
def test_grade_without_paths__compares_only(tmp_path, words, said):
    given = [word.replace("{tmp}", str(tmp_path)) for word in words]
    refused(CliRunner().invoke(main, ["grade", "--out", str(tmp_path / "out"), *given]), said)
    assert not (tmp_path / "out").exists()


def test_estimated__is_the_mean_of_what_is_measured(grade, judged, folder, rubric, tmp_path):
    assert grade().exit_code == 0
    wish = beginning.Wish(paths=(str(folder),), rubric=read(str(rubric)), out=tmp_path / "out", processes=2)
    found = estimated(wish)
    assert (found.count, found.left, found.measured) == (2, 0, 2)
    assert found.each > 0
