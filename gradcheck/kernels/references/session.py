"""A kernel that is judged against a reference, as the judge sees it: in a process of its own, or in this one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gradcheck.contract import Array, Crashed, Malformed
from gradcheck.kernels.references.exchange import FORMATS
from gradcheck.kernels.references.inside.candidate import METHODS, Candidate


@dataclass(frozen=True)
class Returned:
    """What a call gave: outputs and gradients as they are stored, with the names of their formats.

    `gradients` is empty where the kernel has none.
    """

    outputs: tuple[Array, ...]
    gradients: tuple[Array, ...]
    formats: tuple[str, ...]


class Asked(Protocol):
    """Something that does what a candidate can do, by name. Raises SubjectError, and Ended."""

    def __call__(self, what: str, *arguments: Any) -> Any:
        """Return the answer."""


@dataclass(frozen=True)
class OpenedCandidate:
    """A kernel that has been opened.

    Attributes
    ----------
    name : str
        What it is called.
    is_module : bool
        Whether it is built from arguments, as a module is.
    ask : callable
        What passes a request on.
    session : KernelSession, optional
        Its processes; None where it lives in this one.
    """

    name: str
    is_module: bool
    ask: Asked
    session: Any = None

    @property
    def life(self) -> int:
        """How many processes it has lost: what was built in one of them is gone."""
        return 0 if self.session is None else self.session.life

    def _lent(self, arrays: Sequence[Array]) -> list[Any]:
        from gradcheck.isolation.arena import Lent  # as Linux alone has it

        return [Lent(each) for each in arrays]

    def call(
        self, text: str, arrays: Sequence[Array], formats: Sequence[str], douts: Sequence[Array], mode: str
    ) -> Returned:
        """Call it, and return what came back, which is checked. Raises SubjectError, and Ended."""
        given = list(arrays) if self.session is None else self._lent(arrays)
        found = self.ask("call", text, given, list(formats), list(douts), mode)
        return _checked(self.name, found)


def _checked(name: str, found: Any) -> Returned:
    """Return what a process answers, if it is what is expected of one. Raises Crashed, and Malformed."""
    if not isinstance(found, list) or len(found) < 2 or type(found[0]) is not int:
        raise Crashed(f"{name} gave something that is no result")
    count = (len(found) - 2) // 2
    codes, arrays = found[2 : 2 + count], found[2 + count :]
    if not 0 <= found[0] <= count or len(arrays) != count:
        raise Crashed(f"{name} gave something that is no result")
    if not all(type(code) is int and 0 <= code < len(FORMATS) for code in codes):
        raise Crashed(f"{name} gave something that is no result")
    if not all(isinstance(each, np.ndarray) for each in arrays):
        raise Malformed(f"{name} returned more than was due")
    formats = tuple(FORMATS[code] for code in codes)
    for array, form in zip(arrays, formats, strict=True):
        if array.dtype != ("uint16" if form == "bfloat16" else form):
            raise Crashed(f"{name} gave something that is no result")
    return Returned(tuple(arrays[: found[0]]), tuple(arrays[found[0] :]), formats)


@contextmanager
def opened_candidate(
    target: str, name: str, reference: str, device: str, *, is_watched: bool, seconds: float, is_apart: bool
) -> Iterator[OpenedCandidate]:
    """Give a kernel for the length of a ``with`` block. Raises KernelError."""
    if not is_apart:
        candidate = Candidate()
        about = candidate.opened(target, name, device, is_watched)
        yield OpenedCandidate(
            about["name"], about["is_module"], lambda what, *given: METHODS[what](candidate, *given)
        )
        return
    from gradcheck.kernels.references.hosted import hosted_candidate  # it needs what only Linux has

    settings = [name, reference, device, is_watched]
    with hosted_candidate(target, settings, seconds) as (about, session):
        label = about["name"]
        yield OpenedCandidate(
            label, about["is_module"], lambda what, *given: session.asked(what, label, *given), session
        )
