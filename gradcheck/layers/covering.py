"""Choosing few rows of many that between them have every class: the small ones first, and each for what it adds."""

import heapq
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
    first in the order of the candidates, so that the same candidates always give the same choice. One whose classes
    the others have, too, is left out again, the dearest first.

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
        The chosen ones, in the order in which they were chosen: a prefix is a good choice of its length, too.
    """
    numbers: dict[str, int] = {}
    masks = [_mask(classes(each), numbers) for each in candidates]
    weights = [cost(each) ** -root for each in candidates]
    # What a candidate adds only shrinks: the first one whose worth is still as it was noted beats all others.
    queue = [(-mask.bit_count() * weights[at], at) for at, mask in enumerate(masks) if mask]
    heapq.heapify(queue)
    covered, found = 0, list[int]()
    while queue and (most is None or len(found) < most):
        noted, at = heapq.heappop(queue)
        new = (masks[at] & ~covered).bit_count()
        if -new * weights[at] == noted:
            covered |= masks[at]
            found.append(at)
        elif new:
            heapq.heappush(queue, (-new * weights[at], at))
    return [candidates[at] for at in _needed(found, masks, weights)]


def few(
    candidates: Sequence[T], classes: Callable[[T], frozenset[str]], cost: Callable[[T], float]
) -> list[T]:
    """Return few candidates that cover every class, because each has many; of these the cheap ones come first."""
    return chosen(chosen(candidates, classes, cost, root=PACKED), classes, cost)


def _needed(found: list[int], masks: list[int], weights: list[float]) -> list[int]:
    """Return those of the chosen ones that between them have all classes of all; the dearest are left out first."""
    once = twice = 0
    for at in found:
        once, twice = once | masks[at], twice | (once & masks[at])
    left = set(found)
    for at in sorted(found, key=lambda at: weights[at]):
        if masks[at] & ~twice:
            continue
        left.discard(at)
        once = twice = 0
        for each in left:
            once, twice = once | masks[each], twice | (once & masks[each])
    return [at for at in found if at in left]


def _mask(classes: frozenset[str], numbers: dict[str, int]) -> int:
    """Return the classes as the bits of an integer; a new class gets the next bit."""
    return sum(1 << numbers.setdefault(name, len(numbers)) for name in classes)
