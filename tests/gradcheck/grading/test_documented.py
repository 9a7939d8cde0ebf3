"""docs/grading.md does what it says."""

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gradcheck.commands.grade import grade
from gradcheck.commands.gradescope import gradescope
from gradcheck.grading import rubric
from gradcheck.grading.reading import read
from gradcheck.grading.results.formats import FORMATS

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "grading.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, flags=re.S) for line in block.splitlines()]


@pytest.fixture
def clone(tmp_path, confined):
    """Have the files that the document shows, and the one that it copies."""
    (tmp_path / "submissions").mkdir()
    (tmp_path / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "cs231n_layers.py", tmp_path / "examples")
    shown = re.findall(r"```\w+\n# ([\w/]+\.\w+)\n(.*?)```", TEXT, flags=re.S)
    assert [name for name, _ in shown] == ["submissions/bob.py", "rubric.toml"]
    for name, content in shown:
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.mark.slow
def test_documented_commands__give_what_is_shown(clone):
    python = f"{shlex.quote(sys.executable)} -m gradcheck"
    assert COMMANDS[:3] == ["python3 -m venv .venv", ".venv/bin/pip install -q -e .", "mkdir submissions"]
    said = ""
    for line in COMMANDS[3:]:
        command = line.replace(".venv/bin/gradcheck", python)
        said += subprocess.run(
            command, shell=True, cwd=clone, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
    said = re.sub(r"\([\d.]+ s each", "(N s each", said)
    known = (" graded by ", " to judge: ", "compared with ", " -> ")
    lines = [
        line for block in re.findall(r"\n\n```\n(.*?)```", TEXT, flags=re.S) for line in block.splitlines()
    ]
    assert [line for line in lines if any(word in line for word in known)] == [
        line for line in said.splitlines() if any(word in line for word in known)
    ]
    assert "\ncs231n-a2\n" in said
    (checked,) = re.findall(r"```\n( +points .*?)```", TEXT, flags=re.S)
    assert said.startswith(checked)
    (book,) = re.findall(r"```\n(name,score.*?)```", TEXT, flags=re.S)
    assert (clone / "graded" / "gradebook.csv").read_text() == book
    assert (clone / "autograder.zip").stat().st_size > 2**20
    assert read(str(clone / "a2.toml")) == read("cs231n-a2")
    table = TEXT.partition("\n## Files")[2]
    assert not [
        name for each in FORMATS for name in (f"`{each.name}`", f"`{each.file}`") if name not in table
    ]
    for path in (path for path in (clone / "graded").rglob("*") if path.is_file()):
        assert (
            f"| `{path.relative_to(clone / 'graded')}` |".replace("ann/", "NAME/").replace("bob/", "NAME/")
            in table
        )
    (row, *_) = json.loads((clone / "graded" / "grades.json").read_text())["submissions"]
    assert [name for name in row if f"`{name}`" not in table] == []
    report = json.loads((clone / "graded" / "ann" / "report.json").read_text())
    fields = (ROOT / "docs" / "report.md").read_text() + table
    assert [name for name in report if f"`{name}`" not in fields] == []


def test_documented_cluster__gives_the_same_gradebook(clone):
    pytest.importorskip("distributed", reason='Dask is an extra: pip install -e ".[cluster]"')
    (start, grade_there) = re.findall(r"```bash\n(.*?)```", TEXT, flags=re.S)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    python = f"{shlex.quote(sys.executable)} -m"
    background = [
        subprocess.Popen(
            shlex.split(f"{python} {line.replace('8786', port)}"),
            cwd=clone,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for line in start.splitlines()
    ]
    try:
        shutil.copy(clone / "examples" / "cs231n_layers.py", clone / "submissions" / "ann.py")
        said = subprocess.run(
            f"{python} {grade_there.replace('8786', port)}",
            shell=True,
            cwd=clone,
            capture_output=True,
            text=True,
        )
    finally:
        for process in reversed(background):
            process.terminate()
            process.wait(60)
    assert said.returncode == 0, said.stderr
    (book,) = re.findall(r"```\n(name,score.*?)```", TEXT, flags=re.S)
    assert (clone / "graded-together" / "gradebook.csv").read_text() == book


def test_document__has_every_key_of_a_rubric_and_every_option():
    for each in (rubric.Rubric, rubric.Function, rubric.Restrictions, rubric.Students):
        for field in msgspec.structs.fields(each):
            assert f"`{field.name}`" in TEXT or f"[{field.name}]" in TEXT, field.name
    for words in (rubric.Demand, rubric.Hint, rubric.Visibility):
        assert [word for word in words if f"`{word}`" not in TEXT] == []
    own = re.sub(r"^dask .*$", "", TEXT, flags=re.M)  # these are options of Dask
    commands = (grade, gradescope)
    options = {name for each in commands for one in each.params for name in one.opts if name.startswith("--")}
    options -= {"--output"}  # the document writes -o
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", own)) == options
