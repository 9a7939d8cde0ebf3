"""The catalogue of mistakes: a page for each layer, each mistake with its code before and after and a drawn case."""

import inspect
from collections.abc import Sequence

from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.counted import how_often
from gradcheck.mistakes.mutant import Mutant
from gradcheck.reporting.lookup import smallest_case
from sitemaking import svg
from sitemaking.lists import Generated, anchor, escaped


def mistake_list(draft: bool) -> Generated:
    """Return the number of mistakes of each layer, and the pages."""
    layers = dict.fromkeys(each.layer for each in MUTANTS)
    by_layer = {layer: [each for each in MUTANTS if each.layer == layer] for layer in layers}
    rows = [
        f"| [{layer}](mistakes/{layer}.md) | {_count(found, 'forward')} | {_count(found, 'backward')} |"
        for layer, found in by_layer.items()
    ]
    total = f"| all | {_count(MUTANTS, 'forward')} | {_count(MUTANTS, 'backward')} |"
    table = "\n".join(["| layer | in forward | in backward |", "|---|---:|---:|", *rows, total])
    entries = "\n".join(f"mistakes/{layer}" for layer in by_layer)
    tree = f"```{{toctree}}\n:hidden:\n\n{entries}\n```"
    return Generated(
        f"{table}\n\n{tree}",
        {f"mistakes/{layer}.md": page(layer, found, draft) for layer, found in by_layer.items()},
    )


def _count(found: Sequence[Mutant], part: str) -> int:
    return sum(each.part == part for each in found)


def page(layer: str, found: Sequence[Mutant], draft: bool) -> str:
    """Return the page of a layer."""
    parts = [f"# Mistakes in {layer}\n"]
    for part in ("forward", "backward"):
        rows = [each for each in found if each.part == part]
        if rows:
            parts.append(f"\n## In {part}\n")
            parts += [_mistake(each, draft) for each in rows]
    return "\n".join(parts)


def _mistake(mutant: Mutant, draft: bool) -> str:
    """Return one mistake: what is wrong, who makes it, the code before and after, and a case where it shows."""
    pieces = [
        f"({anchor(mutant)})=\n### {mutant.name}",
        escaped(mutant.why),
        " ".join([f"*Seen in {escaped(mutant.stands_for)}.*", how_often(mutant)]).strip(),
        f"```diff\n{_diff(mutant)}\n```",
    ]
    if mutant.variant_of:
        pieces.append(f"It is reported as `{mutant.variant_of}`, the same mistake under another convention.")
    if not draft:
        pieces += _case(mutant)
    return "\n\n".join(pieces) + "\n"


def _case(mutant: Mutant) -> list[str]:
    found = smallest_case(mutant)
    if found is None:
        return []
    finding, drawn = found
    says = f"`{finding.case}`: {escaped(finding.message)}"
    return [says, *([f"```{{raw}} html\n{svg.figure(drawn)}\n```"] if drawn and drawn.panels else [])]


def _diff(mutant: Mutant) -> str:
    """Return the edit that mends the mistake, as a diff of whole expressions."""
    wrong, right = (inspect.cleandoc(code).split("\n") for code in (mutant.now, mutant.was))
    return "\n".join([*(f"- {line}" for line in wrong), *(f"+ {line}" for line in right)])
