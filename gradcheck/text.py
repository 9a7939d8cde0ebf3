"""Text in messages: what a subject can influence is made safe to print, and an unknown name gets its likely meaning."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_LINE_END = re.compile(r"[ \t]*(?:\r\n?|\n)\s*")

LIMIT = 300
"""Characters: enough for an exception's message, too few for a dump of an array."""

CLOSE = 0.6
"""What share of two names must be alike for one to be meant by the other."""

MOST_MEANT = 3


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
        The text, with a space for each line end and the blanks around it, and with terminal escapes, direction marks
        and all other unprintable characters written as escapes (``\x1b``, ``\u202e``).

    Examples
    --------
    >>> one_line("two\n    lines")
    'two lines'
    """
    # Cut first: a subject's text may be of any length, and escapes only make it longer.
    whole = _str(text)
    line = "".join(map(_printable, _LINE_END.sub(" ", whole[: limit + 1].strip("\r\n"))))
    return line if max(len(line), len(whole)) <= limit else line[: limit - 3] + "..."


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
    """Return `` (did you mean conv2d?)`` for an unknown name, with all that are equally close; nothing if none is.

    Examples
    --------
    >>> meant("conv", ["affine", "conv1d", "conv2d"])
    ' (did you mean conv1d or conv2d?)'
    """
    matcher = SequenceMatcher(b=name.lower())
    close = {each: _closeness(matcher, each) for each in known}
    best = max(close.values(), default=0.0)
    if best < CLOSE:
        return ""
    found = [each for each, value in close.items() if value == best][:MOST_MEANT]
    *others, last = found
    first = f"{', '.join(others)} or " if others else ""
    return f" (did you mean {first}{last}?)"


def _closeness(matcher: "SequenceMatcher[str]", name: str) -> float:
    matcher.set_seq1(name)
    return matcher.ratio()


def _str(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a subject's own __str__ may be as broken as the rest of it
        return ""


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
