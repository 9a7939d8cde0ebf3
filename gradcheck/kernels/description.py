"""What a kernel's process says of the kernel, as data, and the kernel without its code that is made of it."""

from types import SimpleNamespace
from typing import Any

import msgspec

from gradcheck.kernels import operations
from gradcheck.kernels.frameworks import BY_NAME
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.keywords import Keywords
from gradcheck.kernels.onnx import OnnxKernel
from gradcheck.kernels.onnx_model import OPERATORS
from gradcheck.kernels.operations.operation import SUMMED
from gradcheck.kernels.signature import SPELLINGS, Signature
from gradcheck.text import one_line


class Description(msgspec.Struct, frozen=True):
    """What a kernel's process says of it."""

    sort: str
    title: str
    notes: list[str]
    name: str = "kernel"
    framework: str = "numpy"
    has_backward: bool = False
    takes: int = 3
    needs: int = 0
    spelled: dict[str, str] = {}
    scalars: list[str] = []
    is_ours: bool = False
    needs_bias: bool = False
    operator: str = "Conv"
    fixed: list[tuple[str, int | list[int]]] | None = None
    inputs: list[tuple[str, str, list[int | str | None]]] = []
    has_session: bool = False


def checked_description(found: Any, layer: str) -> dict[str, Any]:
    """Return a description, if it is one. Raises ValueError."""
    options = set(SPELLINGS) if layer in SUMMED else operations.of(layer).options
    about: dict[str, Any] = msgspec.to_builtins(msgspec.convert(found, Description))
    is_known = about["framework"] in BY_NAME and about["operator"] in OPERATORS
    if not is_known or not set(about["spelled"]) <= options or about["sort"] not in ("onnx", "function"):
        raise ValueError("something unknown")
    return about | {
        "title": one_line(about["title"], 200),
        "name": one_line(about["name"], 200),
        "notes": tuple(one_line(note, 500) for note in about["notes"][:10]),
    }


def function_of(target: str, about: dict[str, Any], layer: str) -> FunctionKernel:
    """Return a function that lives elsewhere: how it is called, and nothing to call."""
    signature: Signature | Keywords
    scalars = frozenset(about["scalars"])
    if layer in SUMMED:
        names = ("takes", "spelled", "is_ours", "needs_bias")
        signature = Signature(scalars=scalars, **{name: about[name] for name in names})
    else:
        counts = {name: about[name] for name in ("takes", "needs", "spelled")}
        signature = Keywords(operations.of(layer), scalars=scalars, **counts)
    backward = _elsewhere if about["has_backward"] else None
    return FunctionKernel(
        target, BY_NAME[about["framework"]], _elsewhere, signature, backward, about["notes"]
    )


def onnx_of(target: str, about: dict[str, Any]) -> OnnxKernel:
    """Return a model that lives elsewhere."""
    inputs = tuple(
        SimpleNamespace(name=name, type=type_, shape=shape) for name, type_, shape in about["inputs"]
    )
    fixed = about["fixed"] and tuple(
        (name, tuple(value) if isinstance(value, list | tuple) else value) for name, value in about["fixed"]
    )
    session = _elsewhere if about["has_session"] else None
    return OnnxKernel(target, about["operator"], session=session, fixed=fixed, inputs=inputs)


def _elsewhere(*given: Any, **named: Any) -> Any:
    raise AssertionError("the kernel is in another process")
