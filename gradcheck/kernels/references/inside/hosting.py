"""Answers the judge about a kernel that is judged against a reference."""

import socket
from typing import Any

from gradcheck.kernels.inside.hosting import Answer, Host
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.references.inside.candidate import METHODS, Candidate, refuse_reading


class CandidateHost(Host):
    """Everything that the judge may ask about such a kernel."""

    def __init__(self, connection: socket.socket, most: int) -> None:
        super().__init__(connection, most)
        self._candidate = Candidate()

    def opened(self, target: str, framework: str | None, adapter: Any, layer: str) -> Answer:
        """Open the kernel, and describe it: what else is to be known stands where others have an adapter."""
        name, reference, device, is_watched = adapter
        if reference:
            self._candidate.tried = refuse_reading(reference)
        try:
            return ["opened", self._candidate.opened(target, name, device, is_watched)]
        except KernelError as problem:
            return ["refused", str(problem)]

    def _done(self, what: str, arguments: list[Any]) -> Any:
        return METHODS[what](self._candidate, *arguments)
