"""Who is to blame: a wrong forward must not fail a right backward.

Backward is judged against the true gradient, but it works on what forward left for it. Where forward is
wrong on a case, and what it left is more than the inputs themselves, a wrong gradient proves nothing.
"""

import numpy as np

from gradcheck.contract import Array, SubjectError
from gradcheck.evidence.trial import Trial

MEND = "forward is wrong or missing here, and backward works on what it left; mend forward first"


def excuse(trial: Trial) -> str | None:
    """Return why a wrong result of backward may be forward's doing, or None where it cannot be."""
    if trial.subject.fused:
        return None
    try:
        left = trial.first.cached()
        trial.out()
    except SubjectError as problem:
        return f"forward gives no output here: {problem}"
    if trial.forward_is_right and _plain(trial).forward_is_right:
        return None
    is_input = [any(_same(array, tensor) for tensor in trial.tensors.values()) for array in left]
    return None if left and all(is_input) else MEND


def _plain(trial: Trial) -> Trial:
    """Return the trial on ordinary numbers: at large values a wrong forward may be right within its bound."""
    return trial if trial.case.fill == "plain" else Trial(trial.subject, trial.case.but(fill="plain"))


def _same(array: Array, tensor: Array) -> bool:
    """Tell whether a cached array holds the numbers of an input, in whatever shape."""
    return array.size == tensor.size and bool(np.array_equal(array.ravel(), tensor.ravel()))
