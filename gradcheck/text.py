"""Text that a subject had a hand in, made fit for a message."""

LIMIT = 300


def one_line(text: object, limit: int = LIMIT) -> str:
    r"""Return `text` as one printable line.

    Parameters
    ----------
    text : object
        Anything whose ``str`` is wanted, such as an exception that a subject raised. Where its
        ``str`` fails, nothing is said.
    limit : int
        The most characters that come back; a longer line ends in ``...``.

    Returns
    -------
    str
        The text with line ends, terminal escapes, direction marks and whatever else does not
        print written as escapes (``\n``, ``\x1b``, ``\u202e``).

    Examples
    --------
    >>> one_line("two\nlines")
    'two\\nlines'
    """
    line = "".join(map(_printable, _said(text)[: limit + 1]))
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _said(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a subject's own __str__ may be as broken as the rest of it
        return ""


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
