"""Which family a function is of: each function is decided by itself, whatever else is in its file.

A family claims functions by their names. Signatures decide first: a claim that they do not accept is set aside. Where
the claimed call does not give what the layer gives, and functions and classes in anybody's interface are understood
in another way that does, that way is taken.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from gradcheck.contract import PARTS, Subject
from gradcheck.report import Unjudged
from gradcheck.subjects.dialects.dialect import Dialect, Members
from gradcheck.subjects.dialects.general import may_hold_layers
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, small_call
from gradcheck.subjects.dialects.inferred.words import ELEMENTWISE, role_of
from gradcheck.subjects.dialects.pair import PAIR, is_own

ON_ARRAYS = ("functions", "objects")
"""Dialects whose other readings differ in what is passed, and not in what arrays are."""

ANYBODYS = ("framework", "im2col-classes", *ON_ARRAYS)
"""Dialects whose functions and classes go by names that say little about their calls."""

OPTIONS = ("ignore_index", "smoothing")
"""Arguments that few families pass, by their roles."""

DEEP = "n2d3x4_e1e-05"
"""A layer norm over two axes."""


@dataclass(frozen=True)
class Claim:
    """A subject that a dialect finds in a namespace, and the members that it takes."""

    dialect: Dialect
    subject: Subject
    names: frozenset[str]

    @property
    def is_misfit(self) -> bool:
        """Whether a signature does not accept the calls."""
        return bool(self.subject.interface.misfit)

    @property
    def is_unknown(self) -> bool:
        """Whether no call was found for it at all: what it looks like is a guess."""
        return self.is_misfit and not self.dialect.names

    @property
    def lacks_forward(self) -> bool:
        """Whether nothing goes by the name that the family gives to forward."""
        return self.subject.functions["forward"].partition(".")[0].partition(" ")[0] not in self.names

    @cached_property
    def came(self) -> Tried:
        """What comes of a small call. It is made once: in a worker, every call is a round trip."""
        return small_call(self.subject)

    def unjudged(self) -> Iterator[Unjudged]:
        """Yield its functions with the reasons why they are not judged."""
        for part, why in self.subject.interface.misfit.items():
            if part in self.subject.parts:
                yield from (
                    Unjudged(name=name, reason=why) for name in self.subject.functions[part].split(", ")
                )


def claims(members: Members, named: Sequence[Dialect], general: Sequence[Dialect]) -> list[Claim]:
    """Return what is to be judged in a namespace, each function in one dialect.

    Parameters
    ----------
    members : mapping
        The namespace.
    named : sequence of Dialect
        The families that know functions by their names, the first first.
    general : sequence of Dialect
        Those that find out what a function or a class means.
    """
    found = [claim for claim in _of(members, named) if not _is_the_courses(claim, members, named)]
    known = _disjoint(sorted(found, key=_order(members, named)))
    settled = [claim for claim in known if not claim.is_misfit and _is_settled(claim)]
    # Of a forward alone the backward may go by a name that only others know; one that raises may want another call.
    least = {id(claim): need for claim in settled if (need := _least_of_others(claim)) is not None}
    raising = [claim for claim in settled if id(claim) in least]
    sure = [claim for claim in settled if claim.subject.parts != ("forward",) and claim not in raising]
    taken = {name for claim in sure for name in claim.names}
    rest = {name: value for name, value in members.items() if name not in taken}
    other = _disjoint(list(_of(rest, general))) if may_hold_layers(rest) else []
    # Where backward is wrong in either way, the family's own is the one to report.
    alike = {
        name for claim in raising for name in claim.names if not _is_answered(other, name, least[id(claim)])
    }
    return _chosen(known, settled, [claim for claim in other if not claim.names & alike], raising)


def _of(members: Members, dialects: Iterable[Dialect]) -> Iterator[Claim]:
    for dialect in dialects:
        if dialect.signs(members):
            for subject in dialect.subjects(members):
                yield Claim(dialect, subject, _names(subject, members))


def _is_the_courses(claim: Claim, members: Members, named: Sequence[Dialect]) -> bool:
    """Return whether a claim on somebody's recurrent layer has the very calls of the course, which looks closer."""
    if claim.dialect is not PAIR or "Wh" not in claim.subject.layer.shapes.differentiable:
        return False
    return len(named) > 1 and not is_own(claim.subject.layer, members)


def _names(subject: Subject, members: Members) -> frozenset[str]:
    """Return the members that a subject is made of: ``Pooling`` for ``Pooling.forward``."""
    parts = (subject.functions[part] for part in subject.functions)
    names = (name.split("(")[0].split(".")[0].strip() for each in parts for name in each.split(", "))
    return frozenset(name for name in names if callable(members.get(name)))


def _order(members: Members, named: Sequence[Dialect]):  # type: ignore[no-untyped-def]
    def key(claim: Claim) -> tuple[bool, bool, bool, int, int]:
        own = claim.dialect is PAIR and is_own(claim.subject.layer, members)
        loose, order = claim.subject.interface.is_loose, named.index(claim.dialect)
        return not own, claim.is_misfit, loose, -len(claim.names), order

    return key


def _disjoint(found: Sequence[Claim]) -> list[Claim]:
    """Return the claims, but for those whose functions a claim of another dialect before them takes."""
    kept: list[Claim] = []
    for claim in found:
        if not any(each.dialect is not claim.dialect and each.names & claim.names for each in kept):
            kept.append(claim)
    return kept


def _is_settled(claim: Claim) -> bool:
    """Return whether the claimed call gives an output of the layer's shape, or the function is a stub.

    One that leaves out an option that other families pass is not: they may pass it.
    """
    subject = claim.subject
    # A framework's own loss smooths nothing, if it is not told to.
    options = OPTIONS[:1] if claim.dialect.name == "framework" else OPTIONS
    if claim.lacks_forward or any(role_of(name, options) for name in subject.interface.unpassed):
        return False
    if "forward" not in subject.parts:
        return True
    if claim.dialect is PAIR and subject.layer.name == "layer_norm":
        # One that normalises over the last axis alone is right by its own convention, which others know.
        deep = small_call(replace(subject, parts=("forward",)), subject.layer.cases.grammar.read(DEEP))
        return deep.is_stub or deep.forward is Agreement.RIGHT
    came = claim.came
    return came.is_stub or (came.forward >= Agreement.SHAPED and came.backward is not Agreement.REFUSED)


def _least_of_others(claim: Claim) -> Agreement | None:
    """Return how well another call's backward must agree to be taken instead; None where the claimed call is kept.

    A backward that raises may want another call, if forward is the layer's. That of an activation may be its derivative
    at x, which whoever calls it multiplies by dout.
    """
    if claim.subject.parts != PARTS or claim.is_misfit or claim.came.is_stub:
        return None
    came = claim.came
    if came.forward is not Agreement.RIGHT:
        return None
    if came.backward is Agreement.RAISED:
        return Agreement.SHAPED
    is_wrong = came.backward is not Agreement.RIGHT
    return Agreement.RIGHT if is_wrong and claim.subject.layer.name in ELEMENTWISE else None


def _is_answered(claims: Sequence[Claim], name: str, least: Agreement) -> bool:
    """Return whether a claim on a function gives gradients that agree so well at least, and is sure or right."""
    own = [each for each in claims if name in each.names and not each.is_misfit]
    return any(
        (each.came.backward or Agreement.REFUSED) >= (least if each.dialect.is_sure else Agreement.RIGHT)
        for each in own
    )


def _chosen(
    known: list[Claim], settled: list[Claim], other: list[Claim], raising: Sequence[Claim] = ()
) -> list[Claim]:
    """Return the claims of families by name, but for those that are understood better in another way."""
    firm = [claim for claim in settled if claim not in raising]
    kept = [claim for claim in known if not any(_is_better(each, claim, firm) for each in other)]
    taken = {name for claim in kept for name in claim.names}
    others = [claim for claim in other if not claim.names & taken]
    counts = Counter(claim.dialect.name for claim in (*kept, *others))
    ordered = sorted((*kept, *others), key=lambda claim: -counts[claim.dialect.name])
    return [replace(claim, subject=_understood(_unless_not_understood(claim))) for claim in ordered]


def _is_better(other: Claim, claim: Claim, settled: list[Claim]) -> bool:
    """Return whether another claim takes a function's place: it has more functions, or this one cannot be called."""
    if not other.names & claim.names:
        return False
    if claim.lacks_forward and other.names > claim.names:
        return True
    if other.is_misfit and not other.dialect.is_sure:
        return False
    if claim.subject.interface.is_certain and other.dialect.name in ON_ARRAYS:
        return False  # the call is the family's, and what fails is the author's code, or its tensors
    return claim not in settled or (other.names > claim.names and not other.is_misfit)


def _unless_not_understood(claim: Claim) -> Claim:
    """Return a claim; as a misfit, if it is no family's, and returns a tensor of its own, or raises at every call."""
    if claim.dialect.name not in ANYBODYS or claim.is_misfit or claim.came.is_stub:
        return claim
    if claim.came.is_unread:
        why = claim.came.problem
    elif claim.dialect.name == "framework" and _always_raises(claim):
        why = f"no call was found that it accepts; one of them: {claim.came.problem}"
    else:
        return claim
    interface = replace(claim.subject.interface, misfit=dict.fromkeys(PARTS, why))
    return replace(claim, subject=replace(claim.subject, interface=interface))


def _always_raises(claim: Claim) -> bool:
    """Return whether every small call of forward raises."""
    subject = replace(claim.subject, parts=("forward",))
    battery = map(subject.layer.cases.grammar.read, subject.layer.cases.battery)
    came = chain([claim.came], (small_call(subject, params) for params in battery))
    return all(not each.is_stub and each.forward is Agreement.RAISED for each in came)


def _understood(claim: Claim) -> Subject:
    """Return the subject with its dialect, whose name stands in front of how each function was understood."""
    texts = {
        part: f"{claim.dialect.name}: {text}" for part, text in claim.subject.interface.understood.items()
    }
    interface = replace(claim.subject.interface, understood=texts)
    return replace(claim.subject, dialect=claim.dialect.name, interface=interface)
