"""Encodings and characters: what can be read is read, and of the rest the cause and the place are named."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import strongest
from gradcheck.subjects.loading import LoadError, load

TEXT = "NAME = 'gr\u00f6\u00dfe'\ndef f():\n    return NAME\n"
READ = {
    "utf-8": (TEXT.encode(), ""),
    "utf-8 with a mark": (TEXT.encode("utf-8-sig"), ""),
    "utf-16": (
        TEXT.encode("utf-16"),
        "layers.py is in UTF-16, which Python itself refuses: save it as UTF-8",
    ),
    "utf-16 from the other end": (
        f"\ufeff{TEXT}".encode("utf-16-be"),
        "layers.py is in UTF-16, which Python itself refuses: save it as UTF-8",
    ),
    "utf-32": (
        TEXT.encode("utf-32"),
        "layers.py is in UTF-32, which Python itself refuses: save it as UTF-8",
    ),
    "carriage returns": (TEXT.replace("\n", "\r").encode(), ""),
    "both line ends": (TEXT.replace("\n", "\r\n").encode(), ""),
    "named latin-1": (f"# -*- coding: latin-1 -*-\n{TEXT}".encode("latin-1"), ""),
    "named utf-8": (f"# -*- coding: utf-8 -*-\n{TEXT}".encode(), ""),
    "latin-1 in a comment": (
        TEXT.encode() + b"# gr\xf6\xdfe\n",
        "layers.py is refused by Python as a program, for a comment in line 4: byte 0xf6 is not UTF-8: save it as "
        "UTF-8, or begin it with the line # -*- coding: latin-1 -*-",
    ),
}
LATIN = "is not UTF-8: save it as UTF-8, or begin it with the line # -*- coding: latin-1 -*-"
REFUSED = {
    "latin-1": (TEXT.encode("latin-1"), f":1 is not valid Python: column 11: byte 0xf6 {LATIN}"),
    "latin-1, further down": (
        b"x = 1\r\n'''\xf6'''\r\n",
        f":2 is not valid Python: column 4: byte 0xf6 {LATIN}",
    ),
    "other bytes than named": (
        b"# coding: ascii\n\nx = '\xf6'\n",
        ":3 is not valid Python: byte 0xf6 is not ascii, which the file says that it is in: save it as UTF-8",
    ),
    "unknown encoding": (
        b"# coding: utf8mb4\n",
        ":1 is not valid Python: unknown encoding: utf8mb4: write utf-8",
    ),
    "utf-16 without a mark": (
        TEXT.encode("utf-16-le"),
        ":1 is not valid Python: it seems to be in UTF-16 without a byte order mark: save it as UTF-8",
    ),
    "NUL": (
        b"x = 1\ny = \0 2\n",
        ":2 is not valid Python: column 5 has a NUL byte: the file is damaged, or no text; delete it",
    ),
    "no-break space": (
        "x = 1\ny\u00a0= 2\n".encode(),
        ":2 is not valid Python: invalid non-printable character U+00A0: column 2 has a no-break space: "
        "write an ordinary space",
    ),
    "curly quotes": (
        "x = \u201ca\u201d\n".encode(),
        ":1 is not valid Python: invalid character '\u201c' (U+201C): column 5 has a curly quote: "
        'write a straight quote (")',
    ),
    "minus": (
        "x = 3 \u2212 2\n".encode(),
        ":1 is not valid Python: invalid character '\u2212' (U+2212): column 7 has a minus sign that is no ASCII: "
        "write -",
    ),
    "tabs": (
        b"if True:\n        x = 1\n\ty = 2\n",
        ":3 is not valid Python 3 (it looks like Python 2): inconsistent use of tabs and spaces in indentation: "
        "tabs and spaces are mixed: indent with spaces only",
    ),
}


@pytest.mark.parametrize(("data", "note"), READ.values(), ids=READ)
def test_encoding_that_says_what_it_is__is_read(tmp_path: Path, data: bytes, note: str) -> None:
    (tmp_path / "layers.py").write_bytes(data)
    with load(str(tmp_path / "layers.py")) as loaded:
        assert loaded.namespaces[0].members["f"]() == "gr\u00f6\u00dfe"  # type: ignore[operator]
        assert loaded.notes == ((note,) if note else ())


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_character__is_placed_and_explained(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "layers.py").write_bytes(data)
    with pytest.raises(LoadError) as caught, load(str(tmp_path / "layers.py")):
        pass
    assert str(caught.value) == f"layers.py{message}"


def test_utf_16__is_judged_in_a_worker_with_a_note(tmp_path: Path) -> None:
    text = "def relu_forward(x):\n    return x * (x > 0), x\ndef relu_backward(dout, x):\n    return dout * (x > 0)\n"
    (tmp_path / "layers.py").write_bytes(text.encode("utf-16"))
    (target,) = verify([str(tmp_path / "layers.py")], Plan(isolation=strongest())).targets
    assert [part.verdict for part in target.parts] == ["pass", "pass"]
    assert target.notes == ("layers.py is in UTF-16, which Python itself refuses: save it as UTF-8",)
