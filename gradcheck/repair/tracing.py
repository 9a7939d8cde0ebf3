"""What runs of a submission in one call: its lines, and of what kind the variables are."""

import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

MOST_EVENTS = 2_000_000
"""After so many lines nothing more is noted: the rest of the call runs at its own pace."""


@dataclass(frozen=True)
class Kind:
    """What a variable is: its type, and of an array or a tuple its extents."""

    sort: str
    shape: tuple[int, ...] | None = None

    def is_like(self, other: "Kind") -> bool:
        """Whether one can stand in the other's place: numbers for numbers, arrays for those of as many axes."""
        if self.shape is None or other.shape is None or self.sort != other.sort:
            return self.sort == other.sort
        return len(self.shape) == len(other.shape)


@dataclass
class Trace:
    """The lines that ran, by code, the kinds of the variables in them, and how many lines, calls and returns it was."""

    lines: dict[CodeType, set[int]] = field(default_factory=dict)
    kinds: dict[CodeType, dict[str, Kind]] = field(default_factory=dict)
    events: int = 0


def traced(action: Callable[[], Any], files: Collection[str], trace: Trace) -> None:
    """Run something and note what of the files it runs. Whatever it raises is left to the caller."""

    def enter(frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        if code.co_filename not in files:
            return None
        lines = trace.lines.setdefault(code, set())

        def step(frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
            trace.events += 1
            if event == "line":
                lines.add(frame.f_lineno)
            elif event == "return":
                known = trace.kinds.setdefault(code, {})
                known.update((name, kind_of(value)) for name, value in frame.f_locals.items())
            if trace.events > MOST_EVENTS:
                sys.settrace(None)
                return None
            return step

        return step

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        action()
    finally:
        sys.settrace(before)


def kind_of(value: Any) -> Kind:
    """Return what a value is; nothing of it is called."""
    sort = type(value)
    if sort is np.ndarray:
        return Kind("bools" if value.dtype.kind == "b" else "array", value.shape)
    if sort in (int, np.int64, np.int32, np.intp):
        return Kind("int")
    if sort in (float, np.float64, np.float32):
        return Kind("float")
    if sort in (tuple, list):
        return Kind(sort.__name__, (len(value),))
    return Kind(sort.__name__)
