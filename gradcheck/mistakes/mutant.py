"""A known mistake: an edit of a naive implementation, and the module that has the edit."""

import ast
import inspect
import types
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gradcheck.contract import Pair
from gradcheck.layers import BY_NAME
from gradcheck.layers.ours import pair_of


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A typical mistake, as an edit of a naive implementation.

    Attributes
    ----------
    layer, part : str
        The part that becomes wrong: ``conv2d``, ``backward``.
    name : str
        Its name, unique among the mutants of its layer and part.
    was, now : str
        The code to replace, which must occur exactly once in the function, and its replacement.
    why : str
        What is wrong and how to fix it, in plain words for a student.
    stands_for : str
        Where the mistake occurs: in ``courses`` or ``frameworks``, and in which form.
    function : str
        The edited function, if it is a helper that the part calls.
    variant_of : str
        The name of a row that makes the same mistake under another convention, if it is reported under that.
    """

    layer: str
    part: str
    name: str
    was: str
    now: str
    why: str
    stands_for: str
    function: str = ""
    variant_of: str = ""

    @property
    def called(self) -> str:
        """The name that it is reported under."""
        return self.variant_of or self.name

    @property
    def edited(self) -> str:
        """The name of the function that is edited."""
        return self.function or f"{self.layer}_{self.part}"

    def __str__(self) -> str:
        return f"{self.layer}.{self.part}.{self.name}"


class StaleMutant(ValueError):
    """The code that a mutant replaces does not occur in the function, or occurs more than once."""


def apply(mutant: Mutant) -> Pair:
    """Return the pair of functions with the mutant's edit.

    Raises
    ------
    StaleMutant
        If `was` does not occur exactly once in the code of the edited function.
    """
    return _compiled((mutant,))


def apply_afresh(mutant: Mutant) -> Pair:
    """Return the pair from a new module, because some mutants keep state between calls. Raises StaleMutant."""
    return _compiled.__wrapped__((mutant,))


def apply_all(*mutants: Mutant) -> Pair:
    """Return the pair of functions with several edits of one layer at once. Raises StaleMutant."""
    return _compiled(mutants)


@lru_cache(maxsize=1024)
def _compiled(mutants: tuple[Mutant, ...]) -> Pair:
    layer = BY_NAME[mutants[0].layer]
    module = inspect.getmodule(inspect.unwrap(layer.ours.naive.forward))
    assert module is not None
    functions = _functions(module)
    missing = [mutant.edited for mutant in mutants if mutant.edited not in functions]
    if missing:
        raise StaleMutant(f"there is no function {missing[0]}")
    spoiled = types.ModuleType(module.__name__)
    vars(spoiled).update((name, value) for name, value in vars(module).items() if name not in functions)
    for name, source in functions.items():
        changed = source
        for mutant in mutants:
            changed = edited(changed, mutant) if mutant.edited == name else changed
        # Only edited functions are compiled anew: there are thousands of pairs of mistakes.
        code = _code(module, name) if changed is source else compile(changed, f"<{mutants[0]}>", "exec")
        exec(code, vars(spoiled))  # noqa: S102 - our own source with an edit from our own catalogue
    return pair_of(spoiled, layer.name, layer.shapes.outputs)


@lru_cache(maxsize=64)
def _functions(module: types.ModuleType) -> dict[str, str]:
    """Return the source of each function of a module, by name."""
    source = inspect.getsource(module)
    lines = source.splitlines(keepends=True)
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    starts = [min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) for node in nodes]
    return {
        node.name: "".join(lines[start - 1 : node.end_lineno])
        for node, start in zip(nodes, starts, strict=True)
    }


@lru_cache(maxsize=256)
def _code(module: types.ModuleType, function: str) -> types.CodeType:
    """Return the definition of one function of a module, compiled as it is."""
    return compile(_functions(module)[function], f"<{module.__name__}>", "exec")


def edited(source: str, mutant: Mutant) -> str:
    """Return a module's source with the mutant's edit. Raises StaleMutant."""
    start, end = _span(source, mutant.edited)
    lines = source.splitlines(keepends=True)
    body = "".join(lines[start:end])
    if body.count(mutant.was) != 1:
        raise StaleMutant(
            f"{mutant}: {mutant.was!r} occurs {body.count(mutant.was)} times in {mutant.edited}; expected once"
        )
    return "".join(lines[:start]) + body.replace(mutant.was, mutant.now) + "".join(lines[end:])


@lru_cache(maxsize=256)
def _span(source: str, function: str) -> tuple[int, int]:
    """Return the lines of a function's code after its docstring, so that prose never counts as an occurrence."""
    nodes: list[Any] = [n for n in ast.parse(source).body if getattr(n, "name", "") == function]
    if not nodes:
        raise StaleMutant(f"there is no function {function}")
    (node,) = nodes
    first = node.body[1] if ast.get_docstring(node) is not None else node.body[0]
    return first.lineno - 1, node.end_lineno
