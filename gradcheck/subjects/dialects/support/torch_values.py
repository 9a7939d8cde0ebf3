"""From arrays to PyTorch's tensors, and back; and the state in which PyTorch is called."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 231
"""Of every call: a dropout is to repeat."""

Array = NDArray[Any]


class Given:
    """What a function is passed: tensors for arrays, also in dictionaries, and which tensor stands for which array."""

    def __init__(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], *, tracked: Sequence[Any] = ()
    ) -> None:
        self._pairs: list[tuple[Array, Any]] = []
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]] = []
        self._tracked = tracked
        self.leaves: dict[Any, Any] = {}
        self.arguments = [self._made(each, place) for place, each in enumerate(arguments)]
        self.keywords = {name: self._made(each, name) for name, each in keywords.items()}

    @property
    def arrays(self) -> list[Array]:
        """The arrays that were given."""
        return [array for array, _ in self._pairs]

    def _made(self, value: Any, key: Any) -> Any:
        if isinstance(value, np.ndarray):
            is_leaf = key in self._tracked and value.dtype.kind == "f"
            made = self._leaf(value, key) if is_leaf else tensor_of(value)
            self._pairs.append((value, made))
            return made
        if isinstance(value, dict):
            inside = {
                key: tensor_of(each) if isinstance(each, np.ndarray) else each for key, each in value.items()
            }
            self._dicts.append((value, inside, dict(inside)))
            return inside
        return value

    def _leaf(self, value: Array, key: Any) -> Any:
        leaf = self.leaves[key] = tensor_of(value).requires_grad_()
        return leaf.clone()  # a leaf itself must not be changed in place, and an author may do that

    def write_back(self) -> None:
        """Write what the function changed in its arguments into the arrays and the dictionaries themselves."""
        for array, tensor in self._pairs:
            now = tensor.detach().numpy()
            is_same = np.array_equal(now, array, equal_nan=array.dtype.kind == "f")
            if not is_same and now.shape == array.shape and array.flags.writeable:
                array[...] = now
        for given, now, before in self._dicts:
            given.update({key: array_of(each) for key, each in now.items() if each is not before.get(key)})


@contextmanager
def as_for(arrays: Iterable[Any]) -> Iterator[None]:
    """Have PyTorch make tensors of the arrays' own dtype, and random numbers that repeat; undo it all afterwards.

    It computes on one thread: with more, small tensors take many times as long on a machine that is busy.
    """
    torch = sys.modules["torch"]
    dtype, generator = torch.get_default_dtype(), torch.default_generator
    state, threads = generator.get_state(), torch.get_num_threads()
    torch.set_num_threads(1)
    single = any(getattr(each, "dtype", None) == np.float32 for each in arrays)
    torch.set_default_dtype(torch.float32 if single else torch.float64)
    generator.manual_seed(SEED)
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
        generator.set_state(state)


def tensor_of(value: Any) -> Any:
    """Return a tensor of an array: a copy, because PyTorch knows no negative strides."""
    return sys.modules["torch"].from_numpy(np.array(value, order="C"))


def array_of(value: Any) -> Any:
    """Return a tensor as an array of its own; what is no tensor stays as it is."""
    if not isinstance(value, sys.modules["torch"].Tensor):
        return value
    return np.array(value.detach().resolve_conj().resolve_neg().cpu().numpy(), order="C")
