"""Choosing few rows of many that between them have every class: the small ones first, and each for what it adds."""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

PACKED = 0.3
"""The power of the cost where few are to be chosen: each takes a share of our own time, however small it is."""


def chosen(
    candidates: Sequence[T],
    classes: Callable[[T], frozenset[str]],
    cost: Callable[[T], float],
    most: int | None = None,
    root: float = 0.5,
) -> list[T]:
    """Return candidates that cover every class that any of them has.

    Each next one is that with the most new classes for the square root of its cost. Of several such ones it is the
    first in the order of the candidates, so that the same candidates always give the same choice.

    Parameters
    ----------
    candidates : sequence
        What to choose from.
    classes : callable
        A candidate -> the names of the classes that it has. A pair of classes is a name of its own.
    cost : callable
        A candidate -> a positive number. The root makes a dear candidate worth its price where it alone has much.
    most : int, optional
        How many to choose at most. Classes may then be left out.
    root : float
        The power of the cost by which a candidate is judged. With a lower one, fewer and larger ones are chosen.

    Returns
    -------
    list
        The chosen ones, in the order in which they were chosen: a prefix is the best choice of its length, too.
    """
    numbers: dict[str, int] = {}
    masks = [_mask(classes(each), numbers) for each in candidates]
    weights = [cost(each) ** -root for each in candidates]
    # What a candidate adds only shrinks: the first one whose worth is still as it was noted beats all others.
    queue = [(-mask.bit_count() * weights[at], at) for at, mask in enumerate(masks) if mask]
    heapq.heapify(queue)
    covered, found = 0, list[T]()
    while queue and (most is None or len(found) < most):
        noted, at = heapq.heappop(queue)
        new = (masks[at] & ~covered).bit_count()
        if -new * weights[at] == noted:
            covered |= masks[at]
            found.append(candidates[at])
        elif new:
            heapq.heappush(queue, (-new * weights[at], at))
    return found


def few(
    candidates: Sequence[T], classes: Callable[[T], frozenset[str]], cost: Callable[[T], float]
) -> list[T]:
    """Return few candidates that cover every class, because each has many; of these the cheap ones come first."""
    return chosen(needed(chosen(candidates, classes, cost, root=PACKED), classes, cost), classes, cost)


def needed(found: Sequence[T], classes: Callable[[T], frozenset[str]], cost: Callable[[T], float]) -> list[T]:
    """Return those of some that between them have all classes of all; the dearest ones are left out first."""
    sets = [classes(each) for each in found]
    counts = Counter(name for names in sets for name in names)
    left = set(range(len(found)))
    for at in sorted(left, key=lambda at: -cost(found[at])):
        if all(counts[name] > 1 for name in sets[at]):
            left.discard(at)
            counts.subtract(sets[at])
    return [each for at, each in enumerate(found) if at in left]


def _mask(classes: frozenset[str], numbers: dict[str, int]) -> int:
    """Return the classes as the bits of an integer; a new class gets the next bit."""
    return sum(1 << numbers.setdefault(name, len(numbers)) for name in classes)
