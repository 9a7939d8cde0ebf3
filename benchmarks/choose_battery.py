"""Say in which order a layer's fixed cases kill the known mistakes soonest.

    python benchmarks/choose_battery.py [--layer NAME] [--pool 40]

Every mutant is put before every fixed case, and before `--pool` random ones, alone. Then, again and again, the
case that kills most of what is left comes next, the cheaper one of two that kill as many. Cases that kill
nothing new come last, in the order that they have now; random cases are proposed only where they kill something
that no fixed case does. The result is pasted into gradcheck/layers by hand: a battery is read, too.
"""

import argparse
import sys
from itertools import islice

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.contract import Case, Layer
from gradcheck.judging.matrix import subject_of
from gradcheck.judging.part import start
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.drawn import random_cases
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant, apply_afresh


def kills(mutant: Mutant, case: Case) -> bool:
    """Return whether one case alone kills a mutant."""
    judge = start(subject_of(mutant.layer, apply_afresh(mutant)), mutant.part, checks.CHECKS)
    judge.judge(case, {})
    return any(finding.verdict.is_wrong for finding in judge.findings())


def ordered(layer: Layer, pool: int) -> list[str]:
    """Return the geometries in the order in which they kill most."""
    write = layer.cases.grammar.write
    fixed = [layer.case(geometry) for geometry in layer.cases.battery]
    more = [case.but(seed=0) for case in islice(random_cases(layer, 1), pool)]
    mutants = [mutant for mutant in MUTANTS if mutant.layer == layer.name]
    with quiet(0):
        killed = {write(case.params): {str(m) for m in mutants if kills(m, case)} for case in (*fixed, *more)}
    sizes = {write(case.params): case.size for case in (*fixed, *more)}
    by_fixed = set().union(*(killed[geometry] for geometry in layer.cases.battery))
    candidates = [
        *layer.cases.battery,
        *(g for g in killed if g not in layer.cases.battery and killed[g] - by_fixed),
    ]
    chosen: list[str] = []
    left = set().union(*killed.values())
    while left and (useful := [g for g in candidates if g not in chosen and killed[g] & left]):
        chosen.append(max(useful, key=lambda g: (len(killed[g] & left), -sizes[g])))
        left -= killed[chosen[-1]]
    return [*chosen, *(g for g in layer.cases.battery if g not in chosen)]


def main() -> None:
    """Print the order of each layer's battery."""
    parser = argparse.ArgumentParser(
        description="The order in which fixed cases kill the known mistakes soonest."
    )
    parser.add_argument("--layer", choices=list(BY_NAME))
    parser.add_argument("--pool", type=int, default=0)
    options = parser.parse_args()
    for layer in LAYERS:
        if options.layer in (None, layer.name):
            sys.stdout.write(f"{layer.name}\n" + "".join(f"    {g}\n" for g in ordered(layer, options.pool)))


if __name__ == "__main__":
    main()
