"""Tables for a terminal: what a cell takes, and what gives way."""

from gradcheck.reporting import table
from gradcheck.reporting.table import Column


def test_table__keeps_its_columns_where_characters_take_two_places_or_none():
    names = Column("function", ("卷积", "re\u0301"))
    lines = table.render([names, Column("part", ("forward", "backward"))], False, 80).splitlines()
    assert lines == ["function  part", "卷积      forward", "re\u0301        backward"]


def test_column_that_folds__runs_on_in_its_own_place():
    words = Column("failed", ("gradient, ones, linear", "no"), folds=True, least=10)
    lines = table.render([Column("part", ("forward", "backward")), words], False, 22).splitlines()
    assert lines == ["part      failed", "forward   gradient,", "          ones, linear", "backward  no"]


def test_escapes__are_around_what_has_a_style_only():
    lines = table.render([Column("verdict", ("pass", "skip"))], True, 80, {"pass": "bold green"}).splitlines()
    assert lines == ["\x1b[1mverdict\x1b[0m", "\x1b[1;32mpass\x1b[0m", "skip"]


def test_word_that_is_wider_than_a_line__is_broken():
    assert table.wrapped("a " + "b" * 12, 10) == ["a bbbbbbbb", "bbbb"]
    assert table.wrapped("", 10) == [""]
