"""Files of plain functions: what each of these does is decided by its text, and that of the functions that it calls.

In such a file nothing reaches over from one function to another: there are functions on NumPy's arrays, constants, and
nothing else. Everything that is allowed is listed, so that what nobody thought of is not.
"""

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

MODULES = frozenset({"numpy", "math", "builtins", "__future__"})
"""What may be imported: nothing of it is looked for in a submission's folder."""

WORDS = {
    "Python": """
        abs all any bool dict enumerate filter float int isinstance len list map max min pow print range reversed
        round set slice sorted str sum tuple zip Exception ValueError TypeError IndexError KeyError AssertionError
        NotImplementedError RuntimeError ZeroDivisionError
    """,
    "arrays": """
        shape ndim size dtype T real imag reshape transpose swapaxes ravel flatten squeeze copy astype sum mean var
        std max min argmax argmin argsort sort dot prod cumsum cumprod clip round any all nonzero fill repeat take
        item tolist conj flat itemsize nbytes
    """,
    "dictionaries, lists and text": """
        get items keys values append extend pop setdefault update insert index count reverse format join split strip
        lower upper startswith endswith
    """,
    "NumPy": """
        array asarray ascontiguousarray zeros ones empty full eye identity zeros_like ones_like empty_like full_like
        arange linspace meshgrid indices ndindex ndenumerate where select choose maximum minimum fmax fmin exp expm1
        log log1p log2 log10 sqrt square power abs absolute fabs sign floor ceil rint trunc add subtract multiply
        divide true_divide floor_divide mod negative reciprocal matmul tensordot einsum inner outer vdot kron trace
        diag diagonal tril triu pad stack concatenate hstack vstack dstack column_stack split array_split tile roll
        flip fliplr flipud rot90 expand_dims atleast_1d atleast_2d moveaxis rollaxis broadcast_to unravel_index
        ravel_multi_index bincount unique isnan isinf isfinite isclose allclose array_equal logical_and logical_or
        logical_not logical_xor equal not_equal greater greater_equal less less_equal count_nonzero amax amin nanmax
        nansum average median tanh sinh cosh sin cos tan newaxis pi e inf nan float16 float32 float64 int8 int16 int32
        int64 uint8 bool_ finfo iinfo eps tiny put_along_axis take_along_axis at reduce accumulate copyto convolve
        random rand randn randint random_sample uniform normal binomial choice permutation shuffle seed linalg norm
    """,
}
"""What may be named: nothing of it leads to memory, files, other functions or the interpreter."""

BUILTINS = frozenset(WORDS["Python"].split())
ATTRIBUTES = frozenset(chain.from_iterable(words.split() for of, words in WORDS.items() if of != "Python"))

CLOSED = frozenset(dir(builtins)) - BUILTINS
"""What no function may have as a name of its own: in another scope it would be Python's."""

PLAIN = (
    # statements
    *(ast.FunctionDef, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.While, ast.If),
    *(ast.Raise, ast.Try, ast.ExceptHandler, ast.Assert, ast.Expr, ast.Pass, ast.Break, ast.Continue),
    # expressions
    *(ast.BoolOp, ast.NamedExpr, ast.BinOp, ast.UnaryOp, ast.Lambda, ast.IfExp, ast.Dict, ast.Set, ast.List),
    *(ast.Tuple, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Compare, ast.Call),
    *(
        ast.Constant,
        ast.Attribute,
        ast.Subscript,
        ast.Starred,
        ast.Name,
        ast.Slice,
        ast.JoinedStr,
        ast.FormattedValue,
    ),
    # what these are made of
    *(ast.arguments, ast.arg, ast.keyword, ast.comprehension, ast.expr_context, ast.boolop, ast.operator),
    *(ast.unaryop, ast.cmpop),
)


class Unplain(Exception):
    """Something in a file may reach over from one of its functions to another."""


@dataclass(frozen=True)
class Plain:
    """A file of plain functions: what each does is decided by its text, and that of those it calls.

    Attributes
    ----------
    lines : tuple of str
        The file's.
    functions : dict
        The functions, by their names.
    above : str
        What else the file says: imports and constants.
    """

    lines: tuple[str, ...]
    functions: dict[str, ast.FunctionDef]
    above: str

    def made_of(self, names: Sequence[str]) -> tuple[ast.FunctionDef, ...] | None:
        """Return functions and those that they call; None if one of them is not there."""
        found: dict[str, ast.FunctionDef] = {}
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in self.functions:
                return None
            if name not in found:
                found[name] = self.functions[name]
                pending += [each for each in _loaded(found[name]) if each in self.functions]
        return tuple(found[name] for name in sorted(found))

    def text(self, function: ast.FunctionDef) -> tuple[str, ...]:
        """Return the lines of a function, with its comments."""
        return self.lines[function.lineno - 1 : function.end_lineno]


def plain(text: str) -> Plain | None:
    """Return a file's text as plain functions; None if it has anything else."""
    try:
        return _plain(text)
    except (Unplain, SyntaxError, ValueError, RecursionError):
        return None


@lru_cache(maxsize=2)
def _plain(text: str) -> Plain:
    functions: dict[str, ast.FunctionDef] = {}
    above: list[ast.stmt] = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name in functions or statement.name in CLOSED or statement.name.startswith("__"):
                raise Unplain("a name that means two things")
            functions[statement.name] = statement
        elif not _is_text(statement):
            above.append(statement)
    known = {*BUILTINS, *functions, *(name for statement in above for name in _above(statement))}
    if len(known) != len(BUILTINS) + len(functions) + sum(len(list(_above(each))) for each in above):
        raise Unplain("a name that means two things")
    for function in functions.values():
        _examine(function, known)
    return Plain(tuple(text.splitlines()), functions, "\n".join(map(ast.dump, above)))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _above(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that an import or a constant gives. Raises Unplain for anything else."""
    if isinstance(statement, ast.Import):
        for each in statement.names:
            if each.name not in MODULES:
                raise Unplain("an import")
            yield each.asname or each.name
    elif isinstance(statement, ast.ImportFrom):
        if statement.level or statement.module not in ("builtins", "__future__"):
            raise Unplain("an import")
        # `from builtins import range` says nothing new.
        yield from (each.asname for each in statement.names if each.asname)
        if any(each.name not in BUILTINS for each in statement.names) and statement.module == "builtins":
            raise Unplain("an import")
    elif isinstance(statement, ast.Assign) and _is_constant(statement.value):
        for target in statement.targets:
            if not isinstance(target, ast.Name):
                raise Unplain("an assignment")
            yield target.id
    else:
        raise Unplain("a statement that runs when the file is read")


def _is_constant(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp):
        return _is_constant(value.operand)
    if isinstance(value, ast.Tuple):
        return all(map(_is_constant, value.elts))
    return isinstance(value, ast.Constant)


def _examine(function: ast.FunctionDef, known: set[str]) -> None:
    """Raise Unplain if a function has anything that may outlast its call, or reach beyond it."""
    own = set(_own(function))
    if any(name in CLOSED or name.startswith("__") for name in own):
        raise Unplain("a name of Python's")
    for node in ast.walk(function):
        if not isinstance(node, PLAIN):
            raise Unplain(type(node).__name__)
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            raise Unplain("a decorator")
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
            if not all(map(_is_constant, defaults)):
                raise Unplain("a default that can be written to")
        if isinstance(node, ast.Attribute) and not (
            isinstance(node.ctx, ast.Load) and node.attr in ATTRIBUTES
        ):
            raise Unplain("an attribute")
        if isinstance(node, ast.Name) and node.id not in own and node.id not in known:
            raise Unplain("a name from elsewhere")
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            root = _root(node)
            if not isinstance(root, ast.Name) or root.id not in own:
                raise Unplain("an entry of what is not its own")


def _own(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names that a function and those inside it give to what is theirs."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler | ast.FunctionDef) and node is not function and node.name:
            yield node.name


def _root(node: ast.expr) -> ast.expr:
    """Return what an entry is finally one of."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node


def _loaded(function: ast.FunctionDef) -> Iterator[str]:
    return (node.id for node in ast.walk(function) if isinstance(node, ast.Name))


def bare(function: ast.FunctionDef) -> str:
    """Return a function without its comments and its docstring, as text."""
    return f"{function.name} {ast.dump(function.args)} {''.join(map(ast.dump, _body(function)))}"


def rows(function: ast.FunctionDef) -> tuple[int, ...]:
    """Return the lines of all that a function has but its comments and its docstring, each where it ends, too.

    In functions whose `bare` texts are equal, those at the same place say the same.
    """
    found = [function.lineno]
    for part in (function.args, *_body(function)):
        for node in ast.walk(part):
            found += [getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)]
    return tuple(found)


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    has_text = len(function.body) > 1 and _is_text(function.body[0])
    return function.body[1:] if has_text else function.body
