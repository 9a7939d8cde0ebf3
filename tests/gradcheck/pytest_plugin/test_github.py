"""Annotations and the summary of the step, from a run of pytest."""

import pytest


@pytest.fixture
def told(wrong, monkeypatch):
    """Be in a job on GitHub, and return the file of its summary."""
    path = wrong.path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(wrong.path))
    return path


def annotations(result):
    return [line for line in result.outlines if line.startswith("::")]


def test_failure__is_marked_at_its_function(told, run):
    (line,) = annotations(run("--gradcheck-github", "-k", "affine-backward-gradient"))
    start = "::error file=layers.py,line=9,title=affine-backward-gradient[db]::affine · backward · db    FAIL"
    assert line.startswith(start)
    assert "%0A  worst entry     db[" in line


@pytest.mark.slow
def test_github_annotations__are_on_by_default_on_github(told, run, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert len(annotations(run("-k", "affine-backward-gradient"))) == 1


@pytest.mark.slow
def test_github_annotations__are_off_elsewhere(told, run):
    assert annotations(run("-k", "affine-backward-gradient")) == []
    assert not told.exists()


@pytest.mark.slow
def test_step_summary__has_a_row_for_each_function(told, run):
    run("--gradcheck-github", "-k", "gradient or output")
    lines = told.read_text().splitlines()
    assert lines[0] == "## gradcheck: 1 failed"
    assert "| `layers.py` | `affine_backward` | backward |  | 1 | 2 |  |" in lines
    assert "| `layers.py` | `relu_backward` | backward | 1 |  |  |  |" in lines
    assert lines[-2] == "- `layers.py::affine-backward-gradient[db]`"
