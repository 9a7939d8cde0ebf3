"""All checks, in the order of the report: a property on which others depend comes before them."""

from gradcheck.checks.alias import ALIAS
from gradcheck.checks.cache import CACHE
from gradcheck.checks.check import Check
from gradcheck.checks.dtype import DTYPE
from gradcheck.checks.empty import EMPTY
from gradcheck.checks.fractions import FRACTIONS
from gradcheck.checks.fresh import FRESH
from gradcheck.checks.gradient import GRADIENT
from gradcheck.checks.implemented import IMPLEMENTED
from gradcheck.checks.independent import INDEPENDENT
from gradcheck.checks.large import LARGE
from gradcheck.checks.layout import LAYOUT
from gradcheck.checks.linear import LINEAR
from gradcheck.checks.mask import MASK
from gradcheck.checks.ones import ONES
from gradcheck.checks.output import OUTPUT
from gradcheck.checks.precision import PRECISION
from gradcheck.checks.reentrant import REENTRANT
from gradcheck.checks.refusal import REFUSAL
from gradcheck.checks.repeatable import REPEATABLE
from gradcheck.checks.scaling import SCALING
from gradcheck.checks.shapes import SHAPES
from gradcheck.checks.special import SPECIAL_VALUES
from gradcheck.checks.ties import TIES
from gradcheck.checks.unchanged import UNCHANGED

CHECKS: tuple[Check, ...] = (
    # First: a stub or a wrong shape fails every other check, and these two say so.
    IMPLEMENTED,
    SHAPES,
    DTYPE,
    OUTPUT,
    GRADIENT,
    # The bound on a miss of GRADIENT holds for a backward that is linear in dout.
    LINEAR,
    # How a call behaves: whether it can be repeated, and what it leaves behind.
    REPEATABLE,
    REENTRANT,
    UNCHANGED,
    CACHE,
    ALIAS,
    # Other arguments than the ordinary ones: layouts, sizes, values.
    LAYOUT,
    INDEPENDENT,
    ONES,
    EMPTY,
    REFUSAL,
    SPECIAL_VALUES,
    LARGE,
    FRACTIONS,
    SCALING,
    PRECISION,
    TIES,
    FRESH,
    MASK,
)

BY_NAME = {check.name: check for check in CHECKS}
