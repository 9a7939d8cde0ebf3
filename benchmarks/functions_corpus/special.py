"""The error function, which NumPy does not have."""

import math

import numpy as np

from functions_corpus.model import Array

_erf = np.vectorize(math.erf, otypes=[np.float64])


def erf(x: Array) -> Array:
    """Return the error function in float64."""
    return _erf(x)
