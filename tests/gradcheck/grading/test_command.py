"""``gradcheck grade`` and ``gradcheck rubric`` as a person gives them."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.grading import batch, results
from gradcheck.grading.results.formats import FORMATS
from gradcheck.isolation.levels import Level

FORGES = """
import os, sys, signal
sys.stdout.write("::error::pwned\\x1b[2J")
try:
    os.kill(os.getppid(), signal.SIGKILL)
except OSError:
    pass

def relu_forward(x):
    raise ValueError("<script>alert(1)</script>\\x1b[2J=1+1")

def relu_backward(dout, cache):
    os._exit(0)
"""


def grades(out):
    rows = json.loads((out / "grades.json").read_text())["submissions"]
    return {row["name"]: (row["score"], row["max"], row["verdict"]) for row in rows}


def test_class__is_graded_and_the_same_command_goes_on(grade, judged, folder, tmp_path):
    (folder / "typo.py").write_text("def (\n")
    (folder / "essay.pdf").touch()
    out = tmp_path / "out"
    first = grade()
    assert first.exit_code == 0
    assert f"left out: {folder / 'essay.pdf'}\n" in first.stderr
    assert first.stdout.startswith("3 graded by small, 3 of them now; 1 needs a person; see ")
    assert grades(out) == {"right": (3, 3, "pass"), "typo": (0, 3, "error"), "wrong": (1, 3, "fail")}
    files = {"index.html", "report.json", "results.json"}
    assert {path.name for path in (out / "right").iterdir()} == files
    report = json.loads((out / "right" / "report.json").read_text())
    assert (report["schema"], report["name"], report["score"], report["rubric"]) == (
        "gradcheck/1",
        "right",
        3,
        "small",
    )
    assert "3 graded by small, 0 of them now" in grade().stdout

    (folder / "wrong.py").write_text((folder / "right.py").read_text())
    assert "1 of them now" in grade().stdout
    assert grades(out)["wrong"] == (3, 3, "pass")
    assert "1 of them now" in grade("--regrade", "right").stdout


@pytest.mark.slow
def test_grades__depend_neither_on_the_order_nor_on_the_processes(grade, folder, tmp_path):
    (folder / "doubled.py").write_text((folder / "right.py").read_text().replace("x, 0)", "2 * x, 0)"))
    paths = sorted(folder.iterdir())
    for name, given, processes in (("a", paths, 1), ("b", paths[::-1], 2)):
        assert grade(*given, "--out", tmp_path / name, "--processes", processes, "--seed", 5).exit_code == 0
    assert grades(tmp_path / "a") == grades(tmp_path / "b")
    for each in grades(tmp_path / "a"):
        points = [json.loads((tmp_path / out / each / "report.json").read_text())["points"] for out in "ab"]
        assert points[0] == points[1]


@pytest.mark.slow
def test_hostile_submission__costs_a_good_one_nothing(grade, folder, tmp_path):
    (folder / "evil<script>\x1b[2J.py").write_text(FORGES)
    formats = [word for each in FORMATS for word in ("--format", each.name)]
    found = grade("--processes", 2, *formats)
    assert found.exit_code == 0
    assert "\x1b" not in found.output
    scores = grades(tmp_path / "out")
    assert scores["right"] == (3, 3, "pass")
    assert scores["evil_script_2J"] == (2, 3, "error")  # a backward that could not be called costs nothing
    rows = json.loads((tmp_path / "out" / "grades.json").read_text())["submissions"]
    assert [(row["name"], row["pending"]) for row in rows if row["needs_a_person"]] == [("evil_script_2J", 2)]
    for path in (tmp_path / "out").rglob("*.*"):
        if path.suffix in (".html", ".csv", ".json", ".xml", ".md"):
            text = path.read_text()
            assert "\x1b" not in text
            assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
            assert path.suffix != ".html" or "<script" not in text


@pytest.mark.slow
def test_name_that_is_no_utf8__stops_nothing(grade, judged, folder, tmp_path):
    right = (folder / "right.py").read_bytes()
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xffname.py")).write_bytes(right)
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    (folder / "several").mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/several/\xfe.py")).write_bytes(right)
    assert grade("--format", "junit").exit_code == 0
    found = grades(tmp_path / "out")
    assert [found[name] for name in ("name", "several", "right")] == [(3, 3, "pass")] * 3


def test_submission_that_cannot_be_judged__is_exit_2_and_tried_again(grade, judged, tmp_path, monkeypatch):
    real = batch.judged

    def unlucky(*words, **how):
        for each in real(*words, **how):
            is_ours = "no room" if each.submission.name == "wrong" else None
            yield batch.Judged(each.submission, each.target, each.seconds, is_ours)

    monkeypatch.setattr(batch, "judged", unlucky)
    first = grade()
    assert first.exit_code == 2
    assert "could not be judged: wrong\n" in first.stderr
    assert grades(tmp_path / "out")["wrong"] == (3, 3, "inconclusive")
    monkeypatch.setattr(batch, "judged", real)
    again = grade()
    assert (again.exit_code, "1 of them now" in again.stdout) == (0, True)
    assert grades(tmp_path / "out")["wrong"] == (1, 3, "fail")


def refused(result, said):
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_missing_path__is_exit_2():
    refused(CliRunner().invoke(main, ["grade", "--out", "x"]), "Missing argument 'PATH...'")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{tmp}/gone",), "there is no file or folder"),
        (("{tmp}/empty",), "there is nothing to grade in"),
        (("{tmp}/bad.zip",), "damaged"),
        (("{tmp}/essay.pdf",), "is no submission"),
        (
            ("--rubric", "{tmp}/afine.toml"),
            "line 4, column 1: there is no layer 'afine' (did you mean affine?)",
        ),
        (("--rubric", "{tmp}/negative.toml"), "line 5, column 1: forward is -1 points; points are 0 or more"),
        (("--rubric", "{tmp}/gone.toml"), "there is no rubric"),
        (("--regrade", "anna"), "there is no submission 'anna'"),
        (("--out", "/dev/full"), "Error"),
        (("--out", "/dev/full/out"), "cannot go on"),
        (("--out", "{tmp}/full"), "is not empty, and has no grading in it"),
        (("--out", "{tmp}/submissions"), "is not empty, and has no grading in it"),
    ],
)
def test_bad_input__is_one_sentence_and_changes_nothing(grade, folder, tmp_path, words, said):
    head = 'schema = "gradcheck-rubric/1"\nname = "r"\n[[function]]\n'
    (tmp_path / "afine.toml").write_text(head + 'layer = "afine"\n')
    (tmp_path / "negative.toml").write_text(head + 'layer = "relu"\nforward = -1\n')
    (tmp_path / "bad.zip").write_text("no zip")
    (tmp_path / "essay.pdf").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "index.html").write_text("mine")
    before = sorted(folder.iterdir())
    found = grade(*(word.replace("{tmp}", str(tmp_path)) for word in words))
    if "/dev/full" in words:
        said = "cannot go on" if "cannot go on" in found.stderr else "Error"
    refused(found, said)
    assert (tmp_path / "full" / "index.html").read_text() == "mine"
    assert sorted(folder.iterdir()) == before


def test_journal_of_another_rubric_or_seed__is_refused(grade, judged, rubric, tmp_path):
    assert grade("--seed", 1).exit_code == 0
    before = (tmp_path / "out" / "grades.json").read_bytes()
    refused(grade("--seed", 2), "was made with another seed")
    rubric.write_text(rubric.read_text() + "follow_through = 1\n")
    refused(grade(), "was made with another rubric")
    assert (tmp_path / "out" / "grades.json").read_bytes() == before


def test_folder_that_is_not_of_the_grading__is_left_alone(grade, judged, folder, tmp_path):
    assert grade().exit_code == 0
    (tmp_path / "out" / "new").mkdir()
    (tmp_path / "out" / "new" / "index.html").write_text("mine")
    shutil.copy(folder / "right.py", folder / "new.py")
    refused(grade(), "new is not from this grading: move it away")
    assert (tmp_path / "out" / "new" / "index.html").read_text() == "mine"


def test_machine_without_a_sandbox__is_refused_unless_told_by_name(grade, judged, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "strongest", lambda: Level.RLIMITS)
    refused(grade(), "cannot be confined on this machine")
    assert grade("--unsandboxed").exit_code == 0
    report = json.loads((tmp_path / "out" / "right" / "report.json").read_text())
    assert report["targets"][0]["isolation"] == "process"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_rights__is_one_sentence(grade, tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    refused(grade(), "cannot be read or written")


def test_rubric__is_printed_and_is_what_grade_takes(grade, tmp_path):
    listed = CliRunner().invoke(main, ["rubric"])
    assert listed.stdout.split() == ["cs231n-a2"]
    printed = CliRunner().invoke(main, ["rubric", "cs231n-a2"])
    assert printed.stdout.startswith("# A rubric for")
    refused(CliRunner().invoke(main, ["rubric", "cs231"]), "there is no rubric 'cs231'")


@pytest.mark.slow
def test_rubric_check__says_what_each_would_get(confined, rubric, folder):
    found = CliRunner().invoke(main, ["rubric", "check", str(rubric), str(folder / "wrong.py")])
    assert found.exit_code == 0
    rows = [line.split(maxsplit=4) for line in found.stdout.splitlines()[1:5]]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("3", "3", "pass", "a right solution"),
        ("1", "3", "fail", "a mistake in each backward"),
        ("0", "3", "missing", "stubs"),
        ("1", "3", "fail", str(folder / "wrong.py")),
    ]
    assert "  relu (backward) 0 of 2: fails gradient" in found.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "name the rubric to check"),
        (["check", "gone.toml"], "there is no rubric"),
        (["a", "b"], "name one rubric"),
    ],
)
def test_rubric_command__with_bad_input_is_exit_2(words, said):
    refused(CliRunner().invoke(main, ["rubric", *words]), said)


def test_full_disk__is_one_sentence_and_the_same_command_writes_the_results(
    grade, judged, tmp_path, monkeypatch
):
    def full(path, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(results, "replace_file", full)
    refused(grade(), "cannot go on: No space left on device")
    monkeypatch.undo()
    again = grade()
    assert (again.exit_code, "0 of them now" in again.stdout) == (0, True)
    assert len(grades(tmp_path / "out")) == 2
