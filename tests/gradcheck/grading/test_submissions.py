"""From paths to submissions with names."""

import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from gradcheck.grading.submissions import NothingToGrade, found, safe


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    return folder


def names(several):
    return [each.name for each in several.submissions]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("", "submission"),
        ("...", "submission"),
        ("<script>alert(1)</script>", "script_alert_1_script"),
        ("=cmd|' /C calc'!A0", "cmd_C_calc_A0"),
        ("-rf", "rf"),
        ("a\x1b[2Jb\nc\u202ed", "a_2Jb_c_d"),
        ("NUL.txt", "submission_NUL.txt"),
        ("Zoë Müller", "Zoë_Müller"),
        ("\udcff", "submission"),
    ],
)
def test_safe__is_a_folder_name(given, name):
    assert safe(given) == name


def test_safe__is_short_in_bytes():
    assert len(safe("字" * 300).encode()) <= 120


def test_folder__holds_a_submission_in_each_entry(tmp_path, stack):
    fill(tmp_path, "ann.py", "bob/layers.py", "cid.ipynb", "test_it.py", ".hidden.py", "notes.pdf")
    (tmp_path / "link.py").symlink_to(tmp_path / "ann.py")
    several = found([str(tmp_path)], stack)
    assert names(several) == ["ann", "bob", "cid"]
    assert [Path(each).name for each in several.left_out] == ["link.py", "notes.pdf", "test_it.py"]


def test_names__are_unique_in_whatever_order_the_paths_come(tmp_path, stack):
    fill(tmp_path, "a/layers.py", "b/layers.py", "c/Layers.py", "d/index.html/x.py")
    paths = [str(tmp_path / each) for each in ("a/layers.py", "b/layers.py", "c/Layers.py", "d")]
    several = found(paths, stack)
    assert several == found(paths[::-1], stack)
    assert names(several) == ["index.html-2", "layers", "layers-2", "Layers-3"]


def test_path_that_is_named_twice__is_one_submission(tmp_path, stack):
    fill(tmp_path, "ann.py")
    assert names(found([str(tmp_path), str(tmp_path / "ann.py")], stack)) == ["ann"]


def test_canvas__names_lateness_and_several_files_of_one_person(tmp_path, stack):
    fill(
        tmp_path,
        "doejane_12_34_layers.py",
        "doejane_12_35_optim-1.py",
        "roe_LATE_13_36_layers.py",
        "poe_14_37_report.pdf",
    )
    several = found([str(tmp_path)], stack)
    jane, roe = several.submissions
    assert (jane.name, jane.is_late, roe.name, roe.is_late) == ("doejane_12", False, "roe_13", True)
    assert sorted(path.name for path in Path(jane.path).iterdir()) == ["layers.py", "optim.py"]
    assert Path(roe.path).name == "roe_LATE_13_36_layers.py"
    assert len(several.left_out) == 1


def test_canvas__several_files_may_be_zips_and_have_one_name(tmp_path, stack):
    fill(tmp_path, "doe_1_2_a.py", "doe_1_3_a-1.py")
    with zipfile.ZipFile(tmp_path / "doe_1_4_more.zip", "w") as archive:
        archive.writestr("b.py", "y = 1\n")
    (tmp_path / "doe_1_5_bad.zip").write_text("no zip")
    (jane,) = found([str(tmp_path)], stack).submissions
    inside = sorted(path.relative_to(jane.path).as_posix() for path in Path(jane.path).rglob("*.*"))
    assert inside == ["a-1.py", "a.py", "bad.zip", "more/b.py"]


def test_moodle__names_folders_and_files(tmp_path, stack):
    fill(
        tmp_path,
        "Jane Doe_12_assignsubmission_file/layers.py",
        "Jane Doe_12_assignsubmission_onlinetext/onlinetext.html",
        "Bo Roe_13_assignsubmission_file_layers.py",
    )
    assert names(found([str(tmp_path)], stack)) == ["Bo_Roe_13", "Jane_Doe_12"]


def test_moodle__knows_the_owner_whatever_the_file_is_called(tmp_path, stack):
    fill(tmp_path, "Eve_1_assignsubmission_file_Ann_2_assignsubmission_file_layers.py")
    (only,) = found([str(tmp_path)], stack).submissions
    assert (only.name, only.file) == ("Eve_1", "Ann_2_assignsubmission_file_layers.py")


def test_gradescope__export_is_a_zip_of_folders(tmp_path, stack):
    path = tmp_path / "assignment_1_export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (
            "submission_1/layers.py",
            "submission_2/a.py",
            "submission_2/b.py",
            "submission_metadata.yml",
        ):
            archive.writestr(f"assignment_1_export/{name}", "x = 1\n")
    several = found([str(path)], stack)
    assert names(several) == ["submission_1", "submission_2"]
    assert several.submissions[0].shown == f"{path}/submission_1"


def test_path_with_an_owner__is_one_submission(tmp_path, stack):
    fill(tmp_path, "submission_1/a.py", "submission_1/b.py")
    assert names(found([str(tmp_path / "submission_1")], stack)) == ["submission_1"]


def test_out__is_no_submission(tmp_path, stack):
    fill(tmp_path, "ann.py", "out/ann/old.py")
    assert names(found([str(tmp_path)], stack, tmp_path / "out")) == ["ann"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone", "there is no file or folder"),
        ("x.pdf", "is no submission"),
        ("bad.zip", "damaged"),
        ("e", "nothing"),
    ],
)
def test_path_without_a_submission__is_one_sentence(tmp_path, stack, name, said):
    fill(tmp_path, "x.pdf", "bad.zip")
    (tmp_path / "e").mkdir()
    with pytest.raises(NothingToGrade, match=said):
        found([str(tmp_path / name)], stack)
