"""Hypothesis profiles: `dev` at the desk, `ci` that repeats itself, `nightly` for the long look."""

import compileall
import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]  # the plugin is tested by runs of pytest

# No deadlines: how long an example takes says something about the machine, and nothing about a gradient.
COMMON = {"deadline": None, "print_blob": True}

settings.register_profile("dev", max_examples=25, **COMMON)
settings.register_profile("ci", max_examples=50, derandomize=True, database=None, **COMMON)
settings.register_profile("nightly", max_examples=1000, **COMMON)

BY_DEFAULT = "ci" if os.environ.get("CI") == "true" else "dev"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", BY_DEFAULT))


def pytest_configure(config: pytest.Config) -> None:
    """Compile our modules once.

    Hundreds of tests start Python. Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each of them would
    compile the same modules again, and take half a second longer.
    """
    if not hasattr(config, "workerinput"):
        for name in ("gradcheck", "naive", "fast"):
            compileall.compile_dir(Path(__file__).with_name(name), quiet=2)
