"""What the names of a function may hold, by its source: work, or only arguments and placeholders such as None.

A worker needs this too: the standard library only.
"""

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator, Set

from gradcheck.calling.origin import Function

COMPUTED, GIVEN, NOTHING, UNDEFINED = "computed", "given", "nothing", "undefined"
"""What a value may be: made by the function, passed to it, a placeholder, or a name that it never assigns."""

CYCLE = "cycle: "
"""What a name may be that is assigned from itself; the name follows."""

PLACEHOLDERS = {"NotImplemented", "Ellipsis"}
GIVING = {"array", "asarray", "ascontiguousarray", "astype", "copy", "get", "ravel", "reshape", "squeeze"}
"""Methods and functions that pass an array on: the frame of a stub has them, too."""


class Values:
    """What the names of a function may hold.

    Parameters
    ----------
    function : ast.FunctionDef
        The function.
    known : set of str
        The names that are defined outside of it.
    """

    def __init__(self, function: Function, known: Set[str]) -> None:
        arguments = function.args
        every = [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ]
        self._parameters = {each.arg for each in every if each is not None}
        self._known = known
        self._nodes = list(_inside(function))
        # A nested function may assign them.
        self._assigned_elsewhere = any(
            isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(function)
        )
        self._seen: dict[str, set[str]] = {}
        self._assigned: dict[str, list[ast.expr | None]] = defaultdict(list)
        self.returned = [node.value for node in self._nodes if isinstance(node, ast.Return) and node.value]
        for node in self._nodes:
            self._assign(node)

    def returns_nothing(self) -> bool:
        """Return whether every way through the function that has a result ends with a placeholder."""
        if self._assigned_elsewhere:
            return False
        kinds = [self._kinds(value) for value in self.returned]
        if any(COMPUTED in each or not each & {NOTHING, UNDEFINED} for each in kinds):
            return False
        # `otu = x @ w; return out`: the name is misspelled, and the work is done.
        return not any(UNDEFINED in each for each in kinds) or not self.unread()

    def raised(self) -> list[str]:
        """Return what the function raises on purpose, as it is written."""
        return [ast.unparse(node) for node in self._nodes if isinstance(node, ast.Raise | ast.Assert)]

    def computes(self) -> bool:
        """Return whether any name of the function holds more than its arguments and placeholders."""
        return any(COMPUTED in self._kinds_of(name, ()) for name in list(self._assigned))

    def unread(self) -> list[str]:
        """Return the names that hold work which nothing reads; sizes, which a stub may have, are no work."""
        stored = {
            id(node.value) for node in self._nodes if isinstance(node, ast.Subscript) and _is_stored(node)
        }
        read = {
            node.id
            for node in self._nodes
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in stored
        }
        names = [name for name in self._assigned if name not in read | self._parameters]
        return [
            name
            for name in names
            for value in self._assigned[name]
            if value is not None and not _is_size(value) and COMPUTED in self._kinds(value, (name,))
        ]

    def _assign(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            self._bind(node.target, ast.BinOp(node.target, node.op, node.value))
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension | ast.NamedExpr):
            self._bind(node.target, None)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, None)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._known = {*self._known, *(each.asname or each.name.partition(".")[0] for each in node.names)}
        elif isinstance(node, Function | ast.ClassDef):
            self._known = {*self._known, node.name}

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        """Note what is assigned to a target; None stands for something computed."""
        if isinstance(target, ast.Tuple | ast.List):
            pairs = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
            values = (
                value.elts
                if pairs and isinstance(value, ast.Tuple | ast.List)
                else [value] * len(target.elts)
            )
            for each, part in zip(target.elts, values, strict=True):
                self._bind(each, part)
        elif isinstance(target, ast.Starred | ast.Subscript):
            self._bind(target.value, value)
        else:
            self._assigned[ast.unparse(target)].append(value)

    def _kinds(self, value: ast.expr | None, within: tuple[str, ...] = ()) -> set[str]:
        """Return what an expression may be; `within` has the names whose values are being looked at."""
        if isinstance(value, ast.Constant):
            return {NOTHING} if value.value is None or value.value is ... else {GIVEN}
        if isinstance(value, ast.Tuple | ast.List):
            parts = [self._kinds(each, within) for each in value.elts]
            return set().union(*parts) if parts else {COMPUTED}
        if isinstance(value, ast.Dict):
            parts = [self._kinds(each, within) for each in value.values]
            return set().union(*parts) if parts else {COMPUTED}
        if isinstance(value, ast.Name):
            return self._kinds_of(value.id, within)
        if isinstance(value, ast.Attribute):
            whole = ast.unparse(value)
            return (
                self._kinds_of(whole, within) if whole in self._assigned else self._part(value.value, within)
            )
        if isinstance(value, ast.Subscript):
            return self._part(value.value, within)
        if isinstance(value, ast.Call):
            return self._called(value, within)
        if isinstance(value, ast.BinOp):
            scales = isinstance(value.op, ast.Mult | ast.Div)
            return self._operated([value.left, value.right], within, scales)
        if isinstance(value, ast.UnaryOp):
            return self._operated([value.operand], within)
        return {COMPUTED}

    def _kinds_of(self, name: str, within: tuple[str, ...]) -> set[str]:
        """Return what a name may hold. A name that is being looked at holds what else is assigned to it."""
        if name in within:
            return {CYCLE + name}
        if name in PLACEHOLDERS:
            return {NOTHING}
        if name not in self._seen:
            found = self._looked_up(name, (*within, name))
            if any(each.startswith(CYCLE) for each in found):
                return found
            self._seen[name] = found
        return self._seen[name]

    def _looked_up(self, name: str, within: tuple[str, ...]) -> set[str]:
        kinds = [self._kinds(each, within) for each in self._assigned.get(name, [])]
        if name in self._parameters:
            kinds.append({GIVEN})
        if not kinds:
            return {COMPUTED} if name in self._known else {UNDEFINED}
        # `out = out.astype(x.dtype)` and nothing else: there is never an `out`.
        return set().union(*kinds) - {CYCLE + name} or {NOTHING}

    def _part(self, whole: ast.expr, within: tuple[str, ...]) -> set[str]:
        """Return what an attribute or an item of a value may be: nothing comes of a placeholder."""
        kinds = self._kinds(whole, within)
        return {COMPUTED} if UNDEFINED in kinds else kinds

    def _called(self, call: ast.Call, within: tuple[str, ...]) -> set[str]:
        """Return what a call may give: of a method, nothing where there is no object."""
        function = call.func
        if isinstance(function, ast.Attribute):
            # `x.reshape(...)` and `np.reshape(x, ...)` pass x on.
            whole = call.args[0] if self._is_library(function) and call.args else function.value
            kinds = self._part(whole, within)
            is_method = whole is function.value
            if COMPUTED not in kinds and (function.attr in GIVING or (is_method and GIVEN not in kinds)):
                return kinds
        return self._operated(call.args, within) if self._is_library(function) else {COMPUTED}

    def _operated(self, operands: list[ast.expr], within: tuple[str, ...], scales: bool = False) -> set[str]:
        """Return what an operation may give: nothing if it has placeholders alone.

        An operation of a placeholder and an argument is work (`out = x * mask`), except one that scales a result
        (`dx = dx / n`).
        """
        parts = [part for value in operands for part in _parts(value) if not isinstance(part, ast.Constant)]
        kinds: set[str] = set().union(*(self._kinds(part, within) for part in parts))
        if scales and kinds - {GIVEN} and kinds <= {GIVEN, *(CYCLE + name for name in within)}:
            return kinds - {GIVEN}
        none = [part for value in operands for part in _parts(value) if ast.unparse(part) == "None"]
        return {NOTHING} if kinds == {NOTHING} or (none and not kinds & {COMPUTED, UNDEFINED}) else {COMPUTED}

    def _is_library(self, function: ast.expr) -> bool:
        """Return whether a function is NumPy's or Python's own, by how it is written."""
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in self._assigned:
            return False
        return root.id in ("np", "numpy") or (root is function and hasattr(builtins, root.id))


def _is_stored(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_size(value: ast.expr) -> bool:
    """Return whether an expression is of integers: it rounds."""
    return any(
        (isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("int", "len"))
        for node in ast.walk(value)
    )


def _inside(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own body, and of nested ones only their names."""
    for statement in function.body:
        yield from _walk(statement)


def _parts(value: ast.expr) -> list[ast.expr]:
    """Return the values that an operand is made of: those in a tuple or a list, or itself."""
    return (
        [part for each in value.elts for part in _parts(each)]
        if isinstance(value, ast.Tuple | ast.List)
        else [value]
    )


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _walk(child)
