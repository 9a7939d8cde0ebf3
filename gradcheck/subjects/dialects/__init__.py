"""Every family of interfaces the suite speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradcheck.contract import PARTS, Interface, Subject
from gradcheck.grammar import Params
from gradcheck.layers.norm import without_lead
from gradcheck.subjects.dialects.attention import ATTENTION
from gradcheck.subjects.dialects.cache_dict import CACHE_DICT
from gradcheck.subjects.dialects.claiming import Claim, claims
from gradcheck.subjects.dialects.cs231n import CS231N
from gradcheck.subjects.dialects.dialect import Dialect, Whole
from gradcheck.subjects.dialects.framework import FRAMEWORK
from gradcheck.subjects.dialects.general import FUNCTIONS, OBJECTS, TENSORS, TORCH
from gradcheck.subjects.dialects.im2col_classes import IM2COL_CLASSES
from gradcheck.subjects.dialects.inferred.unlike import OF_LOGARITHMS, why_kept_from_0
from gradcheck.subjects.dialects.inferred.ways import Way
from gradcheck.subjects.dialects.nhwc import NHWC
from gradcheck.subjects.dialects.optimizers import OPTIMIZERS
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.subjects.dialects.per_image import PER_IMAGE
from gradcheck.subjects.dialects.precision import in_its_precision
from gradcheck.subjects.dialects.rnn_cells import RNN_CELLS
from gradcheck.subjects.dialects.saturating import noted
from gradcheck.subjects.dialects.vanishing import without_zeros

NAMED: tuple[Dialect, ...] = (
    CS231N,
    RNN_CELLS,
    CACHE_DICT,
    NHWC,
    PAIR,
    ATTENTION,
    IM2COL_CLASSES,
    PER_IMAGE,
    FRAMEWORK,
    OPTIMIZERS,
)
"""Families that know functions by their names. Of two whose calls a function accepts, the first has it; a framework's
names come last, because other families' files have a helper called conv2d or max_pool2d, too."""

GENERAL: tuple[Dialect, ...] = (TORCH, TENSORS, FUNCTIONS, OBJECTS)
"""Those that find out what a function or a class in anybody's interface means."""

DIALECTS = (*NAMED, *GENERAL)
BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


def found_in(members: Mapping[str, Any], name: str | None = None) -> list[Claim]:
    """Return what is to be judged in a namespace, each function in one dialect; only in the named one, if any."""
    chosen = [dialect for dialect in DIALECTS if name in (None, dialect.name)]
    named, general = ([each for each in chosen if each in kind] for kind in (NAMED, GENERAL))
    return [with_habits(claim) for claim in claims(members, named, general)]


def with_habits(claim: Claim) -> Claim:
    """Return a claim with the habits that every family may have."""
    if claim.is_misfit:
        return claim
    subject = in_its_precision(claim.subject) if claim.dialect in GENERAL else claim.subject
    if claim.dialect is not PAIR and "lead" in subject.layer.cases.grammar.names:
        # Other families find by trying how many axes a norm takes, and then pass a sequence as rows.
        subject = replace(subject, interface=_flat(subject.interface))
    return replace(claim, subject=_unless_guarded(without_zeros(noted(subject))))


def _unless_guarded(subject: Subject) -> Subject:
    """Return the subject; if it is a loss that adds a small number within its logarithms, as one that is not judged."""
    if subject.layer.name not in OF_LOGARITHMS or subject.parts != PARTS:
        return subject
    interface = subject.interface
    way = Way(layer=subject.layer, call=subject.forward, express=interface.express)  # type: ignore[arg-type]
    why = why_kept_from_0(way)
    misfit = {} if why is None else dict.fromkeys(PARTS, why)
    return replace(subject, interface=replace(interface, misfit={**misfit, **interface.misfit}))


def _flat(interface: Interface) -> Interface:
    """Return an interface of a norm over all axes but the first."""

    def express(params: Params) -> dict[str, Any]:
        return without_lead(interface.express(without_lead(params)))

    return replace(interface, express=express)


def models_in(
    spaces: Sequence[Mapping[str, Any]], name: str | None = None
) -> tuple[tuple[Dialect, Whole], ...]:
    """Return the whole networks and the update rules in the namespaces of a target, each with its dialect."""
    chosen = [dialect for dialect in DIALECTS if name in (None, dialect.name)]
    here = [
        dialect
        for dialect in chosen
        if any(callable(space.get(each)) for space in spaces for each in (*dialect.names, *dialect.more()))
    ]
    return tuple((dialect, model) for dialect in here for space in spaces for model in dialect.models(space))
