"""How a class is to be used as a layer: its styles are tried, and in each its parameters and gradients are found."""

from dataclasses import dataclass
from functools import partial

from gradcheck.contract import Layer
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, Way, tried
from gradcheck.subjects.dialects.objects.attempts import uses
from gradcheck.subjects.dialects.objects.calls import call, case_of
from gradcheck.subjects.dialects.objects.logs import Log
from gradcheck.subjects.dialects.objects.using import Used
from gradcheck.subjects.dialects.objects.written import Written


@dataclass(frozen=True)
class Choice:
    """The use that was chosen, and what came of it."""

    used: Used
    tried: Tried


def chosen(written: Written, layer: Layer, members: Members, log: Log) -> Choice | None:
    """Return the use of a class that agrees best with a layer; None if none gives an output of the right shape."""
    top: Choice | None = None
    for used in uses(written, layer, members, log):
        if top is not None and _is_for_batches(top) and used.x.fixed:
            continue
        if used.odd and top is not None and not _lacks_middle(top):
            continue
        found = Choice(used, tried(way_of(used, members)))
        if found.tried.problem:
            log.add(found.tried.problem)
        if found.tried.forward is Agreement.RIGHT and found.tried.backward is Agreement.RIGHT:
            return found
        if found.tried.forward >= Agreement.SHAPED and (top is None or found.tried.rank > top.tried.rank):
            top = found
    return top


def _is_for_batches(choice: Choice) -> bool:
    """Return whether a class takes a batch without an exception: then it is not one for one sample that is right."""
    forward, back = choice.tried.forward, choice.tried.backward
    if forward is not Agreement.RIGHT or back is None or choice.used.x.fixed:
        return False
    # A bias with an axis for the one sample may have a gradient that is not summed over several.
    has_axis = any(place.tensors == ("b",) and place.layout.name for place in choice.used.places)
    least = Agreement.SHAPED if has_axis else Agreement.MISSHAPEN
    return back >= least


def _lacks_middle(choice: Choice) -> bool:
    """Return whether a convolution fails at even extents, and may have been written for odd ones."""
    back = choice.tried.backward
    case = case_of(choice.used)
    # Half of an even extent on both sides makes the plane larger: no author of a padding that keeps it means that.
    grows = case.output_shape[2] > case.params["h"]
    return back is None or back <= (Agreement.MISSHAPEN if grows else Agreement.RAISED)


def way_of(used: Used, members: Members) -> Way:
    """Return a use as a way that can be tried."""
    tensors = frozenset(name for source in used.sources for name in source.place.tensors)
    return Way(
        layer=used.layer,
        call=partial(call, used, members),
        express=used.express,
        returns=tensors,
        draws_mask=used.layer.name == "dropout",
    )
