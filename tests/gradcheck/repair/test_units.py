"""The functions of a file: found, compiled as they were, exchanged and put back."""

import ast

from gradcheck.repair.units import likeness
from tests.gradcheck.repair.written import Written

TEXT = """
from __future__ import annotations


def plain(x, y=2):
    return x + y


class Layer:
    scale = 3

    def forward(self, x):
        return self.__helper(x) * self.scale

    def __helper(self, x):
        return x + len(super().__repr__()) * 0

    @staticmethod
    def fixed(x):
        return x


def made(k):
    def inner(x):
        return x * k

    return inner


twice = made(2)


def outer(x):
    def add(y):
        return x + y

    return add(1)
"""


def test_unit__compiles_to_the_code_that_runs(tmp_path):
    written = Written(tmp_path, TEXT)
    layer = written.module.Layer
    for function in (
        written.module.plain,
        layer.forward,
        layer._Layer__helper,
        layer.fixed,
        written.module.twice,
    ):
        unit = written.library.unit(function.__code__)
        assert likeness(unit.compiled()) == likeness(function.__code__)


def test_edited_unit__runs_until_it_is_restored(tmp_path):
    written = Written(tmp_path, TEXT)
    unit = written.unit("plain")
    unit.node.body[0].value.op = ast.Sub()
    with written.library:
        unit.put(unit.compiled())
        assert written.module.plain(5) == 3
    assert written.module.plain(5) == 7


def test_function_within_another__is_edited_by_way_of_that(tmp_path):
    written = Written(tmp_path, TEXT)
    scope = written.scope("outer", 1)
    assert scope.unit.node.name == "outer"
    assert "y" in scope.kinds


def test_function_whose_file_is_another_one_now__has_no_unit(tmp_path):
    written = Written(tmp_path, TEXT)
    other = type(written.library)({str(written.path): TEXT.replace("x + y", "x - y")})
    assert other.unit(written.module.plain.__code__) is None


def test_code_that_does_not_compile__is_none(tmp_path):
    unit = Written(tmp_path, TEXT).unit("plain")
    unit.node.body[0] = ast.copy_location(ast.Break(), unit.node.body[0])
    assert unit.compiled() is None
