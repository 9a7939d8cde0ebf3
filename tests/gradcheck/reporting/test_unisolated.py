"""What every format says first where the platform has no isolation."""

from xml.etree import ElementTree as ET

import pytest

from gradcheck.isolation.levels import UNISOLATED, Level
from gradcheck.report import Report, TargetReport, Verdict
from gradcheck.reporting import formats, wording


def report(isolation):
    target = TargetReport(
        target="layers.py", dialect="pair", verdict=Verdict.PASS, parts=(), isolation=isolation
    )
    return Report(verdict=Verdict.PASS, seconds=0.1, seed=0, targets=(target,))


@pytest.fixture
def without_workers(monkeypatch):
    monkeypatch.setattr(wording, "has_workers", lambda: False)


def test_formats__say_first_that_there_is_no_isolation(without_workers):
    found = report(Level.PROCESS)
    assert formats.render(found, "text").startswith(f"{UNISOLATED}\n\nlayers.py")
    assert formats.render(found, "markdown").startswith(f"## gradcheck: pass\n\n{UNISOLATED}\n\n")
    assert formats.render(found, "github").startswith(f"::notice title=gradcheck::{UNISOLATED}\n")
    suite = ET.fromstring(
        formats.render(found, "junit").removeprefix('<?xml version="1.0" encoding="utf-8"?>')
    )[0]
    assert (suite[0].tag, suite[0][0].attrib) == ("properties", {"name": "isolation", "value": UNISOLATED})
    assert '"isolation": "process"' in formats.render(found, "json")


@pytest.mark.parametrize("name", formats.names(Report))
def test_formats__say_nothing_of_it_elsewhere(name, monkeypatch):
    monkeypatch.setattr(wording, "has_workers", lambda: True)
    assert UNISOLATED not in formats.render(report(Level.PROCESS), name), "there are workers here"
    monkeypatch.setattr(wording, "has_workers", lambda: False)
    assert UNISOLATED not in formats.render(report(None), name), "no code ran"


@pytest.mark.parametrize(
    ("platform", "word"),
    [("win32", '"C:\\\\my files\\\\layers.py"'), ("linux", "'C:\\\\my files\\\\layers.py'")],
)
def test_shell_word__is_quoted_for_the_shell_of_the_platform(platform, word, monkeypatch):
    monkeypatch.setattr(wording.sys, "platform", platform)
    assert wording.shell_word("C:\\my files\\layers.py") == word.replace("\\\\", "\\")
    assert wording.shell_word("layers.py") == "layers.py"
