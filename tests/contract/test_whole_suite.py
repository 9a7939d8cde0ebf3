"""Two lines of the README run every test, .ci/run runs both, and what is skipped says what to install."""

import ast
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SCRIPT = (ROOT / ".ci" / "run").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PYTEST = PROJECT["tool"]["pytest"]["ini_options"]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
MARK = "@pytest.mark.exhaustive"
CONFTESTS = sorted((ROOT / "tests").rglob("conftest.py"))


def readme_line() -> str:
    (line,) = re.findall(r"^python3 -m venv .*pytest.*$", README, flags=re.M)
    return line


def left_out(paths: list[str], skipped: list[str]) -> list[str]:
    """Return the test files that pytest does not collect from these paths, where it skips folders of these names."""
    collected = [found for path in paths for found in ROOT.glob(path)]
    return [
        str(test.relative_to(ROOT))
        for test in TESTS
        if not any(test.is_relative_to(path) for path in collected)
        or any(parent.match(pattern) for pattern in skipped for parent in test.relative_to(ROOT).parents)
    ]


def test_testpaths__hold_every_test_file():
    assert len(TESTS) > 80
    assert left_out(PYTEST["testpaths"], PYTEST["norecursedirs"]) == []


def test_left_out__names_the_file():
    paths, every = ["tests/test_*.py", "tests/fast", "tests/gradcheck"], len(TESTS)
    out = left_out(paths, ["isolation"])
    assert "tests/redteam/test_redteam.py" in out
    assert "tests/gradcheck/isolation/test_wire.py" in out
    assert len(out) < every / 2


def test_readme_line__leaves_out_what_is_exhaustive_and_nothing_else():
    words = shlex.split(readme_line().split("&&")[-1])
    assert words == [".venv/bin/python", "-m", "pytest", "-q", "-n", "2"]
    assert PYTEST["addopts"][-2:] == ["-m", "not exhaustive"]
    selecting = ("-k", "-m", "--ignore", "--deselect")
    assert [each for each in PYTEST["addopts"][:-2] if each.startswith(selecting)] == []


def test_ci_runs_the_test_line_of_the_readme():
    (grep,) = re.findall(r"^test_line=\$\((grep .*)\)$", SCRIPT, flags=re.M)
    found = subprocess.run(["bash", "-c", grep], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == readme_line() + "\n"
    assert re.search(r'^bash -c "\$test_line"$', SCRIPT, flags=re.M)


def test_ci_runs_the_exhaustive_half_and_none_of_the_other_lines_leaves_it_out():
    first, *others = [line.split(" -m pytest ")[1] for line in SCRIPT.splitlines() if " -m pytest " in line]
    assert first == "-q -n 2 -m exhaustive"
    assert f".venv/bin/python -m pytest {first}\n" in README
    assert [line for line in others if '-n 2 -m "" tests/' not in line] == []


def test_exhaustive_test__says_what_it_repeats():
    marks = [line for path in TESTS for line in path.read_text().splitlines() if line.startswith(MARK)]
    assert [line for line in marks if not re.match(r"  # \w+", line.removeprefix(MARK))] == []


# What needs an extra.


def skips(path: Path) -> Iterator[ast.Call]:
    """Yield the calls of ``pytest.importorskip`` in a file."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)) if "importorskip" in text else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
            yield node


NEEDY = [path for path in (*TESTS, *CONFTESTS) if any(skips(path))]
NAMES = [str(path.relative_to(ROOT)) for path in NEEDY]


@pytest.mark.parametrize("path", NEEDY, ids=NAMES)
def test_skips__say_what_to_install(path):
    constants = dict(re.findall(r"^([A-Z]+) = (.*)$", path.read_text(), flags=re.M))
    for call in skips(path):
        (reason,) = (ast.unparse(each.value) for each in call.keywords if each.arg == "reason")
        said = constants.get(reason.split(".")[0], reason)
        assert re.search(r'pip install -e \\*"\.\[(peers|bench|cluster|examples|browser|docs)\]', said), (
            f"{path}:{call.lineno}"
        )


def test_ci_runs_what_needs_an_extra_after_installing_it():
    installing = re.search(
        r'^run .venv/bin/pip install -q -e "\.\[test,peers,[a-z,]*\]"$', SCRIPT, flags=re.M
    )
    _, *rest = SCRIPT[installing.start() :].splitlines()
    named = " ".join(each.split(' -n 2 -m "" ')[1] for each in rest if "-m pytest" in each)
    expand = ["bash", "-c", f"printf '%s\\n' {named}"]
    run = subprocess.run(expand, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in NAMES if not any(Path(name).is_relative_to(each) for each in run)] == []
    assert [each for each in run if not any(Path(name).is_relative_to(each) for name in NAMES)] == []
