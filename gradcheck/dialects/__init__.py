"""Every family of interfaces the suite speaks."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from gradcheck.contract import Dialect
from gradcheck.dialects.cs231n import CS231N
from gradcheck.dialects.framework import FRAMEWORK
from gradcheck.dialects.pair import PAIR

DIALECTS: tuple[Dialect, ...] = (CS231N, PAIR, FRAMEWORK)

BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


class HasMembers(Protocol):
    """A module's namespace."""

    @property
    def members(self) -> Mapping[str, Any]:
        """What the module defines, by name."""


def choose(namespaces: Sequence[HasMembers], name: str | None = None) -> Dialect | None:
    """Return the dialect that knows most of what the namespaces define, or the named one; None if it knows nothing."""
    candidates = [BY_NAME[name]] if name else list(DIALECTS)
    counts = [_known(dialect, namespaces) for dialect in candidates]
    return candidates[counts.index(max(counts))] if max(counts) else None


def _known(dialect: Dialect, namespaces: Sequence[HasMembers]) -> int:
    return sum(callable(space.members.get(name)) for space in namespaces for name in dialect.names)
