import pytest

from gradcheck.text import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain, ünïcode and 中文", "plain, ünïcode and 中文"),
        ("two\nlines\tand\ra tab", r"two lines\tand a tab"),
        ("blanks \t\r\n\n  around", "blanks around"),
        ("\nat the ends\r\n", "at the ends"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("turned \u202eround", r"turned \u202eround"),
        ("half \udc80", r"half \udc80"),
        ("", ""),
        (ValueError("of\nits own"), "of its own"),
    ],
)
def test_text__is_one_printable_line(text: object, line: str) -> None:
    assert one_line(text) == line


def test_text__is_cut() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 297 + "..."
    assert one_line("\0" * 1000, limit=10) == r"\x00\x0..."


def test_text__leaves_out_what_cannot_be_rendered() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert one_line(Mute()) == ""
