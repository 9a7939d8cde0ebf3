"""The plugin's name: pytest refuses one that comes under two."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def installed(pytester, monkeypatch):
    """Let pytest find the entry point, as where the suite is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["pytest11"]
    folder = pytester.mkdir("site") / "gradcheck_here-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: gradcheck-here\nVersion: 1\n")
    lines = "".join(f"{name} = {module}\n" for name, module in points.items())
    (folder / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    monkeypatch.setenv("PYTHONPATH", f"{folder.parent}:{ROOT}")
    pytester.makepyfile("def test_it(gradcheck_report):\n    assert callable(gradcheck_report)")
    return pytester


def test_entry_point__has_the_name_of_the_module():
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert points == {"gradcheck.pytest_plugin": "gradcheck.pytest_plugin"}


@pytest.mark.slow
def test_installed_plugin__is_found(installed):
    assert installed.runpytest_subprocess("-q").parseoutcomes() == {"passed": 1}


@pytest.mark.slow
def test_installed_plugin__may_be_named_again(installed):
    installed.makeconftest("pytest_plugins = ['gradcheck.pytest_plugin']")
    assert installed.runpytest_subprocess("-q", "-p", "gradcheck.pytest_plugin").parseoutcomes() == {
        "passed": 1
    }


@pytest.mark.slow
def test_installed_plugin__can_be_left_out(installed):
    result = installed.runpytest_subprocess("-q", "-p", "no:gradcheck.pytest_plugin")
    assert result.parseoutcomes() == {"errors": 1}
