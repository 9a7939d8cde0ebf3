"""What the suite knows: its layers and its checks."""

from gradcheck.checks import CHECKS
from gradcheck.checks.check import Check
from gradcheck.contract import Layer
from gradcheck.layers import LAYERS
from gradcheck.reporting.lookup import explanation, layer_rows
from sitemaking.lists import Generated, escaped


def check_list(draft: bool) -> Generated:
    """Return a section for each check, from its docstring."""
    return Generated("\n".join(_check(each) for each in CHECKS))


def _check(check: Check) -> str:
    hint = " ".join(check.hint.split())
    judged = f"It judges {' and '.join(check.parts)}."
    return f"`{check.name}`\n: {escaped(' '.join([check.title, *([hint] if hint else []), judged]))}\n"


def layer_list(draft: bool) -> Generated:
    """Return a section for each layer: how it is called, how its geometry is written, and its docstrings."""
    rows = {str(row["name"]): row for row in layer_rows()}
    return Generated("\n".join(_layer(layer, rows[layer.name]) for layer in LAYERS))


def _layer(layer: Layer, row: dict) -> str:
    shown = "\n".join(explanation([layer]).split("\n")[1:]).strip("\n")
    functions = "\n".join(
        f".. autofunction:: gradcheck.naive.{layer.name}_{part}" for part in ("forward", "backward")
    )
    mistakes = f"[Mistakes in {layer.name}](mistakes/{layer.name}.md)"
    return (
        f"## {layer.name}\n\nArithmetic: {row['arithmetic']}. {mistakes}.\n\n"
        f"```text\n{shown}\n```\n\n```{{eval-rst}}\n{functions}\n```\n"
    )
