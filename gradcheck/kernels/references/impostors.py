"""Results that are wrong, by what they are: a check that accepts one of them says nothing."""

from collections.abc import Mapping, Sequence

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence.compare import wrong_entries
from gradcheck.kernels.references.oracle import Given, Oracle


def impostors_of(
    oracle: Oracle,
    given: Given,
    right: Arrays,
    other: Given | None,
    before: Given | None,
    *,
    is_first: bool,
) -> dict[str, Arrays]:
    """Return zeros, the results for other numbers and those of the call before; first, also those for another input."""
    found = {"zeros would pass": {name: np.zeros_like(values) for name, values in right.items()}}
    if other is None or all(map(np.array_equal, given.inputs, other.inputs)):
        return found
    named = [("the result is the same for other numbers", Given(other.inputs, other.state, given.douts))]
    if before is not None:
        named.append(("the result is that of the call before", before))
    for at, name in enumerate(oracle.names if is_first else ()):
        if oracle.smooth[at] and not np.array_equal(given.inputs[at], other.inputs[at]):
            named.append((f"{name} hardly shows in the result", given.with_input(at, other.inputs[at])))
    return found | _results(oracle, right, named)


def _results(oracle: Oracle, right: Arrays, named: Sequence[tuple[str, Given]]) -> dict[str, Arrays]:
    """Return the reference's results for some numbers, where it takes these."""
    found = {}
    for what, changed in named:
        try:
            results = oracle.results(changed, is_precise=True)
        except Exception:  # noqa: BLE001, S112 - the reference's own code
            continue
        found[what] = {
            name: results[name]
            for name in right
            if what.startswith("the result is") or not np.array_equal(results[name], right[name])
        }
    return found


def why_idle(name: str, values: Array, allowed: Array, impostors: Mapping[str, Arrays]) -> str | None:
    """Return which wrong result would be accepted too, or None."""
    for what, results in impostors.items():
        if name in results and not wrong_entries(results[name], values, allowed).any():
            return f"{what} ({name})"
    return None
