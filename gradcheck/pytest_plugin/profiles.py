"""Settings of Hypothesis for continuous integration: ``--hypothesis-profile gradcheck-pr`` and ``gradcheck-nightly``.

Importing this module registers them; the plugin does where one is asked for.
"""

import os

from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

PREFIX = "gradcheck-"
FOLDER = ".gradcheck/examples"
"""Where the nightly run keeps the examples that failed, unless GRADCHECK_EXAMPLES names another folder."""


def register() -> None:
    """Register both profiles.

    The one for pull requests draws the same examples each time: who changes nothing is not told of an old mistake. The
    nightly one looks for new examples, and tries those first that failed on any machine which shares the folder.
    """
    settings.register_profile(
        "gradcheck-pr", max_examples=50, derandomize=True, database=None, deadline=None, print_blob=True
    )
    folder = os.environ.get("GRADCHECK_EXAMPLES") or FOLDER
    settings.register_profile(
        "gradcheck-nightly",
        max_examples=2000,
        derandomize=False,  # as Hypothesis has it by itself where it knows that it is in CI
        database=DirectoryBasedExampleDatabase(folder),
        deadline=None,
        print_blob=True,
    )


register()
