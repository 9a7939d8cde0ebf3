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
from gradcheck.grading import rubric
from gradcheck.grading.reading import read

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


def test_documented_commands__give_what_is_shown(clone):
    python = f"{shlex.quote(sys.executable)} -m gradcheck"
    assert COMMANDS[:3] == ["python3 -m venv .venv", ".venv/bin/pip install -q -e .", "mkdir submissions"]
    said = ""
    for line in COMMANDS[3:]:
        command = line.replace(".venv/bin/gradcheck", python)
        said += subprocess.run(
            command, shell=True, cwd=clone, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
    assert re.findall(r"^\d graded by .*$", TEXT, flags=re.M) == [
        line for line in said.splitlines() if " graded by " in line
    ]
    assert said.endswith("\ncs231n-a2\n")
    (checked,) = re.findall(r"```\n( +points .*?)```", TEXT, flags=re.S)
    assert said.startswith(checked)
    (book,) = re.findall(r"```\n(name,score.*?)```", TEXT, flags=re.S)
    assert (clone / "graded" / "gradebook.csv").read_text() == book
    assert read(str(clone / "a2.toml")) == read("cs231n-a2")
    table = TEXT.partition("\n## Files")[2]
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
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
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
    options = {name for each in grade.params for name in each.opts if name.startswith("--")}
    assert set(re.findall(r"--[a-z][a-z-]*", own)) == options
