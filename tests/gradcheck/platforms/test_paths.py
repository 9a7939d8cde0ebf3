r"""Paths as on Windows: drives, ``\``, and names that differ in their case only."""

import errno
import ntpath
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from gradcheck.commands import delivery
from gradcheck.pytest_plugin.asked import _from_here
from gradcheck.reporting.github import Place, annotation
from gradcheck.subjects.loading import ownership


def on_another_drive(path, start=None):
    raise ValueError("path is on mount 'D:', start on mount 'C:'")


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        (r"C:\Course\layers.py", r"c:\course", True),
        (r"C:/course/layers.py", r"C:\course", True),
        (r"C:\course", r"C:\course", True),
        (r"C:\course2\layers.py", r"C:\course", False),
        (r"D:\course\layers.py", r"C:\course", False),
    ],
)
def test_is_below__ignores_case_and_slashes_on_windows(path, folder, expected, monkeypatch):
    monkeypatch.setattr(ownership, "os", SimpleNamespace(path=ntpath))
    assert ownership.is_below(path, folder) is expected


def test_is_below__knows_case_on_linux():
    assert not ownership.is_below("/Course/layers.py", "/course")


def test_github_annotation__names_no_file_on_another_drive(monkeypatch):
    monkeypatch.setattr(os.path, "relpath", on_another_drive)
    assert annotation("error", "a title", "b", Place(Path("f.py"), 3)) == "::error title=a title::b"


def test_target_of_the_plugin__is_absolute_on_another_drive(tmp_path, monkeypatch):
    (tmp_path / "layers.py").write_text("")
    monkeypatch.setattr(os.path, "relpath", on_another_drive)
    assert _from_here("layers.py", tmp_path) == str(tmp_path / "layers.py")


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EINVAL])
def test_write__takes_a_reader_that_has_gone_for_no_error(number, monkeypatch):
    """Windows calls such a pipe an invalid argument."""
    given, ended = [], []

    def echo(text, nl):
        given.append(text)
        raise OSError(number, "gone")

    monkeypatch.setattr(delivery.click, "echo", echo)
    library = SimpleNamespace(open=lambda path, how: path, O_WRONLY=1, devnull="nowhere")
    library.dup2 = lambda old, new: ended.append((old, new))
    monkeypatch.setattr(delivery, "os", library)
    monkeypatch.setattr(
        delivery, "sys", SimpleNamespace(stdout=SimpleNamespace(encoding="utf-8", fileno=lambda: 1))
    )
    delivery.write("a report")
    assert (given, ended) == (["a report"], [("nowhere", 1)])


def test_write__reports_any_other_error(monkeypatch):
    def echo(text, nl):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(delivery.click, "echo", echo)
    with pytest.raises(OSError, match="No space"):
        delivery.write("a report")
