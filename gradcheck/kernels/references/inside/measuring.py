"""What benchmarks of kernels measure with: no kernel has a reason to put something else in its place."""

import importlib
import sys
from typing import Any

MEASURES = {
    "time": (
        "time",
        "time_ns",
        "perf_counter",
        "perf_counter_ns",
        "monotonic",
        "monotonic_ns",
        "process_time",
        "process_time_ns",
        "thread_time",
    ),
    "gc": ("collect", "get_objects", "get_referrers"),
    "numpy": ("allclose", "isclose", "array_equal"),
    "numpy.testing": ("assert_allclose", "assert_array_equal"),
    "torch": ("allclose", "isclose", "equal"),
    "torch.testing": ("assert_close",),
    "torch.cuda": ("synchronize", "Event", "Stream", "current_stream"),
}
"""Clocks, comparisons and what waits for a device, by module."""


def measures() -> dict[str, Any]:
    """Return what stands under each of these names now; PyTorch's only where it is imported already."""
    found: dict[str, Any] = {}
    for place, names in MEASURES.items():
        if place.startswith("torch") and "torch" not in sys.modules:
            continue
        module = importlib.import_module(place)
        found |= {f"{place}.{name}": getattr(module, name, None) for name in names}
    return found


def replaced(before: dict[str, Any]) -> list[str]:
    """Return a sentence for each name under which something else stands than before."""
    now = measures()
    return [f"replaced {name}" for name, thing in before.items() if now.get(name) is not thing]
