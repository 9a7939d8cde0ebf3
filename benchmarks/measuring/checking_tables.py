"""The tables about checking, as Markdown."""

from collections.abc import Iterator, Mapping

from gradcheck.timing.times import Quartiles
from measuring.checkbook import Checking
from measuring.curve import exponent
from measuring.profiling import Cost, Profile
from measuring.tables import number, table


def single(found: Checking) -> str:
    """Return what one passing check takes, beside PyTorch's own."""
    return _times(found.single, "one check of all three gradients")


def whole(found: Checking) -> str:
    """Return what a whole gradient takes, by colour and one entry at a time."""
    return _times(found.whole, "the whole gradient")


def _times(times: Mapping[str, Quartiles], what: str) -> str:
    best = next(iter(times.values())).best
    rows = [
        (
            name,
            number(1000 * each.best),
            f"{number(1000 * each.lower)}-{number(1000 * each.upper)}",
            number(each.best / best),
        )
        for name, each in times.items()
    ]
    return table((what, "ms", "quartiles", "times as long"), rows)


def curve(found: Checking) -> str:
    """Return what a probe costs by the number of elements."""
    rows = [
        (
            f"{point.elements:,}",
            number(1000 * point.probe),
            number(1000 * point.layer),
            number(point.probe / point.layer),
            number(1e9 * point.probe / point.elements),
        )
        for point in found.curve
    ]
    head = ("elements of x", "probe, ms", "two forwards and a backward, ms", "ratio", "ns an element")
    power = (
        f"Over the upper half it grows with the power {exponent(found.curve):.2f} of the number of elements."
    )
    return f"{table(head, rows)}\n\n{power}"


def profile(found: Profile) -> str:
    """Return the costliest functions of a command."""
    parts = [_costs(found, found.costs, "own seconds"), *([_checks(found)] if found.checks else [])]
    return f"`{found.what}`, {found.seconds:.1f} s.\n\n" + "\n\n".join(parts)


def _costs(found: Profile, costs: list[Cost], what: str) -> str:
    rows = [
        (f"`{cost.where}`", f"{cost.calls:,}", f"{cost.own:.2f}", f"{cost.own / found.seconds:.0%}")
        for cost in costs
    ]
    return table(("", "calls", what, "share"), rows)


def _checks(found: Profile) -> str:
    rows = [
        (f"`{cost.where}`", f"{cost.calls:,}", f"{cost.all:.2f}", f"{cost.all / found.seconds:.0%}")
        for cost in found.checks
    ]
    return table(("check, with all that it calls", "calls", "seconds", "share"), rows)


def checking(found: Checking) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every table that there are results for."""
    if found.single:
        yield "single", single(found)
    if found.whole:
        yield "whole", whole(found)
    if found.curve:
        yield "curve", curve(found)
    for name, each in found.profiles.items():
        yield f"profile {name}", profile(each)
