"""Markdown that text of others cannot break."""

from collections.abc import Iterable, Sequence

from gradcheck.text import one_line


def code(text: str) -> str:
    """Return text in a code span, where nothing is markup; the two characters that end a span or a cell give way."""
    return f"`{one_line(text).replace('`', chr(0x2BC)).replace('|', chr(0xA6))}`" if text else ""


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown already."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
