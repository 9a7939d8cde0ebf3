"""Every kind of bad input, and the message that it gets."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.commands import main

DATA = Path(__file__).parents[2] / "data" / "cs231n"
LOOPS = str(DATA / "loops.py")
STUBS = str(DATA / "stubs.py")


def gradcheck(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, 'there is no file, folder or module called "'),
        ("from math import nothing\n", "ImportError"),
        ("def (\n", "is not valid Python: invalid syntax"),
        ("raise RuntimeError('no\x1b way')\n", r"raises RuntimeError on import: no\x1b way"),
        ("x = 1\n", "nothing in it that any dialect knows. Looked for: cs231n: affine_forward, "),
        (
            "def conv_backward_im2col(dout, cache):\n    pass\n",
            "nothing in it can be judged. conv_backward_im2col: ",
        ),
    ],
)
def test_unjudgeable_target__is_exit_2_and_reported_plainly(tmp_path, code, message):
    path = tmp_path / "code.py"
    if code is not None:
        path.write_text(code)
    result = gradcheck("verify", path, "--cases", 0)
    assert result.exit_code == 2
    assert f"{path}" in result.stdout
    assert "    NOT JUDGED\n" in result.stdout
    assert message in result.stdout
    assert "\n  what to do      " in result.stdout
    assert f"could not judge {path}; seed 0; " in result.stdout


def test_syntax_error__is_to_be_mended_first(tmp_path):
    (tmp_path / "typo.py").write_text("def relu_forward(x)\n    return x, x\n")
    told = " ".join(gradcheck("verify", tmp_path / "typo.py").stdout.split())
    assert "typo.py:1 is not valid Python: " in told
    assert "what to do correct that line first: Python itself cannot parse the file" in told


def test_python_2_file__is_reported_with_what_to_do(tmp_path):
    (tmp_path / "old.py").write_text("def relu(x):\n    print 'x'\n")
    told = " ".join(gradcheck("verify", tmp_path / "old.py").stdout.split())
    assert "old.py:2 is not valid Python 3 (it looks like Python 2): " in told
    assert "what to do translate it to Python 3, by a tool such as modernize or by hand" in told
    assert "Nothing is rewritten here" in told
    assert "runs by itself" not in told


@pytest.mark.slow
def test_file_of_stubs__is_exit_2():
    result = gradcheck("verify", STUBS, "--layer", "relu", "--cases", 0)
    assert result.exit_code == 2
    assert "  there are only stubs in it\n" in result.stdout
    assert "write one of them, and run this again: relu_forward, relu_backward\n" in result.stdout


@pytest.mark.slow
def test_undefined_layer__is_exit_2():
    result = gradcheck("verify", LOOPS, "--layer", "tanh")
    assert result.exit_code == 2
    assert "  it defines none of the layers tanh\n" in result.stdout


@pytest.mark.slow
def test_inapplicable_check__is_exit_2():
    result = gradcheck("verify", LOOPS, "--layer", "affine", "--check", "mask")
    assert result.exit_code == 2
    assert "  none of the checks applies to what it defines\n" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--layer", "relu,bla"), "there is no layer 'bla'; there are affine, relu, "),
        (("--check", "x"), "there is no check 'x'; there are implemented, shapes, "),
        (("--dialect", "x"), "there is no dialect 'x'; there are cs231n, "),
        (("--cases", "-1"), "-1 is not in the range x>=0."),
        (("--seed", "-1"), "-1 is not in the range 0<=x<=4294967295."),
        (("--format", "xml"), "'xml' is not one of 'text', 'json', 'junit', 'markdown', 'github'."),
        (("--output", "no/where/report.txt"), "there is no folder 'no/where'."),
        (("--output", "."), "is a directory."),
        (("--nothing",), "No such option"),
    ],
)
def test_usage_errors_are_exit_2_and_say_what_there_is(arguments, message):
    result = gradcheck("verify", LOOPS, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
