"""The checks of a kernel that is judged against a reference: kinds of numbers, and what is asked of all calls."""

ALL = ("own", "reals", "integers", "views", "negative", "tiny", "large", "zeros", "again", "edited")
FEW = (("reals", "again"), ("integers", "reals"), ("own", "edited"), ("reals", "views"))
"""What the first problem is judged on, and the others in turn."""

CHECKS = (*ALL, "unchanged", "forbidden")
DIFFERENTIATED = frozenset(("own", "reals", "integers", "views"))
"""Those with gradients: in the others the kernel is called as in inference."""

FILLED = ("own", "integers", "negative", "tiny", "large", "zeros")
"""Those that are named as the numbers that they take; the others take reals."""
