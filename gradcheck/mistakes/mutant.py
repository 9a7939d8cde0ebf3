"""A known mistake, as an edit of a naive implementation."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A typical mistake, as an edit of a naive implementation.

    Attributes
    ----------
    layer, part : str
        The part that becomes wrong: ``conv2d``, ``backward``.
    name : str
        Its name, unique among the mutants of its layer and part.
    was, now : str
        The code to replace, which must occur exactly once in the function, and its replacement.
    why : str
        What is wrong and how to fix it, in plain words for a student.
    stands_for : str
        Where the mistake occurs: in ``courses`` or ``frameworks``, and in which form.
    function : str
        The edited function, if it is a helper that the part calls.
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
