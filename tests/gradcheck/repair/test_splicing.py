"""The text of an edit: what is not edited stays as its author wrote it."""

import ast

import pytest

from gradcheck.repair.splicing import Hunk, hunks, patched, shown, spliced

TEXT = """import numpy as np

def f(x,  y):   # a comment
    a = (x+y) *2   # spaces as they are
    for i in range(3):
        a = a-1
        return a
"""


def edited(change, text=TEXT):
    before, after = (ast.parse(text).body[1] for _ in range(2))
    change(after)
    return spliced(text, before, after)


def lines(made):
    return [(hunk.start, hunk.end, hunk.lines) for hunk in hunks(TEXT, made)]


def test_expression__is_exchanged_alone():
    def change(node):
        node.body[0].value.left.right = ast.Name("x", ast.Load())

    assert lines(edited(change)) == [(4, 5, ("    a = (x+x) *2   # spaces as they are",))]


def test_brackets__are_added_where_they_are_needed():
    def change(node):
        node.body[1].body[0].value.right = ast.BinOp(ast.Constant(1), ast.Sub(), ast.Name("y", ast.Load()))

    assert lines(edited(change)) == [(6, 7, ("        a = a-(1 - y)",))]


def test_statement__is_left_out():
    made = edited(lambda node: node.body.pop(0))
    assert lines(made) == [(4, 5, ())]
    assert shown(TEXT, hunks(TEXT, made)) == ((4,), "without `a = (x+y) *2   # spaces as they are`")


def test_statement__is_moved_out_of_a_loop():
    made = edited(lambda node: node.body.append(node.body[1].body.pop()))
    assert lines(made) == [(7, 8, ("    return a",))]
    assert shown(TEXT, hunks(TEXT, made)) == ((7,), "return a")


def test_statement__is_put_in():
    def change(node):
        node.body.insert(1, ast.parse("a = a.copy()").body[0])

    made = edited(change)
    assert lines(made) == [(5, 5, ("    a = a.copy()",))]
    assert shown(TEXT, hunks(TEXT, made)) == ((4,), "then `a = a.copy()`")


def test_two_lines__are_both_shown():
    def change(node):
        node.body[0].value.right = ast.Constant(3)
        node.body[1].body[0].value.right = ast.Constant(2)

    rows, said = shown(TEXT, hunks(TEXT, edited(change)))
    assert rows == (4, 6)
    assert said == "line 4: a = (x+y) *3   # spaces as they are / line 6: a = a-2"


def test_text_in_other_letters__keeps_them():
    text = "# Größe\ndef f(x):\n    return 'ä', x + 1\n"
    before, after = (ast.parse(text).body[0] for _ in range(2))
    after.body[0].value.elts[1].right = ast.Constant(2)
    assert spliced(text, before, after) == text.replace("x + 1", "x + 2")


def test_patched__has_the_new_lines():
    assert patched("a\nb\nc\n", [Hunk(3, 4, ("d", "e")), Hunk(1, 2, ())]) == "b\nd\ne\n"


@pytest.mark.parametrize(("start", "end"), [(0, 1), (3, 2), (2, 9), (-1, 1)])
def test_lines_that_are_not_there__are_refused(start, end):
    with pytest.raises(ValueError, match="not there"):
        patched("a\nb\nc\n", [Hunk(start, end, ("x",))])


def test_hunks_that_overlap__are_refused():
    with pytest.raises(ValueError, match="not there"):
        patched("a\nb\nc\n", [Hunk(1, 3, ("x",)), Hunk(2, 4, ("y",))])
