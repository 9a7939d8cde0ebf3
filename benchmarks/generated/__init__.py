"""Generated mutants of `naive` and `fast`: what they are, what notices them, and how that is told."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("naive", "fast")
