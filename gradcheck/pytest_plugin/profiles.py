"""Hypothesis profiles for continuous integration: ``--hypothesis-profile gradcheck-pr`` and ``gradcheck-nightly``.

Importing this module registers them. The plugin imports it if one of them is requested.
"""

import os

from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

PREFIX = "gradcheck-"
FOLDER = ".gradcheck/examples"
"""The folder in which the nightly run keeps failing examples; GRADCHECK_EXAMPLES overrides it."""


def register() -> None:
    """Register both profiles.

    The profile for pull requests draws the same examples each time: a change that is unrelated to an old mistake does
    not fail because of it. The nightly profile looks for new examples. It first tries those that failed earlier, on any
    machine that shares the folder.
    """
    settings.register_profile(
        "gradcheck-pr", max_examples=50, derandomize=True, database=None, deadline=None, print_blob=True
    )
    folder = os.environ.get("GRADCHECK_EXAMPLES") or FOLDER
    settings.register_profile(
        "gradcheck-nightly",
        max_examples=2000,
        derandomize=False,  # explicit, because Hypothesis derandomizes by default in CI
        database=DirectoryBasedExampleDatabase(folder),
        deadline=None,
        print_blob=True,
    )


register()
