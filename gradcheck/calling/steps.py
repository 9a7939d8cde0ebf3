"""Count the lines of a subject's code that run: how slow it is, by a measure that no other process can change."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

OURS = str(Path(__file__).parents[1]) + os.sep
IMPLEMENTATIONS = tuple(OURS + name + os.sep for name in ("naive", "fast"))
"""Where our own implementations are installed: they may be what is judged."""

INSTALLED = ("site-packages", "dist-packages")
NUMPY, PYTHON = (os.path.dirname(module.__file__ or "") + os.sep for module in (np, os))

CALL = 8
"""How many plain lines take as long as a call of a function of NumPy's on a small array, about."""


class Steps:
    """Counts lines for the length of a ``with`` block, in `count`: of all code but the suite's, NumPy's and Python's.

    A tracer that was there before, such as a debugger's or one that measures coverage, is back afterwards.
    """

    def __init__(self) -> None:
        self.count = 0
        self._known: dict[str, bool] = {}
        self._before: Any = None

    def __enter__(self) -> "Steps":
        self._before = sys.gettrace()
        sys.settrace(self._entered)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _entered(self, frame: FrameType, event: str, argument: Any) -> Any:
        if self._is_known(frame):
            return self._traced
        if frame.f_back is not None and self._is_known(frame.f_back):
            self.count += CALL
        return None

    def _is_known(self, frame: FrameType) -> bool:
        name = frame.f_code.co_filename
        if name not in self._known:
            self._known[name] = is_subjects(name)
        return self._known[name]

    def _traced(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.count += 1
        return self._traced


def is_subjects(name: str) -> bool:
    """Return whether a file's code may be a subject's."""
    if name.startswith(OURS):
        return name.startswith(IMPLEMENTATIONS)
    if name.startswith((NUMPY, "<frozen")):
        return False
    return not name.startswith(PYTHON) or any(folder in name for folder in INSTALLED)


def counted(run: Callable[[], object]) -> int:
    """Return how many lines of a subject's code a function runs, in this process. What it raises is raised."""
    with Steps() as steps:
        run()
    return steps.count
