"""The pages of the site, staged, and what makes them."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="session")
def staging():
    """The module that stages the pages: docs/ is a folder of scripts, and no package."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(DOCS))
    from sitemaking import staging

    yield staging
    patch.undo()


@pytest.fixture(scope="session")
def staged(staging, tmp_path_factory):
    """The folder with the pages as Sphinx reads them, without the pictures of the mistakes."""
    folder = tmp_path_factory.mktemp("staged")
    staging.stage(folder, draft=True)
    return folder
