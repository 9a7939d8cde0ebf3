"""Every check of kernels, in the order of the report."""

from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.checks.exact import EXACT, OPERANDS

__all__ = ["BY_NAME", "CHECKS", "KernelCheck"]

CHECKS: tuple[KernelCheck, ...] = (EXACT, OPERANDS)

BY_NAME = {check.name: check for check in CHECKS}
