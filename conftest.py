"""Hypothesis profiles: `dev` at the desk, `ci` that repeats itself, `nightly` for the long look."""

import os

from hypothesis import settings

pytest_plugins = ["pytester"]  # the plugin is tested by runs of pytest

# No deadlines: how long an example takes says something about the machine, and nothing about a gradient.
COMMON = {"deadline": None, "print_blob": True}

settings.register_profile("dev", max_examples=25, **COMMON)
settings.register_profile("ci", max_examples=50, derandomize=True, database=None, **COMMON)
settings.register_profile("nightly", max_examples=1000, **COMMON)

BY_DEFAULT = "ci" if os.environ.get("CI") == "true" else "dev"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", BY_DEFAULT))
