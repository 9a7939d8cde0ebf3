"""gradcheck: is a hand-written backward pass right? Verdicts without a guessed tolerance.

The public door. For two functions of your own:

>>> from gradcheck import check_gradients

and for whole files, modules and packages, `verify`, which the command ``gradcheck verify`` calls.
"""

from gradcheck.case import Case, parse_case
from gradcheck.checks import CHECKS
from gradcheck.dialects import DIALECTS
from gradcheck.functions import GradientError, check_gradients
from gradcheck.layers import LAYERS
from gradcheck.numeric import numerical_gradient
from gradcheck.report import Finding, PartReport, Report, Severity, Verdict
from gradcheck.run import Plan, verify

__version__ = "0.1.0"

__all__ = [
    "CHECKS",
    "DIALECTS",
    "LAYERS",
    "Case",
    "Finding",
    "GradientError",
    "PartReport",
    "Plan",
    "Report",
    "Severity",
    "Verdict",
    "check_gradients",
    "numerical_gradient",
    "parse_case",
    "verify",
]
