"""The generated lists, a file for each."""

from dataclasses import dataclass, field

from gradcheck.mistakes.mutant import Mutant


@dataclass(frozen=True)
class Generated:
    """A list in MyST: the text that takes the marker's place, and the pages that it leads to, by their path."""

    text: str
    pages: dict[str, str] = field(default_factory=dict)


def escaped(text: str) -> str:
    """Return prose in which no character is markup."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>#|~$" else letter for letter in text)


def anchor(mutant: Mutant) -> str:
    """Return where the catalogue has a mistake: its page has this anchor."""
    return str(mutant).replace(".", "-").replace("_", "-")
