"""What to do about an exception that says little about its cause, and that many people's code meets."""

import re

KNOWN = {
    r"only 0-dimensional arrays can be converted to Python scalars": "since NumPy 2.4 float(b) and int(b) take only "
    "arrays without axes, and b of shape (1, 1, 1) has three: write b.item()",
    r"setting an array element with a sequence\.(?: \(|$)": "since NumPy 2.4 an entry takes only a number or an "
    "array without axes, and np.sum(...) + b has those of b: write + b.item()",
    r"could not broadcast input array from shape \((\d+,)*0(,\d+)*,?\) into shape": "a slice is empty; if it is "
    "[pad:-pad], that is empty where pad is 0: write [pad:pad + H]",
}
"""What NumPy says -> what it means, and what to do."""


def advice(said: str) -> str:
    """Return `` : what to do`` about what is told of an exception, ``raised ValueError: ...``; or nothing."""
    return next((f": {text}" for pattern, text in KNOWN.items() if re.search(f": {pattern}", said)), "")
