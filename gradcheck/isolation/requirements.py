"""Which installed distributions a package needs, as their metadata says."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

REQUIREMENT = re.compile(r"\s*(?P<name>[\w.-]+)\s*(?:\[(?P<extras>[^\]]*)\])?")
EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")


def with_needs(names: Iterable[str]) -> dict[str, Distribution]:
    """Return the distributions of these names and of all that they require, as far as these are installed.

    An optional requirement counts only where another one asks for it: ``cuda-toolkit[cublas]``.
    """
    found: dict[str, Distribution] = {}
    pending = [(name, frozenset[str]()) for name in names]
    seen: set[tuple[str, frozenset[str]]] = set()
    while pending:
        name, extras = pending.pop()
        key = canonical(name)
        if (key, extras) in seen:
            continue
        seen.add((key, extras))
        try:
            found[key] = distribution(name)
        except PackageNotFoundError:
            continue
        pending += _required(found[key], extras)
    return found


def canonical(name: str) -> str:
    """Return a distribution's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(one: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the names that a distribution requires with these extras, each with the extras it is asked for."""
    for line in one.requires or ():
        wanted, _, marker = line.partition(";")
        named = REQUIREMENT.match(wanted)
        only_with = {canonical(extra) for extra in EXTRA.findall(marker)}
        if named is None or (only_with and only_with.isdisjoint(extras)):
            continue
        asked = (each.strip() for each in (named["extras"] or "").split(","))
        yield named["name"], frozenset(canonical(each) for each in asked if each)
