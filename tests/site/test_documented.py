"""The new pages do what they say: the tutorials, and what PyTorch's check says of the same functions."""

import re
import warnings

import pytest
from click.testing import CliRunner

from gradcheck import GradientError, check_gradients
from gradcheck.commands import main
from tests.site.conftest import DOCS, ROOT

FENCED = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.S | re.M)


def blocks(page, language):
    return [block for kind, block in FENCED.findall((DOCS / page).read_text()) if kind == language]


# Your first wrong gradient.


@pytest.fixture
def project(pytester):
    """The two files of the tutorial."""
    for language, name in (("python", "mylayers.py"), ("toml", "pyproject.toml")):
        (shown,) = [each for each in blocks("first-gradient.md", language) if each.startswith(f"# {name}\n")]
        (pytester.path / name).write_text(shown)
    return pytester


@pytest.mark.slow
def test_tutorial__shows_the_failure_and_its_correction_passes(project):
    failure, passed = blocks("first-gradient.md", "")
    verify, explain = (
        line.split("gradcheck ", 1)[1].split()
        for block in blocks("first-gradient.md", "sh")
        for line in block.splitlines()
        if line.startswith(".venv/bin/gradcheck")
    )
    said = CliRunner().invoke(main, verify)
    assert (said.exit_code, said.stdout.startswith(failure)) == (1, True), said.stdout
    assert "crop-empty-at-pad-0    (conv2d, backward)" in CliRunner().invoke(main, explain).stdout
    mend(project)
    said = CliRunner().invoke(main, verify)
    assert said.exit_code == 0
    assert said.stdout.splitlines()[-1].rpartition(";")[0] == passed.strip().rpartition(";")[0]


def mend(project):
    path = project.path / "mylayers.py"
    *_, right = blocks("first-gradient.md", "python")
    lines = path.read_text().splitlines(keepends=True)
    (number,) = re.findall(r"Write, as line (\d+),", (DOCS / "first-gradient.md").read_text())
    lines[int(number) - 1] = right
    path.write_text("".join(lines))


@pytest.mark.slow
def test_tutorial__puts_the_file_into_every_run_of_pytest(project):
    plain = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider", "--gradcheck-check", "shapes")
    assert project.runpytest_inprocess(*plain).parseoutcomes()["failed"] == 1
    mend(project)
    assert "failed" not in project.runpytest_inprocess(*plain).parseoutcomes()


# A network that trains.


def test_digits__has_the_lines_of_the_program():
    program = [line.strip() for line in (ROOT / "examples" / "train_digits.py").read_text().splitlines()]
    for block in blocks("digits.md", "python"):
        lines = [line.strip() for line in block.splitlines()]
        assert any(program[k : k + len(lines)] == lines for k in range(len(program))), block


# Why not torch.autograd.gradcheck?

CALLS = {
    "Almost": ("Almost", {"x": "x"}),
    "Small": ("Small", {"x": "x"}),
    "Clipped": ("Clipped", {"x": "x"}),
    "OneEntry": ("OneEntry", {"x": "many"}),
    "tanh": ("torch.tanh", {"x": "x.detach().float().requires_grad_()"}),
    "relu": ("torch.relu", {"x": "torch.tensor([-1.0, 0, 0, 2], dtype=torch.float64, requires_grad=True)"}),
    "Bias": ("Bias", {"x": "x", "b": "b"}),
}
"""How the page's functions are called: the function, and its inputs by name."""


@pytest.fixture(scope="module")
def page_of_torch():
    pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')
    space = {}
    exec(compile("\n".join(blocks("why-not-gradcheck.md", "python")), "why-not-gradcheck.md", "exec"), space)
    return space


def torchs(space, function, inputs, options):
    function = getattr(function, "apply", function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of single precision
        right = space["torchs"](function, tuple(inputs.values()), raise_exception=False, **options)
    return "passes" if right else "fails"


def ours(function, inputs):
    """Return what is said here, and the message."""
    try:
        check_gradients(function, **{name: value.detach() for name, value in inputs.items()})
    except GradientError as error:
        return "fails" if " FAIL" in str(error) else "inconclusive", str(error)
    return "passes", ""


@pytest.mark.slow
def test_table__has_what_each_says(page_of_torch):
    text = (DOCS / "why-not-gradcheck.md").read_text()
    rows = re.findall(r"^\| \[`(\w+)`\]\([^)]*\)(.*?) \| (\w+) \| (\w+) \| (\w+) \|$", text, flags=re.M)
    assert {row[0] for row in rows} == CALLS.keys()
    shown = {block.split()[0]: block for block in blocks("why-not-gradcheck.md", "")}
    for name, words, is_right, theirs, here in rows:
        function, inputs = CALLS[name]
        given = {key: eval(value, page_of_torch) for key, value in inputs.items()}
        called = eval(function, page_of_torch)
        options = {"fast_mode": True} if "fast_mode=True" in words else {}
        verdict, message = ours(called, given)
        assert (torchs(page_of_torch, called, given, options), verdict) == (theirs, here), name
        assert is_right == "right" or verdict == "fails"
        if name in shown:
            assert plain(shown[name]) == plain(message), name


def plain(text):
    """Return a message without its numbers: their last digits are those of a machine."""
    return re.sub(r"-?\d+\.\d+(e-\d+)?|\d+e-\d+", "#", text).strip()
