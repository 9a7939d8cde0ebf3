"""What attention's arguments are called, and which kinds of masks people pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import Value

WORDS: Mapping[str, tuple[str, ...]] = {
    "q": ("q", "query", "queries"),
    "k": ("k", "key", "keys"),
    "v": ("v", "value", "values"),
    "mask": ("mask", "attn_mask", "attention_mask"),
    "cache": ("weights", "attn", "attention", "attn_weights", "attention_weights", "p", "probs", "a"),
}
"""What arguments are called, in lower case."""

OF_KEYS = frozenset({"pad_mask", "padding_mask", "key_padding_mask", "key_mask", "valid_mask", "src_mask"})
"""What a mask is called that may be one of keys alone, (N, T)."""


def seen(params: Params, tensors: Arrays) -> Any:
    """Return the mask, with a row for each query: not all code broadcasts one."""
    if "mask" not in tensors:
        return None
    mask, queries = tensors["mask"], tensors["q"].shape[:-1]
    is_shared = mask.ndim == 2 and mask.shape[0] == queries[-1]
    return mask if is_shared else np.broadcast_to(mask, (*queries, mask.shape[-1])).copy()


def hidden(params: Params, tensors: Arrays) -> Any:
    """Return the mask that is True where a key is hidden."""
    return ~seen(params, tensors) if "mask" in tensors else None


def added(params: Params, tensors: Arrays) -> Any:
    """Return what is added to the scores: minus infinity where a key is hidden."""
    return np.where(seen(params, tensors), 0.0, -np.inf) if "mask" in tensors else None


MASKS: Mapping[str, Value] = {
    "its mask is True where a key is seen": seen,
    "its mask is True where a key is hidden": hidden,
    "its mask is added to the scores": added,
}


def role(name: str) -> str | None:
    """Return which tensor an argument stands for, by its name."""
    return next((each for each, words in WORDS.items() if name.lower() in words), None)


@dataclass(frozen=True)
class Mask:
    """How a mask is passed: with how many axes, of which a single one is that of the keys, and what it says."""

    axes: int
    kind: str

    def passed(self, seen: Array) -> Array:
        """Return what is passed for a mask (N, 1, S, T) that is True where a key is seen."""
        whole = seen.all(axis=(0, 1))
        part = np.array({4: seen, 3: seen[:, 0], 2: whole, 1: seen[:, 0, 0]}[self.axes])
        if self.kind == "seen":
            return part
        return np.logical_not(part) if self.kind == "hidden" else np.where(part, 0.0, -np.inf)

    def __str__(self) -> str:
        shape = {4: "(N, 1, S, T)", 3: "(N, S, T)", 2: "(S, T)", 1: "(N, T)"}[self.axes]
        said = "added to the scores" if self.kind == "added" else f"True where a key is {self.kind}"
        return f"its mask {shape} is {said}"


def masked(params: Params, mask: Mask | None) -> dict[str, Any]:
    """Return the nearest parameters where a mask is passed like this one, or none."""
    if mask is None:
        return {**params, "masking": "none"}
    if mask.axes == 1:
        return {**params, "masking": "tail"} if params["masking"] in ("some", "shared") else dict(params)
    is_shared = mask.axes == 2 and params["masking"] in ("some", "tail")
    return {**params, "masking": "shared"} if is_shared else dict(params)


def whole(tensors: Arrays) -> Array:
    """Return the mask with the axes (N, 1, S, T)."""
    mask, queries = tensors["mask"], tensors["query" if "query" in tensors else "q"]
    apart = mask[:, np.newaxis] if mask.ndim == 3 else mask
    return np.broadcast_to(apart, (len(queries), 1, queries.shape[1], mask.shape[-1]))


OF_MODULES = tuple(Mask(axes, kind) for axes in (3, 4, 2, 1) for kind in ("seen", "hidden", "added"))
