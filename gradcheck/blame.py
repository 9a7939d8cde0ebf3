"""Who is to blame: a wrong forward must not fail a right backward.

Backward is judged against the true gradient, but it works on what forward left for it. Where forward is
wrong on a case, and what it left is more than the inputs themselves, a wrong gradient proves nothing.
"""

import numpy as np

from gradcheck.contract import Array, SubjectError
from gradcheck.trial import Trial


def excuse(trial: Trial) -> str | None:
    """Return why a wrong result of backward may be forward's doing, or None where it cannot be."""
    if trial.subject.fused:
        return None
    try:
        call = trial.first
    except SubjectError as problem:
        return f"forward does not run here: {problem}"
    if trial.forward_is_right:
        return None
    left = call.cached()
    if not left:
        return "forward is wrong or missing here, and left no arrays for backward"
    if all(any(_same(array, tensor) for tensor in trial.tensors.values()) for array in left):
        return None
    return "forward is wrong or missing here, and backward works on what it left; mend forward first"


def _same(array: Array, tensor: Array) -> bool:
    """Tell whether a cached array holds the numbers of an input, in whatever shape."""
    return array.size == tensor.size and bool(np.array_equal(array.ravel(), tensor.ravel()))
