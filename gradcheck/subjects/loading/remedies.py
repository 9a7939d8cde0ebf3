"""What to write instead of what Python 3 refuses: data, and how it is looked up."""

import re

PYTHON_2 = {
    r"^\s*print\s+>>\s*([\w.]+)\s*,\s*(.*\S)": r"print(\2, file=\1)",
    r"^\s*print\s+([^\s=(].*\S|[^\s=(])": r"print(\1)",
    r"^\s*print\s*(\(.*\)\s*[,%].*\S|\(.*\)\s*,)": r"print(\1)",
    r"^\s*exec\s+([^\s=(].*\S|[^\s=(])": r"exec(\1)",
    r"\bexcept\s+([^:]*?)\s*,\s*(\w+)\s*:": r"except \1 as \2:",
    r"\braise\s+([\w.]+)\s*,\s*(.*\S)": r"raise \1(\2)",
    r"`([^`]+)`": r"repr(\1)",
    r"<>": "!=",
    r"\b(\d+|0[xX][\da-fA-F]+)[lL]\b": r"\1",
    r"\b0(\d+)\b": r"0o\1",
    r"\bur([\"'])": r"r\1",
}
"""What only Python 2 has, looked for in the line that Python 3 refuses -> how Python 3 writes it."""

UNPACKING = "name the parameter, and unpack it in the body"
INDENTATION = "tabs and spaces are mixed: indent with spaces only"

CURLY_DOUBLE, CURLY_SINGLE = 'a straight quote (")', "a straight quote (')"
CHARACTERS = {
    0x00A0: ("a no-break space", "an ordinary space"),
    0x3000: ("an ideographic space", "an ordinary space"),
    0x2003: ("an em space", "an ordinary space"),
    0x2009: ("a thin space", "an ordinary space"),
    0x202F: ("a narrow no-break space", "an ordinary space"),
    0x200B: ("a zero-width space, which is invisible", "nothing there"),
    0x200C: ("a zero-width character, which is invisible", "nothing there"),
    0x200D: ("a zero-width character, which is invisible", "nothing there"),
    0xFEFF: ("a byte order mark, which is invisible", "nothing there"),
    0x201C: ("a curly quote", CURLY_DOUBLE),
    0x201D: ("a curly quote", CURLY_DOUBLE),
    0x201E: ("a curly quote", CURLY_DOUBLE),
    0x00AB: ("a quote of another language", CURLY_DOUBLE),
    0x00BB: ("a quote of another language", CURLY_DOUBLE),
    0x2018: ("a curly quote", CURLY_SINGLE),
    0x2019: ("a curly quote", CURLY_SINGLE),
    0x00B4: ("an accent", CURLY_SINGLE),
    0x2212: ("a minus sign that is no ASCII", "-"),
    0x2013: ("a dash", "-"),
    0x2014: ("a dash", "-"),
    0x00D7: ("a times sign", "*"),
    0x00F7: ("a division sign", "/"),
    0x2264: ("a sign for less or equal", "<="),
    0x2265: ("a sign for greater or equal", ">="),
    0x2260: ("a sign for unequal", "!="),
    0x2026: ("an ellipsis in one character", "..."),
    0xFF08: ("a full-width parenthesis", "("),
    0xFF09: ("a full-width parenthesis", ")"),
    0xFF0C: ("a full-width comma", ","),
    0xFF1A: ("a full-width colon", ":"),
    0xFF1B: ("a full-width semicolon", ";"),
    0xFF1D: ("a full-width equals sign", "="),
}
"""Characters that word processors, web pages and input methods leave in code -> what they are, and what to write."""

_CODE_POINT = re.compile(r"U\+([\dA-F]{4,6})")


def looks_like_python_2(error: SyntaxError) -> bool:
    """Whether the refused line was fine in Python 2."""
    return isinstance(error, TabError) or _unpacks(error) or _python_2(error) is not None


def remedy(error: SyntaxError) -> str:
    """Return what to write in the line that Python refuses; nothing where that is not known."""
    if isinstance(error, TabError):
        return INDENTATION
    if _unpacks(error):
        return UNPACKING
    return _character(error) or _python_2(error) or ""


def _character(error: SyntaxError) -> str:
    found = _CODE_POINT.search(error.msg)
    known = CHARACTERS.get(int(found[1], 16)) if found else None
    if known is None:
        return ""
    what, instead = known
    return f"column {error.offset} has {what}: write {instead}"


def _python_2(error: SyntaxError) -> str | None:
    for pattern, template in PYTHON_2.items():
        found = re.search(pattern, error.text or "")
        if found:
            return f"write {found.expand(template)}"
    return None


def _unpacks(error: SyntaxError) -> bool:
    return error.msg.endswith("cannot be parenthesized")  # def f(a, (b, c))
