"""Make text that a subject can influence safe to print in a message."""

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


def _str(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a subject's own __str__ may be as broken as the rest of it
        return ""


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
