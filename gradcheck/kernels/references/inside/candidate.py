"""A kernel that is judged against a reference, where it lives: built, given numbers, asked for results."""

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.calling import guarded, result_of
from gradcheck.contract import Array, Malformed, Missing
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.references.exchange import (
    FLOATS,
    FORMATS,
    flattened,
    format_of,
    from_text,
    is_tensor,
    stored,
    tensor_of,
    torch,
)
from gradcheck.kernels.references.inside.devices import device_of
from gradcheck.kernels.references.inside.measuring import measures, replaced
from gradcheck.kernels.references.inside.watching import Watcher
from gradcheck.kernels.resolving import imported

MODEL = "ModelNew"
RECENT = 8
"""The sizes of so many results are those of the memory that is filled with NaN."""


class Candidate:
    """A kernel in its own process: a module that is built from arguments, or a function."""

    def __init__(self) -> None:
        self._found: Any = None
        self._built: Any = None
        self._is_module = False
        self._device: Any = None
        self._held: list[Any] = []
        self._state: list[Any] = []
        self._sizes: list[int] = []
        self._calls = 0
        self._watcher: Watcher | None = None
        self._name = MODEL
        self._before: dict[str, Any] = {}
        self.tried: list[str] = []

    def opened(self, target: str, name: str, device: str, watched: bool) -> dict[str, Any]:
        """Import the kernel, and describe it. Raises KernelError."""
        if Path(target).is_file() and b"torch" in Path(target).read_bytes():
            with contextlib.suppress(ImportError):
                torch()  # the kernel imports it anyway, and may then replace something in it
        self._before = measures()
        module = imported(target)
        self._found, self._name = _named(module, target, name), name or MODEL
        self._is_module = isinstance(self._found, type)
        self._device = device_of(device)
        self._watcher = Watcher() if watched else None
        return {"is_module": self._is_module, "name": self._name}

    def build(
        self,
        arguments: str,
        given: Sequence[Array],
        formats: Sequence[str],
        seed: int,
        dtype: str,
        names: Sequence[str],
        state_shapes: Sequence[Sequence[int]],
        is_training: bool,
    ) -> list[Any]:
        """Construct the module with the reference's arguments and seed.

        Return whether its state has the names and shapes of the reference's, and the names of the parameters.
        """
        tensors = [tensor_of(np.array(each), name) for each, name in zip(given, formats, strict=True)]
        if not self._is_module:
            self._built, self._state = self._found, []
            return [True]
        with torch().random.fork_rng(devices=[]):
            torch().manual_seed(seed)
            self._built = guarded(self._name, self._found, *from_text(arguments, tensors))
        if dtype != "float32":
            self._built = self._built.to(getattr(torch(), dtype))
        self._built.train(is_training)
        own = self._built.state_dict()
        shapes = {name: tuple(value.shape) for name, value in own.items()}
        agrees = shapes == {name: tuple(shape) for name, shape in zip(names, state_shapes, strict=True)}
        self._built = self._moved(self._built)
        self._state = [value.clone() for value in self._built.state_dict().values()]
        return [agrees, *(name for name, _ in self._built.named_parameters())]

    def state(self, names: Sequence[str], arrays: Sequence[Array]) -> bool:
        """Write other parameters into the module where they lie."""
        self._written(names, arrays)
        self._state = [value.clone() for value in self._built.state_dict().values()]
        return True

    def _moved(self, module: Any) -> Any:
        return module if type(self._device).__name__ == "Processor" else module.to("cuda")

    def _written(self, names: Sequence[str], arrays: Sequence[Array]) -> None:
        own = self._built.state_dict()
        with torch().no_grad():
            for name, array in zip(names, arrays, strict=True):
                own[name].copy_(torch().from_numpy(np.array(array)))

    def call(
        self, text: str, arrays: Sequence[Array], formats: Sequence[str], douts: Sequence[Array], mode: str
    ) -> list[Any]:
        """Call it, and return the number of outputs, whether there are gradients, the formats, and all results.

        `text` says how the arrays are arranged. In the mode ``again``, the numbers are written into the tensors of
        the call before, where these lie. In the mode ``plain``, nothing requires a gradient; ``again plain`` is both.
        """
        self._calls += 1
        with self._device.stream(self._calls):
            self._restored()
            self._device.poison(self._sizes)
            inputs = self._inputs(arrays, formats, is_again=mode.startswith("again"))
            leaves = [each for each in inputs if is_tensor(each) and each.requires_grad]
            if self._is_module:
                leaves += list(self._built.parameters())
            is_plain = mode.endswith("plain")
            if is_plain:
                inputs, leaves = [each.detach() if is_tensor(each) else each for each in inputs], []
            quiet = torch().no_grad() if is_plain and self._is_of_torch(inputs) else contextlib.nullcontext()
            with quiet, self._watcher or contextlib.nullcontext():
                returned = result_of(self._name, self._built, *from_text(text, inputs))
            outputs = [self._checked(each) for each in flattened(returned)]
            # Copied at once, as the current stream has them: what another one writes later is not in them.
            results = [stored(each).copy() for each in outputs]
            gradients = self._gradients(outputs, leaves, douts)
            results += [stored(each).copy() for each in gradients]
            codes = [FORMATS.index(format_of(each)) for each in (*outputs, *gradients)]
            self._device.synchronise()
        self._sizes = [result.nbytes for result in results][-RECENT:]
        return [len(outputs), bool(gradients), *codes, *results]

    def _is_of_torch(self, inputs: Sequence[Any]) -> bool:
        return self._is_module or any(map(is_tensor, inputs))

    def noticed(self) -> list[str]:
        """Return what the framework was asked for while the kernel ran, where that is watched, and what it tried."""
        called = [] if self._watcher is None else sorted(self._watcher.names)
        return [*called, *sorted(set(self.tried)), *replaced(self._before)]

    def _inputs(self, arrays: Sequence[Array], formats: Sequence[str], *, is_again: bool) -> list[Any]:
        """Return the arguments: arrays for NumPy, otherwise tensors, of which the floating ones are leaves."""
        if any(form.startswith("numpy ") for form in formats):
            if is_again and self._held:
                for held, array in zip(self._held, arrays, strict=True):
                    held[...] = array
            else:
                self._held = [_writable(each) for each in arrays]
            return list(self._held)
        fresh = [tensor_of(_writable(each), form) for each, form in zip(arrays, formats, strict=True)]
        if is_again and self._held:
            with torch().no_grad():
                for held, tensor in zip(self._held, fresh, strict=True):
                    held.copy_(tensor)
        else:
            self._held = [self._device.moved(each) for each in fresh]
        return [
            each.detach().requires_grad_(form in FLOATS)
            for each, form in zip(self._held, formats, strict=True)
        ]

    def _restored(self) -> None:
        """Undo what the last call did to the state: a norm counts its batches."""
        if self._is_module:
            with torch().no_grad():
                for now, before in zip(self._built.state_dict().values(), self._state, strict=True):
                    if not torch().equal(now, before):
                        now.copy_(before)

    def _checked(self, value: Any) -> Any:
        if isinstance(value, bool | int | float | np.generic):
            return np.asarray(value)
        if not is_tensor(value) and not isinstance(value, np.ndarray):
            raise Malformed(f"{self._name} returned a {type(value).__name__}; expected a tensor")
        format_of(value)
        return value

    def _gradients(self, outputs: Sequence[Any], leaves: Sequence[Any], douts: Sequence[Array]) -> list[Any]:
        """Return the gradient of every leaf; none where the kernel has no backward."""
        smooth = [each for each in outputs if is_tensor(each) and each.dtype.is_floating_point]
        if not douts or len(smooth) != len(douts) or not any(each.requires_grad for each in smooth):
            return []
        pairs = [(out, dout) for out, dout in zip(smooth, douts, strict=True) if out.requires_grad]
        if any(tuple(out.shape) != dout.shape for out, dout in pairs):
            return []
        upstream = [
            self._device.moved(tensor_of(np.array(dout), format_of(out)))
            for out, dout in zip(smooth, douts, strict=True)
            if out.requires_grad
        ]
        wanted = [each for each in leaves if each.requires_grad]

        def backward() -> Any:
            return torch().autograd.grad([out for out, _ in pairs], wanted, upstream, allow_unused=True)

        with self._watcher or contextlib.nullcontext():
            try:
                found = dict(zip(map(id, wanted), guarded(self._name, backward), strict=True))
            except Missing:  # a function of PyTorch's without a backward
                return []
        given = [found.get(id(leaf)) for leaf in leaves]
        return [
            torch().zeros_like(leaf) if gradient is None else gradient
            for leaf, gradient in zip(leaves, given, strict=True)
        ]


def _named(module: ModuleType, target: str, name: str) -> Any:
    found: Any = module
    for part in (name or MODEL).split("."):
        found = getattr(found, part, None)
    if not callable(found):
        expected = "name a function with FILE:NAME" if not name else f"there is no {name!r} in it"
        raise KernelError(f"{target} has no {name or MODEL}: {expected}")
    return found


def _writable(array: Array) -> Array:
    return array if array.flags.writeable else array.copy()


UNREADABLE = "the reference is not for the kernel to read"
"""What is said to a kernel that opens the file of the reference."""


def refuse_reading(path: str) -> list[str]:
    """Keep this process from opening a file, from now on; return a list that gets a line for each attempt."""
    known, tried = Path(path).stat(), list[str]()

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            is_it = False
            with contextlib.suppress(OSError, ValueError):
                is_it = os.path.samestat(os.stat(arguments[0]), known)
            if is_it:
                tried.append("opened the file of the reference")
                raise PermissionError(UNREADABLE)

    sys.addaudithook(guard)
    return tried


METHODS: dict[str, Callable[..., Any]] = {
    "build": Candidate.build,
    "state": Candidate.state,
    "call": Candidate.call,
    "noticed": Candidate.noticed,
}
