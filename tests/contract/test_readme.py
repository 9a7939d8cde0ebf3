"""What the README shows is what the suite says."""

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from gradcheck.commands import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_readme_failure__is_the_one_that_the_command_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    (shown,) = re.findall(r"```\n(max_pool2d · .*?)\n```", README, flags=re.S)
    (again,) = re.findall(r"^  again +gradcheck (.*)$", shown, flags=re.M)
    told = CliRunner().invoke(main, shlex.split(again)).stdout.splitlines()
    title, worst, mistake = (
        next(line for line in shown.splitlines() if line.startswith(start))
        for start in ("max_pool2d", "  worst entry", "  mistake")
    )
    assert [line for line in (title, worst, mistake) if line not in told] == []


def test_readme_summary__names_the_six_mistakes(monkeypatch):
    (shown,) = re.findall(r"^6 of 21 functions are wrong: (.*?);", README, flags=re.M)
    assert len(shown.split(", ")) == 6


def test_readme_drawing__is_the_one_that_the_command_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    (line,) = re.findall(r"^  by hand +gradcheck (.*)$", README, flags=re.M)
    (drawn,) = re.findall(r"```\n(x  1x1x1x6\n.*?)\n```", README, flags=re.S)
    assert drawn in CliRunner().invoke(main, shlex.split(line)).stdout
