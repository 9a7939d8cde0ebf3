"""Choosing few rows of many that between them have every class: the small ones first, and each for what it adds."""

import heapq
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def chosen(
    candidates: Sequence[T],
    classes: Callable[[T], frozenset[str]],
    cost: Callable[[T], float],
    most: int | None = None,
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

    Returns
    -------
    list
        The chosen ones, in the order in which they were chosen: a prefix is the best choice of its length, too.
    """
    numbers: dict[str, int] = {}
    masks = [_mask(classes(each), numbers) for each in candidates]
    weights = [1 / math.sqrt(cost(each)) for each in candidates]
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


def _mask(classes: frozenset[str], numbers: dict[str, int]) -> int:
    """Return the classes as the bits of an integer; a new class gets the next bit."""
    return sum(1 << numbers.setdefault(name, len(numbers)) for name in classes)
