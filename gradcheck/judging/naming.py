"""What functions are called in a report: by their names, and by their module's where several modules define them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from gradcheck.contract import Subject


def told_apart(found: Sequence[tuple[str, Subject]]) -> list[Subject]:
    """Return the subjects of modules, each given with its module's dotted name, so that no two functions read alike.

    A folder may hold the files of a whole class. What all the modules in question have in front is left out.
    """
    homes: Mapping[str, set[str]] = defaultdict(set)
    for home, subject in found:
        for name in subject.functions.values():
            homes[name].add(home)
    unclear = {name: places for name, places in homes.items() if len(places) > 1}
    above = [home.split(".")[:-1] for places in unclear.values() for home in places]
    common = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*above, strict=False)))

    def named(home: str, subject: Subject) -> Subject:
        front = ".".join(home.split(".")[common:])
        functions = {
            p: f"{front}.{name}" if name in unclear else name for p, name in subject.functions.items()
        }
        return replace(subject, functions=functions)

    return [named(home, subject) for home, subject in found]
