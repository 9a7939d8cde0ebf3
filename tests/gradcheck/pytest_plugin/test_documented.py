"""docs/ci.md does what it says."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "ci.md").read_text()
PLAIN = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider")


@pytest.fixture
def project(pytester):
    """Write the files that the document shows."""
    shown = re.findall(r"```\w+\n# (\w+\.\w+)\n(.*?)```", TEXT, flags=re.S)
    assert [name for name, _ in shown] == ["mylayers.py", "pyproject.toml", "test_mylayers.py"]
    for name, content in shown:
        (pytester.path / name).write_text(content)
    return pytester


@pytest.mark.slow
@pytest.mark.diagnosed
def test_documented_failure__is_the_one_that_is_shown(project):
    (shown,) = re.findall(r"```\n_+ affine-backward.*?\n(.*?)\n```", TEXT, flags=re.S)
    result = project.runpytest_inprocess(*PLAIN, "-k", "affine-backward")
    assert shown in result.stdout.str()
    assert result.parseoutcomes()["failed"] == 1


@pytest.mark.slow
def test_documented_example__passes_when_mended(project):
    path = project.path / "mylayers.py"
    path.write_text(path.read_text().replace("dout.mean(axis=0)", "dout.sum(axis=0)"))
    result = project.runpytest_inprocess(*PLAIN)
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 30


def test_documented_options__are_exactly_the_existing_ones(pytester):
    workflow = (ROOT / "examples" / "workflow.yml").read_text()
    there = set(re.findall(r"--gradcheck[\w-]*", pytester.runpytest_inprocess(*PLAIN, "--help").stdout.str()))
    assert set(re.findall(r"--gradcheck[\w-]*", TEXT)) == there
    assert set(re.findall(r"--gradcheck[\w-]*", workflow)) < there


@pytest.mark.slow
def test_documented_known_failure__reads(project):
    (table,) = re.findall(r"(\[tool\.gradcheck\]\n.*?)```", TEXT, flags=re.S)
    with (project.path / "pyproject.toml").open("a") as file:
        file.write(f"\n{table}")
    outcomes = project.runpytest_inprocess(
        *PLAIN, "--gradcheck-check", "gradient", "-m", "gradcheck"
    ).parseoutcomes()
    assert outcomes["xfailed"] == 1
    assert "failed" not in outcomes


@pytest.mark.parametrize(
    ("file", "text", "installed"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--gradcheck", "layers.py"]\n', []),
        ("pyproject.toml", '[project]\nname = "mine"\n', ["pip install -e ."]),
        ("setup.py", "", ["pip install -e ."]),
        ("layers.py", "", []),
    ],
)
def test_workflow__installs_only_what_is_a_package(tmp_path, file, text, installed):
    (tmp_path / file).write_text(text)
    workflow = (ROOT / "examples" / "workflow.yml").read_text()
    (line,) = re.findall(r"- run: (if .*; fi)$", workflow, flags=re.M)
    script = f'pip() {{ echo pip "$@"; }}; {line}'
    done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == installed
