"""How fast code is: layers next to `fast` (``gradcheck bench``), and kernels (``gradcheck kernel --bench``)."""

from gradcheck.timing.contest import Settings, bench

__all__ = ["Settings", "bench"]
