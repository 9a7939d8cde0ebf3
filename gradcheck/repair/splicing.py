"""An edited tree as an edited text: only what differs is written anew, the rest stays as its author wrote it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

LONGEST = 160
"""The most characters of a new line that a report shows."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a text, from a line and a byte to another, and what takes its place; a statement is whole lines."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str
    in_brackets: bool = False


@dataclass(frozen=True)
class Hunk:
    """Some lines of a text, from `start` (counted from 1) to before `end`, and the lines that take their place."""

    start: int
    end: int
    lines: tuple[str, ...]


def spliced(text: str, before: ast.AST, after: ast.AST) -> str | None:
    """Return a text in which one function is another one; None where it cannot be written.

    Parameters
    ----------
    text : str
        The file's.
    before : ast.AST
        The function, parsed from the text.
    after : ast.AST
        What it is to be.
    """
    wanted = ast.dump(after)
    for brackets in (False, True):
        made = _written(text, list(_pieces(before, after, text.splitlines())), brackets)
        if _function(made, before) == wanted:
            return made
    return None


def _function(text: str, like: ast.AST) -> str | None:
    """Return the dump of the function that stands where another one did."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    first, name = getattr(like, "lineno", 0), getattr(like, "name", "")
    for node in ast.walk(tree):
        if getattr(node, "lineno", None) == first and getattr(node, "name", None) == name:
            return ast.dump(node)
    return None


def _pieces(before: ast.AST, after: ast.AST, lines: Sequence[str]) -> Iterator[Piece]:
    """Yield what differs, in as small nodes as can be."""
    if not _is_alike(before, after):
        yield _whole(before, after)
        return
    for name, old in ast.iter_fields(before):
        new = getattr(after, name)
        if isinstance(old, list) and old and isinstance(old[0], ast.stmt):
            yield from _of_block(old, new, lines)
        elif isinstance(old, list):
            for one, other in zip(old, new, strict=True):
                if isinstance(one, ast.AST):
                    yield from _pieces(one, other, lines)
        elif isinstance(old, ast.AST):
            yield from _pieces(old, new, lines)


def _is_alike(before: ast.AST, after: ast.AST) -> bool:
    """Whether two nodes are of a type and differ in their children alone, which then have places of their own."""
    if type(before) is not type(after):
        return False
    for name, old in ast.iter_fields(before):
        new = getattr(after, name, None)
        if isinstance(old, ast.AST):
            if not isinstance(new, ast.AST) or (not hasattr(old, "lineno") and _differ(old, new)):
                return False
        elif isinstance(old, list):
            if not isinstance(new, list):
                return False
            is_block = bool(old) and isinstance(old[0], ast.stmt)
            placed = all(hasattr(each, "lineno") for each in old)
            if not is_block and (len(old) != len(new) or (not placed and _lists_differ(old, new))):
                return False
        elif old != new or type(old) is not type(new):
            return False
    return True


def _differ(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) != ast.dump(other)


def _lists_differ(one: list[Any], other: list[Any]) -> bool:
    return any(
        _differ(a, b) if isinstance(a, ast.AST) and isinstance(b, ast.AST) else a != b
        for a, b in zip(one, other, strict=True)
    )


def _whole(before: ast.AST, after: ast.AST) -> Piece:
    place: Any = before
    is_term = isinstance(after, ast.expr) and not isinstance(
        after, ast.Name | ast.Constant | ast.Attribute | ast.Call | ast.Subscript | ast.Slice
    )
    start, end = (place.lineno, place.col_offset), (place.end_lineno, place.end_col_offset)
    return Piece(start, end, ast.unparse(after), in_brackets=is_term)


def _of_block(old: list[ast.stmt], new: list[ast.stmt], lines: Sequence[str]) -> Iterator[Piece]:
    """Yield what differs in a block: statements edited, left out, put in."""
    # An edited statement has the line that it had; one that is put in has that of another, which comes before it.
    one, other = ([getattr(each, "lineno", 0) for each in block] for block in (old, new))
    for _, i, j, k, m in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if j - i == m - k:
            for before, after in zip(old[i:j], new[k:m], strict=True):
                yield from _pieces(before, after, lines)
        else:
            yield from _exchanged(old, i, j, new[k:m], lines)


def _exchanged(
    old: list[ast.stmt], i: int, j: int, new: Sequence[ast.stmt], lines: Sequence[str]
) -> Iterator[Piece]:
    """Yield a block's statements `i` to `j` with others in their place, each on lines of its own."""
    indent = " " * old[0].col_offset
    written = "".join(f"{indent}{line}\n" for each in new for line in ast.unparse(each).splitlines())
    if i < j:
        yield Piece((old[i].lineno, 0), ((old[j - 1].end_lineno or 0) + 1, 0), written)
    else:
        at = (old[i - 1].end_lineno or 0) + 1 if i else old[0].lineno
        yield Piece((at, 0), (at, 0), written)


def _written(text: str, pieces: list[Piece], brackets: bool) -> str:
    """Return the text with the pieces in it. Columns count bytes, as those of the tree do."""
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    data = b"".join(lines)
    for piece in sorted(pieces, key=lambda piece: piece.start, reverse=True):
        first, last = (
            starts[min(row, len(lines) + 1) - 1] + column for row, column in (piece.start, piece.end)
        )
        new = f"({piece.text})" if brackets and piece.in_brackets else piece.text
        data = data[:first] + new.encode() + data[last:]
    return data.decode()


def hunks(before: str, after: str) -> list[Hunk]:
    """Return the lines that differ between two texts."""
    one, other = before.splitlines(), after.splitlines()
    found = []
    for what, i, j, k, m in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what != "equal":
            found.append(Hunk(i + 1, j + 1, tuple(other[k:m])))
    return found


def patched(text: str, changes: Sequence[Hunk]) -> str:
    """Return a text with hunks in it. Raises ValueError where they do not lie in it, one after the other."""
    lines = text.splitlines()
    end = len(lines) + 1
    for hunk in sorted(changes, key=lambda hunk: hunk.start, reverse=True):
        if not 1 <= hunk.start <= hunk.end <= end:
            raise ValueError("lines that are not there")
        lines[hunk.start - 1 : hunk.end - 1] = hunk.lines
        end = hunk.start
    return "\n".join(lines) + "\n"


def shown(text: str, changes: Sequence[Hunk]) -> tuple[tuple[int, ...], str]:
    """Return the lines that hunks edit, and what they say, in one line."""
    lines = text.splitlines()
    found: list[tuple[int, str]] = []
    # What is there already comes first: a statement that is moved is wrong where it is.
    for hunk in sorted(changes, key=lambda hunk: hunk.start == hunk.end):
        old = lines[hunk.start - 1 : hunk.end - 1]
        if not hunk.lines or "".join(hunk.lines).strip() == "pass":
            found += [
                (hunk.start + n, f"without `{each.strip()}`") for n, each in enumerate(old) if each.strip()
            ]
        elif not old:
            found.append((max(hunk.start - 1, 1), f"then `{' '.join(map(str.strip, hunk.lines))}`"))
        else:
            same = len(old) == len(hunk.lines)
            found += (
                [(hunk.start + n, each.strip()) for n, each in enumerate(hunk.lines)]
                if same
                else [(hunk.start, " ".join(map(str.strip, hunk.lines)))]
            )
    rows = tuple(dict.fromkeys(row for row, _ in found))
    if len(found) == 1:
        return rows, found[0][1][:LONGEST]
    return rows, " / ".join(f"line {row}: {each[:LONGEST]}" for row, each in found)
