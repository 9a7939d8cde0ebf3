"""How much work a call of a reference does: counted, not timed, so that every machine asks the same sizes.

The unit is a number that an operator reads or writes, some two billionths of a second.
"""

import ast
import itertools
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from gradcheck.kernels.references.exchange import is_tensor

MUCH = 2_500_000
"""The work of a call from which on a size is judged with others at 1: some five thousandths of a second."""

OPERATOR = 5000
"""What an operator of PyTorch costs, whatever its size."""

PER_NUMBER = 20
"""So many products of two numbers cost as much as a number."""

GATHERED = 2
"""What a number costs that a convolution gathers in its windows, or adds to one."""

STEP = 500
"""What a step of a loop in Python costs."""

COUNTER = "__gradcheck_step__"
STEPS = itertools.count()
"""How often the loops of all references have gone round."""

WITH_OPERATORS = ("torch", "numba")
"""Where a text names one of these, its loops are not counted: operators are, and compiled ones are quick."""


def counted(call: Callable[[], Any], *, is_torch: bool) -> tuple[Any, int]:
    """Return what a call returns, and its work. Whatever it raises passes."""
    before = next(STEPS)
    found, work = _watched(call) if is_torch else (call(), 0)
    return found, work + STEP * (next(STEPS) - before - 1)


def _watched(call: Callable[[], Any]) -> tuple[Any, int]:
    """Return what a call of PyTorch returns, and the work of its operators; 0 if it does not run watched."""
    try:
        with _operators()() as operators:
            return call(), operators.work
    except Exception:  # noqa: BLE001 - some compiled code refuses; what refuses these sizes does so again
        return call(), 0


@cache
def _operators() -> Any:
    """Return the class that counts the work of every operator within its context."""
    dispatch = __import__("torch.utils._python_dispatch", fromlist=["TorchDispatchMode"])

    class Operators(dispatch.TorchDispatchMode):  # type: ignore[misc, name-defined]
        work = 0

        def __torch_dispatch__(self, function: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            returned = function(*args, **(kwargs or {}))
            name = str(function).split(".")[1]
            self.work += OPERATOR + beyond(name, args, returned)
            if not function.is_view:
                self.work += sum(each.numel() for each in _tensors((args, kwargs, returned)))
            return returned

    return Operators


def beyond(name: str, args: Any, returned: Any) -> int:
    """Return the work of an operator of PyTorch that the sizes of its tensors do not say; 0 for most.

    Parameters
    ----------
    name : str
        The operator's, such as ``mm``.
    args : tuple
        What it got.
    returned : object
        What it returned.
    """
    if name in ("mm", "bmm", "addmm", "baddbmm"):
        return int(returned.numel() * args[-1].shape[-2]) // PER_NUMBER
    if name == "convolution":
        x, weight, is_transposed, groups = args[0], args[1], args[6], args[8]
        wide = x if is_transposed else returned
        products = int(weight.numel() * (wide.numel() // max(1, wide.shape[1])))
        windows = int(products * groups // max(1, weight.shape[0]))
        return products // PER_NUMBER + GATHERED * windows + OPERATOR * int(groups)
    if "scaled_dot_product" in name:
        q, k, v = args[:3]
        rows = q.numel() // max(1, q.shape[-1])
        scores = int(k.shape[-2] * rows)
        return scores * int(q.shape[-1] + v.shape[-1]) // PER_NUMBER + scores
    if "linalg_" in name and args[0].ndim > 1:
        return int(args[0].numel() * args[0].shape[-1]) // PER_NUMBER
    return 0


def _tensors(values: Any) -> Iterator[Any]:
    if is_tensor(values):
        yield values
    elif isinstance(values, dict):
        yield from _tensors(tuple(values.values()))
    elif isinstance(values, tuple | list):
        for each in values:
            yield from _tensors(each)


class Stepping(ast.NodeTransformer):
    """Has every step of a loop and every call counted. Decorated functions stay: something may compile them."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Count the calls of a function, after its docstring."""
        if not node.decorator_list:
            self.generic_visit(node)
            node.body.insert(int(ast.get_docstring(node) is not None), ast.Expr(_step()))
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """Count the steps of a loop."""
        return self._stepping(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        """Count the steps of a loop."""
        return self._stepping(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Count the steps by a condition that always holds."""
        self.generic_visit(node)
        node.ifs.insert(0, ast.Compare(_step(), [ast.GtE()], [ast.Constant(0)]))
        return node

    def _stepping(self, node: ast.For | ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(_step()))
        return node


def _step() -> ast.expr:
    return ast.Call(ast.Name(COUNTER, ast.Load()), [], [])
