"""The predicates of a layer, by family: generated from the names of its parameters and tensors, and from nothing else.

No list was made by looking at the cases of a verification. A miss is mended by asking more widely, never here.
"""

from blind.of_calls import dtypes, layouts, order_of_calls
from blind.of_layers import numbers_of_the_layer
from blind.of_numbers import numbers, numbers_of_dout
from blind.of_options import choices, options, reals, two_options, two_properties
from blind.of_sizes import extents, groups, relations, totals
from blind.predicate import Predicate
from gradcheck.contract import Layer

FAMILIES = (
    extents,
    totals,
    options,
    two_options,
    relations,
    groups,
    reals,
    choices,
    dtypes,
    layouts,
    numbers,
    numbers_of_the_layer,
    numbers_of_dout,
    order_of_calls,
    two_properties,
)
"""Layer -> predicates."""


def predicates(layer: Layer) -> list[Predicate]:
    """Return the predicates of a layer, those that no call can satisfy included."""
    return [each for family in FAMILIES for each in family(layer)]
