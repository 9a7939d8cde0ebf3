"""What an exception of a subject's code means, in words: the same in this process and in a worker.

It needs NumPy and the standard library only: a worker has nothing else.
"""

import builtins
import dis
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any, Literal, TypeVar

import numpy as np

from gradcheck.calling.advice import plain_reason
from gradcheck.calling.division import division
from gradcheck.calling.placeholders import is_stub
from gradcheck.text import one_line

NUMPY = os.path.dirname(np.__file__)
OWN = os.path.dirname(os.path.dirname(__file__))
"""The folder of this package: an exception with no other frame is that of our call."""

STANDARD = os.path.dirname(os.__file__)
INSTALLED = {"site-packages", "dist-packages"}
ADAPTERS = os.path.join(os.sep, "<adapter>")
"""The folder that tracebacks say adapters lie in (`gradcheck.subjects.loading.adapting`); no real file is there."""

Found = TypeVar("Found")
Kind = Literal["missing", "refused", "crashed", "timed out", "uncalled", "unadapted", "left out"]


@dataclass(frozen=True)
class Trouble:
    """Why a call gave no result.

    Attributes
    ----------
    kind : str
        Not implemented, raised on purpose, raised without meaning to, stopped, refused by Python itself, or raised by
        the caller's own adapter.
    said : str
        What happened, to be read after the function's name: ``raised ValueError: ... (layers.py:12)``.
    cause : type
        What was raised, or the built-in exception that it derives from.
    """

    kind: Kind
    said: str
    cause: type[BaseException] | None = None


class Relayed(Exception):
    """A call failed in another process. `trouble` says how."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.said)
        self.trouble = trouble


def trouble_of(problem: BaseException) -> Trouble:
    """Return what an exception of a subject's function means."""
    if isinstance(problem, Relayed):
        return problem.trouble
    where = _last_place(problem.__traceback__)
    reason = plain_reason(one_line(problem))
    places = _own_places(problem.__traceback__)
    cause = _looked(lambda: division(reason, places), "")
    said = one_line(f"raised {type(problem).__name__}: {reason}{where}{cause}")
    if _is_of_adapter(problem.__traceback__):
        return Trouble(_of_adapter(problem), f"did not run to its end, as its adapter {said}", type(problem))
    is_missing = isinstance(problem, NotImplementedError | ImportError)
    if isinstance(problem, Exception) and places and not is_missing:
        is_missing = _looked(lambda: is_stub(places[0][0], problem), False)
    if is_missing:
        return Trouble("missing", said, type(problem))
    if isinstance(problem, TypeError) and not _ran(problem.__traceback__):
        return Trouble("uncalled", said, type(problem))
    return Trouble("refused" if _on_purpose(problem.__traceback__) else "crashed", said, type(problem))


def sort_of(value: Any) -> str:
    """Return the name of a value's type, also of one that lives in another process."""
    return str(value.foreign_sort_) if hasattr(type(value), "foreign_sort_") else type(value).__name__


def builtin_cause(cause: type[BaseException] | None) -> str:
    """Return the name of the built-in exception that an exception derives from."""
    known = (kind.__name__ for kind in (cause.__mro__ if cause else ()) if kind.__module__ == "builtins")
    return next(known, "")


def cause_called(name: str) -> type[BaseException] | None:
    """Return the built-in exception of a name, or None."""
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno, traceback.tb_lasti
        traceback = traceback.tb_next


def _last_place(traceback: TracebackType | None) -> str:
    """Return `` (file.py:12)`` for the innermost line of the subject's own code.

    A line of an installed library counts only where the subject is one itself: there is no other line then, or only
    the adapter's above it.
    """
    places = [
        (frame.f_code.co_filename, line)
        for frame, line, _ in _frames(traceback)
        if not frame.f_code.co_filename.startswith((NUMPY, OWN))
    ]
    while len(places) > 1 and is_adapters(places[0][0]) and not _is_standard(places[-1][0]):
        places.pop(0)
    own = [place for place in places if not _is_installed(place[0])] or places
    return f" ({os.path.basename(own[-1][0])}:{own[-1][1]})" if own else ""


def is_adapters(path: str) -> bool:
    """Return whether a file is an adapter, by what tracebacks call it."""
    return path.startswith(ADAPTERS + os.sep)


def _is_of_adapter(traceback: TracebackType | None) -> bool:
    """Return whether an adapter's own line raised, and nothing below it that may be the subject's."""
    paths = [frame.f_code.co_filename for frame, _, _ in _frames(traceback)]
    ours = [path for path in paths if not path.startswith((NUMPY, OWN)) and not _is_standard(path)]
    return bool(ours) and is_adapters(ours[-1])


def _of_adapter(problem: BaseException) -> Kind:
    """Return what an exception of an adapter's own line means.

    What the target does not define is missing. An adapter that raises NotImplementedError leaves the case out.
    """
    if isinstance(problem, NotImplementedError):
        return "left out"
    is_absent = isinstance(problem, AttributeError) and isinstance(problem.obj, ModuleType)
    return "missing" if is_absent or isinstance(problem, ImportError) else "unadapted"


def _ran(traceback: TracebackType | None) -> bool:
    """Return whether a line of the subject's own ran, and not only ours that called it."""
    return any(not frame.f_code.co_filename.startswith(OWN) for frame, _, _ in _frames(traceback))


def _is_standard(path: str) -> bool:
    return path.startswith((STANDARD + os.sep, "<frozen ")) and INSTALLED.isdisjoint(path.split(os.sep))


def _own_places(traceback: TracebackType | None) -> list[tuple[FrameType, int]]:
    """Return the frames of the subject's own code with their lines, innermost first."""
    places = [(frame, line) for frame, line, _ in _frames(traceback)]
    return [
        (frame, line)
        for frame, line in reversed(places)
        if not frame.f_code.co_filename.startswith((NUMPY, OWN))
        and not _is_installed(frame.f_code.co_filename)
    ]


def _looked(look: Callable[[], Found], otherwise: Found) -> Found:
    """Return what is found in the subject's variables, whose own code may run then and raise anything."""
    try:
        return look()
    except Exception:  # noqa: BLE001 - see above
        return otherwise


def _is_installed(path: str) -> bool:
    return path.startswith(STANDARD + os.sep) or not INSTALLED.isdisjoint(path.split(os.sep))


def _on_purpose(traceback: TracebackType | None) -> bool:
    """Return whether the innermost frame is the subject's and stood at a ``raise`` or ``assert``."""
    *_, (frame, _, last) = _frames(traceback)
    return not frame.f_code.co_filename.startswith((NUMPY, OWN)) and last in _raises(frame.f_code)


@lru_cache(maxsize=64)
def _raises(code: CodeType) -> frozenset[int]:
    """Return where a code has a ``raise`` or ``assert``; each call that fails asks this."""
    return frozenset(step.offset for step in dis.get_instructions(code) if step.opname == "RAISE_VARARGS")
