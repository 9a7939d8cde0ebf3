"""Commands that run as on another platform."""

import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).with_name("elsewhere.py")


@pytest.fixture(params=["darwin", "win32"])
def elsewhere(request, tmp_path):
    """Return a function that runs a command as on macOS, and as on Windows, in an empty folder."""

    def run(*words, **how):
        command = [sys.executable, str(LAUNCHER), request.param, *map(str, words)]
        options = {"cwd": tmp_path, "capture_output": True, "text": True, "encoding": "utf-8", "timeout": 60}
        return subprocess.run(command, **options | how)

    return run
