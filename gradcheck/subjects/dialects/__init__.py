"""Every family of interfaces the suite speaks."""

from collections.abc import Mapping
from typing import Any

from gradcheck.models.network import Model
from gradcheck.subjects.dialects.cache_dict import CACHE_DICT
from gradcheck.subjects.dialects.claiming import Claim, claims
from gradcheck.subjects.dialects.cs231n import CS231N
from gradcheck.subjects.dialects.dialect import Dialect
from gradcheck.subjects.dialects.framework import FRAMEWORK
from gradcheck.subjects.dialects.functions import FUNCTIONS
from gradcheck.subjects.dialects.im2col_classes import IM2COL_CLASSES
from gradcheck.subjects.dialects.nhwc import NHWC
from gradcheck.subjects.dialects.objects import OBJECTS
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.subjects.dialects.per_image import PER_IMAGE

NAMED: tuple[Dialect, ...] = (CS231N, CACHE_DICT, NHWC, PAIR, IM2COL_CLASSES, PER_IMAGE, FRAMEWORK)
"""Families that know functions by their names. Of two whose calls a function accepts, the first has it; a framework's
names come last, because other families' files have a helper called conv2d or max_pool2d, too."""

GENERAL: tuple[Dialect, ...] = (FUNCTIONS, OBJECTS)
"""Those that find out what a function or a class in anybody's interface means."""

DIALECTS = (*NAMED, *GENERAL)
BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


def found_in(members: Mapping[str, Any], name: str | None = None) -> list[Claim]:
    """Return what is to be judged in a namespace, each function in one dialect; only in the named one, if any."""
    if name is None:
        return claims(members, NAMED, GENERAL)
    chosen = (BY_NAME[name],)
    return claims(members, chosen if chosen[0] in NAMED else (), chosen if chosen[0] in GENERAL else ())


def models_in(members: Mapping[str, Any], name: str | None = None) -> tuple[Model, ...]:
    """Return the whole networks in a namespace."""
    chosen = [dialect for dialect in DIALECTS if name in (None, dialect.name)]
    here = [dialect for dialect in chosen if any(callable(members.get(each)) for each in dialect.names)]
    return tuple(model for dialect in here for model in dialect.models(members))
