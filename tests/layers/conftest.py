"""Every test of a layer is a test of both packages."""

import pytest

from gradcheck import fast, naive


@pytest.fixture(params=[naive, fast], ids=["naive", "fast"])
def package(request):
    return request.param
