"""Classes that hand their gradients to an optimizer inside backward: judged with one that makes plain steps."""

from dataclasses import replace

from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import Agreement, tried
from gradcheck.subjects.dialects.objects.modes import plain_values
from gradcheck.subjects.dialects.objects.rates import Rated
from gradcheck.subjects.dialects.objects.searching import way_of
from gradcheck.subjects.dialects.objects.using import Used

NAMES = ("optimizer", "_optimizer", "optim", "opt", "_optim", "_opt")


def with_optimizer(used: Used, members: Members) -> Used:
    """Return the use with an optimizer set where the class has a place for one, and backward runs with it."""
    held = plain_values(used, members)
    name = next((each for each in NAMES if each in held and held[each] is None), None)
    if name is None or not used.places:
        return used
    form = replace(used, attributes={**used.attributes, name: Rated(members["PlainStep"])}, fresh=True)
    found = tried(way_of(form, members))
    runs = found.forward is Agreement.RIGHT and (found.backward or Agreement.REFUSED) >= Agreement.MISSHAPEN
    if not runs:
        return used
    return form.noting("is judged with an optimizer that makes plain steps, at rates of 2^30 and 2^20")
