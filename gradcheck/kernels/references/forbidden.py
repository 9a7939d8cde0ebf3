"""What a kernel must not call, where its author says so: by what its file imports and names, and by what it calls.

A function is recognised by its name in any of the framework's namespaces (``torch.softmax``, ``Tensor.softmax``,
``nn.Softmax``), and by the operator below it, which is learned by calling it as the reference does.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gradcheck.kernels.references.exchange import torch
from gradcheck.kernels.references.inside.watching import Watcher, name_of

FRAMEWORK = "torch"

PLAIN = frozenset(
    [
        "alias",
        "arange",
        "as_strided",
        "clone",
        "contiguous",
        "copy",
        "copy_",
        "detach",
        "detach_",
        "empty",
        "empty_like",
        "empty_strided",
        "eye",
        "expand",
        "expand_as",
        "fill",
        "fill_",
        "flatten",
        "full",
        "full_like",
        "is_contiguous",
        "lift",
        "lift_fresh",
        "lift_fresh_copy",
        "linspace",
        "local_scalar_dense",
        "movedim",
        "new_empty",
        "new_empty_strided",
        "new_full",
        "new_ones",
        "new_zeros",
        "ones",
        "ones_like",
        "permute",
        "reshape",
        "reshape_alias",
        "resize",
        "resize_",
        "scalar_tensor",
        "select",
        "select_backward",
        "set",
        "set_",
        "slice",
        "slice_backward",
        "split",
        "split_with_sizes",
        "squeeze",
        "squeeze_",
        "t",
        "to",
        "to_copy",
        "transpose",
        "transpose_",
        "unbind",
        "unfold",
        "unsafe_split",
        "unsafe_view",
        "unsqueeze",
        "unsqueeze_",
        "view",
        "view_as",
        "zero",
        "zero_",
        "zeros",
        "zeros_like",
    ]
)
"""The operators that make, move and view numbers, and compute nothing: these are always a kernel's to call."""


def found_by(forbidden: Sequence[str], text: str, called: Sequence[str], learned: Sequence[str]) -> list[str]:
    """Return what of the forbidden is used, as sentences.

    Parameters
    ----------
    forbidden : sequence of str
        Dotted names.
    text : str
        The kernel's file.
    called : sequence of str
        What was called while it ran, as `Watcher` notes it.
    learned : sequence of str
        The operators of the forbidden functions.
    """
    found = {f"its file names {name}" for name in names_in(text) if _is_forbidden(name, forbidden)}
    for name in called:
        if name.startswith("aten."):
            plain = name.removeprefix("aten.").lstrip("_")
            if name in learned or (FRAMEWORK in forbidden and plain not in PLAIN):
                found.add(f"it calls {name}")
        elif _is_forbidden(name, forbidden):
            found.add(f"it calls {name}")
    return sorted(found)


def _is_forbidden(name: str, forbidden: Sequence[str]) -> bool:
    """Return whether a dotted name is one that is forbidden, or of the same function elsewhere in its framework."""
    for each in forbidden:
        if each == FRAMEWORK:  # all of its operators: these are found as they are called
            continue
        if name == each or name.startswith(f"{each}."):
            return True
        same_home = name.partition(".")[0] == each.partition(".")[0]
        if "." in each and same_home and _last(name) == _last(each):
            return True
    return False


def _last(name: str) -> str:
    return name.rpartition(".")[2].replace("_", "").lower()


def names_in(text: str) -> Iterator[str]:
    """Yield the dotted names in a file that begin with something that it imports."""
    tree = ast.parse(text)
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imported[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    yield from (name for name in imported.values() if "." in name)
    for node in ast.walk(tree):
        dotted = _dotted(node) if isinstance(node, ast.Attribute) else None
        first, _, rest = (dotted or "").partition(".")
        if first in imported:
            yield f"{imported[first]}.{rest}"


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    before = _dotted(node.value) if isinstance(node, ast.Attribute) else None
    return f"{before}.{node.attr}" if before and isinstance(node, ast.Attribute) else None


def learned_from(run: Any, forbidden: Sequence[str]) -> list[str]:
    """Return the operator below each forbidden function that a reference calls, where it is one operator alone."""
    if not any(each.startswith(f"{FRAMEWORK}.") for each in forbidden):
        return []
    overrides = __import__("torch.overrides", fromlist=["TorchFunctionMode"])
    found: list[str] = []

    class Learning(overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(self, function: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            if not _is_forbidden(name_of(function), forbidden):
                return function(*args, **(kwargs or {}))
            with Watcher() as below:
                returned = function(*args, **(kwargs or {}))
            inner = {name for name in below.names if name.startswith("aten.")}
            own = {name for name in inner if name.removeprefix("aten.").lstrip("_") not in PLAIN}
            found.extend(own if len(own) == 1 else ())
            return returned

    with torch().no_grad(), Learning():
        run()
    return sorted(set(found))


def text_of(target: str) -> str:
    """Return the text of a kernel's file; nothing for one that is named by its module."""
    path = Path(target)
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
