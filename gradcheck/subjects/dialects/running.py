"""Where a forward leaves its running statistics: in its cache, or in the arrays that were passed in."""

from typing import Any

import numpy as np

from gradcheck.calling import attribute, entry
from gradcheck.contract import Arrays

IN_THE_CACHE = "running-in-the-cache"
"""The convention that an updated running statistic may stand anywhere in the cache, under any name."""


def running(
    names: tuple[str, ...], cache: Any, before: Arrays, after: Arrays
) -> tuple[Arrays, frozenset[str]]:
    """Return the running statistics after a call, and the names of those that forward updated in place.

    Parameters
    ----------
    names : tuple of str
        The running statistics.
    cache : object
        What forward left: an object or a dict that has them by name, or anything else.
    before, after : mapping
        The values of the arrays that were passed in, before the call and after it.
    """
    found: Arrays = {}
    updated = set()
    for name in names:
        found[name] = _in_cache(cache, name)
        if found[name] is None:
            found[name] = after[name].copy()
            if not np.array_equal(before[name], after[name], equal_nan=True):
                updated.add(name)
    return found, frozenset(updated)


def _in_cache(cache: Any, name: str) -> Any:
    value = attribute(f"cache.{name}", cache, name)
    return entry(f"cache[{name!r}]", cache, name) if value is None else value
