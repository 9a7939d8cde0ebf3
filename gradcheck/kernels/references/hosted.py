"""The process of a kernel that is judged against a reference, as the judge starts it. It needs what only Linux has."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from gradcheck.kernels.process import LIVE, KernelProcess, KernelSession
from gradcheck.text import one_line

MAIN = Path(__file__).parent / "inside" / "main.py"


class CandidateProcess(KernelProcess):
    """A process for such a kernel."""

    main: ClassVar[Path] = MAIN


class CandidateSession(KernelSession):
    """Such a kernel and the processes that it lives in."""

    process_kind: ClassVar[type[KernelProcess]] = CandidateProcess

    def _described(self, found: Any) -> dict[str, Any]:
        if not isinstance(found["is_module"], bool):
            raise ValueError("no description")
        return {"is_module": found["is_module"], "name": one_line(found["name"], 200)}


@contextmanager
def hosted_candidate(
    target: str, settings: list[Any], seconds: float
) -> Iterator[tuple[dict[str, Any], CandidateSession]]:
    """Give what such a kernel says of itself, and its session, for the length of a ``with`` block."""
    session = CandidateSession(target, None, settings, seconds)
    try:
        yield session.opened(), session
    finally:
        session.close()
        LIVE.remove(session)
