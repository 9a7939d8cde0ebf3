"""Every check of kernels, in the order of the report."""

from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.checks.exact import EXACT, OPERANDS
from gradcheck.kernels.checks.extremes import EMPTY, LARGE, SPECIAL
from gradcheck.kernels.checks.layouts import ALIGNMENT, LAYOUT
from gradcheck.kernels.checks.reals import REALS
from gradcheck.kernels.checks.refusal import REFUSAL
from gradcheck.kernels.checks.repeat import REENTRANT, REPEAT, THREADS

__all__ = ["BY_NAME", "CHECKS", "KernelCheck"]

CHECKS: tuple[KernelCheck, ...] = (
    EXACT,
    LAYOUT,
    ALIGNMENT,
    OPERANDS,
    REALS,
    REPEAT,
    REENTRANT,
    THREADS,
    SPECIAL,
    EMPTY,
    REFUSAL,
    LARGE,
)

BY_NAME = {check.name: check for check in CHECKS}
