"""Text in messages: what a subject can influence is made safe to print, and an unknown name gets its likely meaning."""

from collections.abc import Iterable
from difflib import get_close_matches

LIMIT = 300
"""Characters: enough for an exception's message, too few for a dump of an array."""


def one_line(text: object, limit: int = LIMIT) -> str:
    r"""Return `text` as one printable line.

    Parameters
    ----------
    text : object
        Any object, such as an exception that a subject raised. If its ``str`` fails, the result is empty.
    limit : int
        Maximum length of the result; a longer line ends in ``...``.

    Returns
    -------
    str
        The text, with line ends, terminal escapes, direction marks and all other unprintable characters
        written as escapes (``\n``, ``\x1b``, ``\u202e``).

    Examples
    --------
    >>> one_line("two\nlines")
    'two\\nlines'
    """
    # Cut first: a subject's text may be of any length, and escapes only make it longer.
    line = "".join(map(_printable, _str(text)[: limit + 1]))
    return line if len(line) <= limit else line[: limit - 3] + "..."


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return that there is nothing of a name, what may be meant, and what there is.

    Examples
    --------
    >>> unknown("layer", "conv", ["affine", "conv2d"])
    "there is no layer 'conv' (did you mean conv2d?); there are affine, conv2d"
    """
    names = list(known)
    return f"there is no {what} {name!r}{meant(name, names)}; there are {', '.join(names)}"


def meant(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean conv2d?)`` for an unknown name; nothing if no known one resembles it."""
    found = get_close_matches(name.lower(), list(known), n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def _str(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a subject's own __str__ may be as broken as the rest of it
        return ""


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
