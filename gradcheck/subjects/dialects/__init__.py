"""Every family of interfaces the suite speaks."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from gradcheck.subjects.dialects.cache_dict import CACHE_DICT
from gradcheck.subjects.dialects.cs231n import CS231N
from gradcheck.subjects.dialects.dialect import Dialect
from gradcheck.subjects.dialects.framework import FRAMEWORK
from gradcheck.subjects.dialects.im2col_classes import IM2COL_CLASSES
from gradcheck.subjects.dialects.nhwc import NHWC
from gradcheck.subjects.dialects.objects import OBJECTS
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.subjects.dialects.per_image import PER_IMAGE

DIALECTS: tuple[Dialect, ...] = (CS231N, CACHE_DICT, NHWC, PAIR, IM2COL_CLASSES, PER_IMAGE, FRAMEWORK, OBJECTS)
"""Of two that know equally much of a file, the first is chosen. A framework's names come last: other families' files
have a helper called conv2d or max_pool2d, too."""

BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


class HasMembers(Protocol):
    """A module's namespace."""

    @property
    def members(self) -> Mapping[str, Any]:
        """What the module defines, by name."""


def choose(namespaces: Sequence[HasMembers], name: str | None = None) -> Dialect | None:
    """Return the dialect that knows most of what the namespaces define, or the named one; None if it knows nothing."""
    if name:
        return BY_NAME[name] if _known(BY_NAME[name], namespaces) else None
    counts = [
        _known(dialect, [space for space in namespaces if dialect.signs(space.members)])
        for dialect in DIALECTS
    ]
    return DIALECTS[counts.index(max(counts))] if max(counts) else None


def _known(dialect: Dialect, namespaces: Sequence[HasMembers]) -> int:
    return sum(callable(space.members.get(name)) for space in namespaces for name in dialect.names)
