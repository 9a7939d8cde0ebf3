"""What the README shows is what the suite says."""

import re
import runpy
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gradcheck import numerical_gradient
from gradcheck.commands import main
from gradcheck.layers import LAYERS
from gradcheck.mistakes.catalogue import MUTANTS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
FIRST_SCREEN = README.partition("\n## ")[0]
EXAMPLE = (ROOT / "examples" / "cs231n_layers.py").read_text()


@pytest.fixture(scope="module")
def said():
    """What a replay of the failure that the README shows says."""
    (again,) = re.findall(r"^  again +gradcheck (.*)$", README, flags=re.M)
    patch = pytest.MonkeyPatch()
    patch.chdir(ROOT)
    text = CliRunner().invoke(main, shlex.split(again)).stdout
    patch.undo()
    return text


def bare(line):
    """Return a line without blanks: the README's are formatted, and the student's are not."""
    return line.replace(" ", "")


def words(text):
    return " ".join(text.split())


def test_readme_failure__is_the_one_that_the_command_prints(said):
    (shown,) = re.findall(r"```\n(max_pool2d · .*?)\n```", README, flags=re.S)
    title, worst, mistake = (
        next(line for line in shown.splitlines() if line.startswith(start))
        for start in ("max_pool2d", "  worst entry", "  mistake")
    )
    assert [line for line in (title, worst, mistake) if line not in said.splitlines()] == []


def test_first_screen__has_the_wrong_lines_of_the_example():
    (code,) = re.findall(r"```python\n(.*?)```", FIRST_SCREEN, flags=re.S)
    shown = [bare(line) for line in code.splitlines()]
    assert len(shown) == 6
    lines = [bare(line) for line in EXAMPLE.splitlines() if not bare(line).startswith("#")]
    starts = [k for k in range(len(lines)) if lines[k : k + 6] == shown]
    assert len(starts) == 1


def test_first_screen__passes_the_check_of_the_course():
    layers = runpy.run_path(str(ROOT / "examples" / "cs231n_layers.py"))
    x = np.random.default_rng(0).standard_normal((3, 2, 8, 8))
    options = {"pool_height": 2, "pool_width": 2, "stride": 2}
    out, cache = layers["max_pool_forward_naive"](x, options)
    dout = np.random.default_rng(1).standard_normal(out.shape)
    slope = numerical_gradient(lambda x: layers["max_pool_forward_naive"](x, options)[0], x, dout)
    assert np.allclose(layers["max_pool_backward_naive"](dout, cache), slope, rtol=1e-8, atol=1e-8)


def test_first_screen__says_what_the_command_says(said):
    (line,) = re.findall(r"Line (\d+) is where", FIRST_SCREEN)
    (edit,) = re.findall(r"with `(dx.*?)` every check passes", FIRST_SCREEN)
    assert EXAMPLE.splitlines()[int(line) - 1].strip() == edit.replace("+=", "=")
    (explained,) = re.findall(r"overlap-overwritten\. (Where windows.*?)\n\n", FIRST_SCREEN, flags=re.S)
    assert words(explained) == words(
        re.findall(r"overlap-overwritten: (.*?)\n  \w", said, flags=re.S)[0]
    ).replace("+= .", "+=.")


def test_first_screen__has_one_picture_two_lines_and_three_links():
    assert len(re.findall(r"!\[", FIRST_SCREEN)) == 1
    (block,) = re.findall(r"```sh\n(.*?)```", FIRST_SCREEN, flags=re.S)
    assert len(block.splitlines()) == 2
    assert len(re.findall(r"(?<!!)\[[^]]*\]\(", FIRST_SCREEN)) == 3
    assert FIRST_SCREEN.count("\n") < 45


def test_picture__is_the_one_that_the_suite_draws(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import picture

    assert (ROOT / "docs" / "max-pool.svg").read_text() == picture.picture()


def test_picture__has_the_numbers_of_the_text(monkeypatch):
    monkeypatch.chdir(ROOT)
    (line,) = re.findall(r"^  by hand +gradcheck (.*)$", README, flags=re.M)
    drawn = CliRunner().invoke(main, shlex.split(line)).stdout
    texts = re.findall(r"<text[^>]*>(.*?)</text>", (ROOT / "docs" / "max-pool.svg").read_text())
    assert [text for text in texts if text.strip() not in drawn] == []
    assert "dx[0, 0, 0, 1] should be 1; your function gives 5" in texts


def test_readme_summary__names_the_six_mistakes():
    (shown,) = re.findall(r"^6 of 21 functions are wrong: (.*?);", README, flags=re.M)
    assert len(shown.split(", ")) == 6


def test_readme__counts_what_there_is():
    (layers,) = re.findall(r"The suite has (\d+) layers", README)
    (mistakes,) = re.findall(r"more than ([\d,]+) known mistakes", README)
    assert int(layers) == len(LAYERS)
    assert len(MUTANTS) >= int(mistakes.replace(",", ""))
