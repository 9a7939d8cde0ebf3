"""Most of these tests are about verdicts."""

import pytest


@pytest.fixture(autouse=True)
def unexplained(undiagnosed):
    """Leave out why something failed, but where a test is marked `diagnosed`."""
