"""Most of what the hostile files do is to wait: they are judged in processes of their own, ahead of their tests."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

import pytest

from tests.redteam.beforehand import WORK

PROCESSES = 3


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


@pytest.fixture(scope="session", autouse=True)
def outcomes(request: pytest.FixtureRequest) -> Iterator[dict[str, "Future[Any]"]]:
    """The work of all chosen tests, begun in the order of the tests."""
    chosen = [item for item in request.session.items if hasattr(getattr(item, "function", None), WORK)]
    if not chosen or "PYTEST_XDIST_WORKER" in os.environ:  # there each process has all items, and runs a few
        yield {}
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(PROCESSES, len(chosen)), mp_context=context) as pool:
        found = {
            item.nodeid: pool.submit(getattr(item.function, WORK), **_parameters(item)) for item in chosen
        }
        yield found
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def outcome(request: pytest.FixtureRequest, outcomes: dict[str, "Future[Any]"]) -> Any:
    """What the work of a test has returned."""
    if request.node.nodeid in outcomes:
        return outcomes[request.node.nodeid].result()
    return getattr(request.function, WORK)(**_parameters(request.node))
