"""The version is the same wherever it is written, and nobody is named."""

import re
import tomllib
from pathlib import Path

import gradcheck

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CITATION = (ROOT / "CITATION.cff").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def test_version__is_the_same_everywhere():
    newest, date = re.findall(r"^## (\S+) \((\S+)\)$", CHANGELOG, flags=re.M)[0]
    (cited,) = re.findall(r"^version: (.*)$", CITATION, flags=re.M)
    assert {newest, cited, PROJECT["version"], gradcheck.__version__} == {gradcheck.__version__}
    assert f"date-released: {date}\n" in CITATION


def test_authors__are_no_persons():
    assert PROJECT["authors"] == [{"name": "The gradcheck-suite authors"}]
    authors = re.findall(r"^authors:\n((?:  .*\n)*)", CITATION, flags=re.M)
    assert authors == ['  - name: "The gradcheck-suite authors"\n']


def test_changelog__says_what_to_do_for_everything_that_moved():
    (items,) = re.findall(r"### What to do\n\n((?:[- ] .*\n)*)", CHANGELOG)
    assert (
        len(re.findall(r"^- \*\*If you .*?\*\*: ", items, flags=re.M | re.S)) == items.count("\n- ") + 1 > 10
    )


def test_classifiers__have_every_python_that_is_supported():
    assert PROJECT["requires-python"] == ">=3.11"
    named = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)]
    assert named == ["3.11", "3.12", "3.13"]
