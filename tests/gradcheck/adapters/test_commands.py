"""The option --adapter of the commands, and what their reports say of it."""

import json
import shlex

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from tests.gradcheck.adapters.conftest import WRONG

QUICK = ("--cases", "0", "--check", "gradient", "--hint", "mistake")


def ran(*words):
    return CliRunner().invoke(main, words)


@pytest.mark.slow
def test_verify__names_the_adapter_in_its_header(folder):
    result = ran("verify", "student.py", "--adapter", "grading.py", *QUICK)
    assert result.exit_code == 0
    assert "student.py    (functions)    adapter: grading.py" in result.stdout
    assert "left alone: 2 functions and classes of the target" in result.stdout


@pytest.mark.slow
def test_verify__has_the_adapter_in_its_json(folder):
    result = ran("verify", "student.py", "--adapter", "grading.py", "--format", "json", *QUICK)
    (target,) = json.loads(result.stdout)["targets"]
    assert (target["adapter"], target["left_alone"]) == ("grading.py", 2)


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--in-process",)])
@pytest.mark.sample(1)
def test_replay_line__shows_the_failure_again(folder, edit, options):
    edit("student.py", *WRONG)
    (folder / "grading.py").rename(folder / "my adapter.py")
    result = ran("verify", "student.py", "--adapter", "my adapter.py", *QUICK, *options)
    (line,) = (each.split("again", 1)[1] for each in result.stdout.splitlines() if "  again  " in each)
    assert "--adapter 'my adapter.py'" in line
    again = ran(*shlex.split(line)[1:])
    assert (result.exit_code, again.exit_code) == (1, 1)
    assert "conv2d · backward · dx    FAIL" in again.stdout


@pytest.mark.parametrize("command", [("verify", "student.py"), ("kernel", "student.py")])
@pytest.mark.parametrize(
    ("text", "said"), [("def f(:\n", "bad.py:1 is not valid Python"), (None, 'there is no adapter "bad.py"')]
)
def test_adapter_that_cannot_be_read__is_a_wrong_option(folder, command, text, said):
    if text is not None:
        (folder / "bad.py").write_text(text)
    result = ran(*command, "--adapter", "bad.py")
    assert result.exit_code == 2
    assert said in result.stderr


def test_adapter_that_fails_on_import__exits_with_2(folder):
    (folder / "bad.py").write_text("from student import Conv3D\n")
    result = ran("verify", "student.py", "--adapter", "bad.py")
    assert result.exit_code == 2
    assert "bad.py:1 raises ImportError on import" in result.stdout
    assert "correct that line of bad.py" in result.stdout


@pytest.mark.slow
@pytest.mark.diagnosed
def test_annotation__marks_the_function_in_the_adapter(folder, edit):
    edit("student.py", *WRONG)
    result = ran("verify", "student.py", "--adapter", "grading.py", "--format", "github", *QUICK)
    assert "::error file=grading.py,line=8,title=conv2d · backward · dx" in result.stdout


@pytest.mark.slow
def test_markdown__names_the_adapter(folder):
    result = ran("verify", "student.py", "--adapter", "grading.py", "--format", "markdown", *QUICK)
    assert "### `student.py`, adapter `grading.py`" in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("options", "exit_code"), [((), 0), (("--strict",), 1)])
@pytest.mark.sample(1)
def test_part_that_is_not_judged__fails_under_strict(folder, edit, options, exit_code):
    edit("grading.py", "dw.transpose(3, 2, 0, 1)", "dw.transpose(3, 2, 0)")
    both = ("--cases", "0", "--check", "output,gradient")
    assert ran("verify", "student.py", "--adapter", "grading.py", *both, *options).exit_code == exit_code
