"""A known mistake, as an edit of a naive implementation."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A typical mistake, written as an edit of a naive implementation.

    Attributes
    ----------
    layer, part : str
        What it spoils: ``conv2d``, ``backward``.
    name : str
        What it is called; unique among the mutants of its layer and part.
    was, now : str
        The code that is replaced, which must occur exactly once in the function, and what replaces it.
    why : str
        What is wrong and what to do, to a student, in plain words.
    stands_for : str
        Where it comes from: who really makes this mistake.
    function : str
        The function that is edited, if it is not the part's own (a helper that the part calls).
    """

    layer: str
    part: str
    name: str
    was: str
    now: str
    why: str
    stands_for: str
    function: str = ""

    @property
    def edited(self) -> str:
        """The name of the function that is edited."""
        return self.function or f"{self.layer}_{self.part}"

    def __str__(self) -> str:
        return f"{self.layer}.{self.part}.{self.name}"
