"""A predicate: a property that a call has or has not, named in words."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from blind.asked import Asked

HALVES = ("development", "held-out")


@dataclass(frozen=True)
class Predicate:
    """A property of a call.

    Attributes
    ----------
    family : str
        The class of predicates that it is one of.
    name : str
        What holds, in words.
    holds : callable
        Asked -> whether it holds.
    when : str
        ``forward``: it is decided by the arguments of forward, and makes either part wrong. ``dout``: decided when
        backward is called, and makes only that wrong. ``either``: decided when the part in question is called.
    """

    family: str
    name: str
    holds: Callable[[Asked], bool]
    when: str = "forward"

    @cached_property
    def turn(self) -> int:
        """A number that decides which entry of which result is wrong: by its name, so that it is nobody's choice."""
        return int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:4], "big") >> 1

    def half(self, layer: str) -> str:
        """Return the half that it belongs to.

        By a hash and not by its position, so that a predicate that is added moves no other one.
        """
        digest = hashlib.sha256(f"half 0 of {layer}: {self.name}".encode()).digest()
        return HALVES[digest[0] & 1]
