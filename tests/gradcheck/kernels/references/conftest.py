"""Judging a kernel's text against a reference's."""

import json
import sys

import pytest


@pytest.fixture
def against(tmp_path, kernel, monkeypatch):
    """Return a function that judges a kernel's text against a reference's, and returns the report and the exit code."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(reference, new, *options, apart=False, name=""):
        (tmp_path / "ref.py").write_text(reference)
        (tmp_path / "new.py").write_text(new)
        target = f"{tmp_path / 'new.py'}{name}"
        result = kernel(target, "--reference", tmp_path / "ref.py", "--format", "json", *options, apart=apart)
        assert result.stdout, result.output
        return json.loads(result.stdout), result.exit_code

    return run
