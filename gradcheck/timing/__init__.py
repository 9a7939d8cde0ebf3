"""How fast a target's layer is beside `fast`, in one run: ``gradcheck bench``."""

from gradcheck.timing.contest import Settings, bench

__all__ = ["Settings", "bench"]
