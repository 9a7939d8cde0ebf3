"""Every check of kernels, in the order of the report."""

from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.checks.exact import EXACT, OPERANDS
from gradcheck.kernels.checks.expanded import EXPANDED
from gradcheck.kernels.checks.extremes import EMPTY, LARGE, LONE, OFFSET, OVERFLOW, SPECIAL
from gradcheck.kernels.checks.frozen import FROZEN
from gradcheck.kernels.checks.layouts import ALIGNMENT, LAYOUT
from gradcheck.kernels.checks.reals import REALS
from gradcheck.kernels.checks.refusal import REFUSAL
from gradcheck.kernels.checks.repeat import REENTRANT, REPEAT, THREADS
from gradcheck.kernels.checks.scales import SCALES
from gradcheck.kernels.checks.ties import TIES
from gradcheck.kernels.checks.unchanged import UNCHANGED
from gradcheck.kernels.checks.zeros import ZEROS

__all__ = ["BY_NAME", "CHECKS", "KernelCheck"]

CHECKS: tuple[KernelCheck, ...] = (
    EXACT,
    LAYOUT,
    ALIGNMENT,
    EXPANDED,
    OPERANDS,
    REALS,
    REPEAT,
    REENTRANT,
    THREADS,
    UNCHANGED,
    FROZEN,
    ZEROS,
    TIES,
    LONE,
    SPECIAL,
    OVERFLOW,
    OFFSET,
    SCALES,
    EMPTY,
    REFUSAL,
    LARGE,
)

BY_NAME = {check.name: check for check in CHECKS}
