"""gradcheck: is a hand-written backward pass right? Verdicts without a guessed tolerance.

The public door. For two functions of your own:

>>> from gradcheck import check_gradients

and for whole files, modules and packages, `verify`, which the command ``gradcheck verify`` calls.

A public name is imported on its first use. Every run of pytest imports this package for its plugin, and must not pay
for modules that it does not use.
"""

# Before all other imports, because they are looked for along the path that it mends.
from gradcheck import starting

starting.begin()

from importlib import import_module  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

if TYPE_CHECKING:
    from gradcheck.checks import CHECKS
    from gradcheck.contract import Case, parse_case
    from gradcheck.derivative.gradient import KinkWarning, numerical_gradient
    from gradcheck.evidence.fill import tensors, upstream
    from gradcheck.functions import GradientError, check_gradients
    from gradcheck.judging.plan import Plan
    from gradcheck.judging.run import verify, verify_functions
    from gradcheck.layers import LAYERS
    from gradcheck.layers.outside.declaring import declare_layer
    from gradcheck.layers.outside.registry import use_layers
    from gradcheck.layers.strategies import given_case
    from gradcheck.models.checking import check_network
    from gradcheck.report import Finding, PartReport, Report, Severity, Verdict
    from gradcheck.subjects.dialects import DIALECTS

__version__ = "0.2.0"

__all__ = [
    "CHECKS",
    "DIALECTS",
    "LAYERS",
    "Case",
    "Finding",
    "GradientError",
    "KinkWarning",
    "PartReport",
    "Plan",
    "Report",
    "Severity",
    "Verdict",
    "check_gradients",
    "check_network",
    "declare_layer",
    "given_case",
    "numerical_gradient",
    "parse_case",
    "tensors",
    "upstream",
    "use_layers",
    "verify",
    "verify_functions",
]

HOMES = {
    "contract": ("Case", "parse_case"),
    "checks": ("CHECKS",),
    "subjects.dialects": ("DIALECTS",),
    "evidence.fill": ("tensors", "upstream"),
    "functions": ("GradientError", "check_gradients"),
    "layers.strategies": ("given_case",),
    "layers": ("LAYERS",),
    "layers.outside.declaring": ("declare_layer",),
    "layers.outside.registry": ("use_layers",),
    "models.checking": ("check_network",),
    "derivative.gradient": ("KinkWarning", "numerical_gradient"),
    "report": ("Finding", "PartReport", "Report", "Severity", "Verdict"),
    "judging.plan": ("Plan",),
    "judging.run": ("verify", "verify_functions"),
}
"""The module that defines each public name."""

if not TYPE_CHECKING:  # with __getattr__ in sight, a type checker would accept any attribute of this package

    def __getattr__(name: str) -> Any:
        """Import a public name on its first use."""
        home = next((module for module, names in HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found = getattr(import_module(f"{__name__}.{home}"), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
