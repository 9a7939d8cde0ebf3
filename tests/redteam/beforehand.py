"""How a test says what is done for it in another process, before it runs."""

from collections.abc import Callable
from typing import Any

WORK = "work_beforehand"


def ahead(work: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Say what a test of the fixture `outcome` does with its parameters; it must be a module's function."""

    def add(test: Callable[..., None]) -> Callable[..., None]:
        setattr(test, WORK, work)
        return test

    return add
