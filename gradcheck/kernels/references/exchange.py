"""Numbers on their way between judge and kernel: arrays and the names of their formats, plain values as JSON."""

import importlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcheck.contract import Array, Malformed

FORMATS = (
    "float64",
    "float32",
    "float16",
    "bfloat16",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool",
)
"""The number formats that travel, by the numbers that stand for them."""

FLOATS = FORMATS[:4]


def torch() -> Any:
    """Return PyTorch, which is only imported where a reference needs it."""
    return importlib.import_module("torch")


def is_tensor(value: Any) -> bool:
    """Return whether a value is a tensor of PyTorch's; which is not imported to find that out."""
    return type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "untyped_storage")


def format_of(value: Any) -> str:
    """Return the number format of a tensor or an array. Raises Malformed."""
    name = str(value.dtype).removeprefix("torch.")
    if name not in FORMATS:
        raise Malformed(f"an array of {name} is not judged")
    return name


def stored(value: Any) -> Array:
    """Return a tensor's or an array's numbers as they lie in memory; those of bfloat16 as integers."""
    if isinstance(value, np.ndarray):
        return value
    tensor = value.detach().cpu()
    if str(tensor.dtype) == "torch.bfloat16":
        return np.asarray(tensor.view(torch().int16).numpy().view(np.uint16))
    return np.asarray(tensor.numpy())


def tensor_of(array: Array, name: str) -> Any:
    """Return a tensor on an array's memory, with the same strides."""
    if name == "bfloat16":
        return torch().from_numpy(array.view(np.int16)).view(torch().bfloat16)
    return torch().from_numpy(array)


def as_text(values: Any, arrays: list[Any]) -> str:
    """Return the arguments of a constructor as JSON; tensors among them are added to `arrays`. Raises ValueError."""
    return json.dumps(_plain(values, arrays))


def from_text(text: str, arrays: Sequence[Any]) -> Any:
    """Return what `as_text` was given, with these arrays in their places."""
    return _made(json.loads(text), arrays)


def _plain(value: Any, arrays: list[Any]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_tensor(value) or isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, tuple | list):
        return {type(value).__name__: [_plain(each, arrays) for each in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _plain(each, arrays) for key, each in value.items()}}
    raise ValueError(f"a {type(value).__name__} cannot be passed to another process")


def _made(value: Any, arrays: Sequence[Any]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, inside),) = value.items()
    if kind == "array":
        return arrays[inside]
    if kind == "dict":
        return {key: _made(each, arrays) for key, each in inside.items()}
    items = [_made(each, arrays) for each in inside]
    return tuple(items) if kind == "tuple" else items


def flattened(returned: Any) -> list[Any]:
    """Return the results in what a function returns: one, or those of a tuple, a list or a dictionary, in order."""
    if isinstance(returned, tuple | list):
        return [each for item in returned for each in flattened(item)]
    if isinstance(returned, dict):
        return [each for item in returned.values() for each in flattened(item)]
    return [] if returned is None else [returned]
