"""The corpus of this folder, or one from a file."""

import importlib.util
import sys
from pathlib import Path

from functions_corpus import kinked, linear, losses, normalisation, reductions, scaled, sequences, smooth
from functions_corpus.model import Function

MODULES = (kinked, smooth, reductions, normalisation, linear, sequences, losses, scaled)


def opened(path: Path | None = None) -> tuple[Function, ...]:
    """Return the functions of a corpus."""
    if path is None:
        return tuple(function for module in MODULES for function in module.FUNCTIONS)
    name = f"corpus_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return tuple(sys.modules[name].FUNCTIONS)
