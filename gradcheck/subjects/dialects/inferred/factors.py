"""What a loss may be multiplied by, compared with the mean: a sum over samples, over features, a half."""

from collections.abc import Callable

import numpy as np

from gradcheck.grammar import Params
from gradcheck.layers.loss import count_kept

Factor = Callable[[int, int], float]

FACTORS: dict[str, Factor] = {
    "1": lambda n, d: 1.0,
    "N": lambda n, d: float(n),
    "1/2": lambda n, d: 0.5,
    "N/2": lambda n, d: n / 2,
    "D": lambda n, d: float(d),
    "1/D": lambda n, d: 1 / d,
    "D/2": lambda n, d: d / 2,
    "N D": lambda n, d: float(n * d),
    "N D/2": lambda n, d: n * d / 2,
}
"""What the report calls a factor -> it, of the numbers of samples and of features."""


def extents_of(params: Params) -> tuple[int, int]:
    """Return how many samples count, and how many features or classes each has."""
    return count_kept(params), int(params["c"] if "c" in params else np.prod(params["dims"]))
