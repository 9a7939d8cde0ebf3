"""Where a kernel's tensors are made: the processor's memory, or that of a CUDA device with its streams."""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np

from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.references.exchange import torch

DELAY = 20_000_000
"""Clock cycles that a stream sleeps before the inputs arrive on it: some milliseconds."""

BLOCKS = 3
"""How many blocks of each size are filled with NaN."""

NAMES = ("cpu", "cuda")


class Device(Protocol):
    """A place for tensors."""

    def moved(self, tensor: Any) -> Any:
        """Return a tensor's copy on the device, as the current stream has it."""

    def poison(self, sizes: Iterable[int]) -> None:
        """Fill memory with NaN, and give it back to the allocator: so many bytes each."""

    def stream(self, number: int) -> contextlib.AbstractContextManager[object]:
        """Make a stream the current one: the default one for even numbers, another one for odd ones."""

    def synchronise(self) -> None:
        """Wait for what the current stream does, and for no other."""


class Processor:
    """The processor: tensors stay where they are, and there is one stream."""

    def moved(self, tensor: Any) -> Any:
        """Return the tensor itself, where the judge put its numbers."""
        return tensor

    def poison(self, sizes: Iterable[int]) -> None:
        """Fill memory of the C library with NaN. It likely gives the same out again, and need not."""
        _poisoned(sizes, "cpu")

    def stream(self, number: int) -> contextlib.AbstractContextManager[object]:
        """Do nothing."""
        return contextlib.nullcontext()

    def synchronise(self) -> None:
        """Do nothing."""


class Cuda:
    """A CUDA device, as PyTorch has it."""

    def __init__(self) -> None:
        if not torch().cuda.is_available():
            raise KernelError("there is no CUDA device here")
        self._other = torch().cuda.Stream()

    def moved(self, tensor: Any) -> Any:
        """Return a copy that arrives late on the current stream: what reads it on another one finds NaN."""
        there = tensor.to("cuda")
        made = torch().empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="cuda")
        if tensor.dtype.is_floating_point:
            made.fill_(float("nan"))
        else:
            made.zero_()
        torch().cuda.synchronize()
        if torch().cuda.current_stream() != torch().cuda.default_stream():
            torch().cuda._sleep(DELAY)
        return made.copy_(there, non_blocking=True)

    def poison(self, sizes: Iterable[int]) -> None:
        """Fill blocks of the caching allocator with NaN: what asks for memory of these sizes gets them."""
        _poisoned(sizes, "cuda")
        torch().cuda.synchronize()

    @contextlib.contextmanager
    def stream(self, number: int) -> Iterator[None]:
        """Make another stream the current one for odd numbers."""
        with torch().cuda.stream(self._other if number % 2 else torch().cuda.default_stream()):
            yield

    def synchronise(self) -> None:
        """Wait for the current stream alone: what another one has not written by then is not there."""
        torch().cuda.current_stream().synchronize()


def device_of(name: str) -> Device:
    """Return a device by its name. Raises KernelError."""
    return Cuda() if name == "cuda" else Processor()


def _poisoned(sizes: Iterable[int], place: str) -> None:
    blocks: list[Any] = []
    for size in sizes:
        for _ in range(BLOCKS):
            if "torch" not in sys.modules:  # a kernel on NumPy's arrays, whose memory NumPy keeps
                blocks.append(np.full(max(1, size // 8), np.nan))
                continue
            block = torch().empty(max(1, size // 4), dtype=torch().float32, device=place)
            blocks.append(block.fill_(float("nan")))
