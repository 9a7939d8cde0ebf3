"""A `torch.nn.Module` as a network: its parameters, and the joints between the modules in it."""

import contextlib
import copy
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.functions.frameworks.torch import of_module, torch
from gradcheck.models.recorder import Mixed
from gradcheck.models.trace import OUT, Call, Evaluation, Place, Swap

__tracebackhide__ = True


def is_module(thing: Any) -> bool:
    """Return whether something is a module; PyTorch is not imported for the question."""
    return "torch" in sys.modules and isinstance(thing, torch().nn.Module)


class TorchNetwork:
    """A copy of a module in double precision, and a loss of what it returns."""

    regularisation = None

    def __init__(self, module: Any, data: tuple[Any, ...], loss: Any, seed: int) -> None:
        if not data:
            raise TypeError("check_network: a module needs its input: check_network(module, X)")
        if loss is None and len(data) > 1 and not _takes_all(module, data):
            raise TypeError(
                "check_network: loss is None, and the module takes one input; expected a function of (output, y): pass "
                "loss=torch.nn.functional.cross_entropy"
            )
        self.module = copy.deepcopy(module).double()
        self.data = tuple(_double(value) for value in data)
        self.loss, self.seed = loss, seed
        self.name = type(module).__name__
        self._call, _ = of_module(self.module)
        self.samples = None
        self._weights: Any = None

    @cached_property
    def params(self) -> Arrays:
        """The parameters that are trained, in double precision."""
        return {name: value.detach().numpy().copy() for name, value in self._trained()}

    @property
    def called(self) -> Mapping[str, str]:
        """How gradients are written."""
        return {name: f"{name}.grad" for name in self.params}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        frozen = [name for name, value in self.module.named_parameters() if not value.requires_grad]
        return (f"{', '.join(frozen)}: frozen (requires_grad=False), not checked",) if frozen else ()

    def _trained(self) -> Iterator[tuple[str, Any]]:
        return ((name, value) for name, value in self.module.named_parameters() if value.requires_grad)

    def evaluate(
        self, params: Mapping[str, Array] | None = None, swap: Swap | None = None, is_watched: bool = False
    ) -> Evaluation:
        """Call the module; autograd differentiates when the gradients are asked for."""
        leaves = {
            name: torch().from_numpy(np.array((params or {}).get(name, value))).requires_grad_()
            for name, value in self.params.items()
        }
        hooks = Hooks(swap)
        with hooks.on(self.module) if is_watched or swap else contextlib.nullcontext(), torch().enable_grad():
            value = self._value(leaves)
        if swap is not None and not hooks.is_swapped:
            raise Mixed
        grads = Lazy(value, leaves, hooks.sources)
        coarse = value.dtype != torch().float64
        return Evaluation(float(value.detach()), grads, tuple(hooks.calls), coarse, grads.settle)

    def _value(self, leaves: Mapping[str, Any]) -> Any:
        data = [value.clone() if isinstance(value, torch().Tensor) else value for value in self.data]
        if self.loss is not None:
            return self.loss(self._call(leaves, (data[0],), {}), *data[1:])
        out = self._call(leaves, tuple(data), {})
        if not isinstance(out, torch().Tensor):
            raise TypeError(
                f"check_network: the module returned a {type(out).__name__}; expected a tensor: pass "
                "loss=lambda out: ..., which makes one number of it"
            )
        if out.numel() == 1:
            return out.reshape(())
        if self._weights is None:
            rng = np.random.default_rng(self.seed)
            weights = rng.choice([-1.0, 1.0], tuple(out.shape)) * rng.uniform(0.5, 2.0, tuple(out.shape))
            self._weights = torch().from_numpy(weights)
        return (self._weights * out).sum()


class Lazy(Mapping[str, Array]):
    """The gradients of a value, computed when the first one is looked up."""

    def __init__(self, value: Any, leaves: Mapping[str, Any], others: Sequence[Any]) -> None:
        self.value, self.leaves, self.others = value, leaves, others

    @cached_property
    def found(self) -> dict[str, Array]:
        """The gradients by name: zeros where the value does not depend on a leaf."""
        wanted = [*self.leaves.values(), *self.others]
        found: tuple[Any, ...] = (None,) * len(wanted)
        if self.value.requires_grad:
            found = torch().autograd.grad(self.value, wanted, allow_unused=True)
        return {
            name: np.zeros(tuple(leaf.shape)) if each is None else each.detach().numpy()
            for (name, leaf), each in zip(self.leaves.items(), found, strict=False)
        }

    def settle(self) -> None:
        """Compute the gradients, if that has not been done."""
        _ = self.found

    def __getitem__(self, name: str) -> Array:
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.leaves)

    def __len__(self) -> int:
        return len(self.leaves)


def _takes_all(module: Any, data: tuple[Any, ...]) -> bool:
    try:
        inspect.signature(module.forward).bind(*data)
    except TypeError:
        return False
    return True


def _double(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = torch().from_numpy(value.copy())
    if isinstance(value, torch().Tensor):
        value = value.detach().clone()
        return value.double() if value.is_floating_point() else value
    return value


class Hooks:
    """What every module within a module gets and returns, and the gradients at these joints."""

    def __init__(self, swap: Swap | None) -> None:
        self.swap = swap
        self.calls: list[Call] = []
        self.is_swapped = False
        self.sources: list[Any] = []
        """Joints that no gradient would reach, because what comes there is detached."""
        self._open: list[Call] = []

    @contextlib.contextmanager
    def on(self, module: Any) -> Iterator[None]:
        """Watch all modules within for the length of a ``with`` block."""
        handles = []
        for name, inner in module.named_modules():
            if name:
                handles.append(inner.register_forward_pre_hook(self._before(name), with_kwargs=True))
                handles.append(inner.register_forward_hook(self._after, with_kwargs=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _before(self, name: str) -> Any:
        def before(inner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
            parent = self._open[-1].number if self._open else None
            label = f"{name} ({type(inner).__name__})"
            call = Call(len(self.calls), label, f"the backward of {label}", name, parent, times=1)
            self.calls.append(call)
            self._open.append(call)
            moved = tuple(self._input(call, f"input{place}", value) for place, value in enumerate(args))
            return moved, {key: self._input(call, key, value) for key, value in kwargs.items()}

        return before

    def _input(self, call: Call, name: str, value: Any) -> Any:
        """Return an input as a joint of its own, whose gradient is kept."""
        if not isinstance(value, torch().Tensor) or not value.is_floating_point():
            return value
        call.inputs[name] = value.detach().numpy().copy()
        swapped = self._swapped(Place(call.number, name), value)
        passed = swapped if swapped is not None else value.clone()
        if not passed.requires_grad:
            passed = passed.detach().requires_grad_()
            self.sources.append(passed)
        call.grads[name] = np.zeros(tuple(value.shape))
        passed.register_hook(_keep(call.grads, name))
        return passed.view_as(passed)  # a module may change its input in place, which a leaf forbids

    def _swapped(self, place: Place, value: Any) -> Any:
        if self.swap is None or self.swap.place != place:
            return None
        if tuple(value.shape) != self.swap.value.shape:
            raise Mixed
        self.is_swapped = True
        return torch().from_numpy(np.array(self.swap.value)).to(value.dtype).requires_grad_()

    def _after(self, inner: Any, args: tuple[Any, ...], kwargs: dict[str, Any], returned: Any) -> Any:
        call = self._open.pop()
        is_several = isinstance(returned, tuple)
        values = list(returned) if is_several else [returned]
        for place, value in enumerate(values):
            if not isinstance(value, torch().Tensor) or not value.is_floating_point():
                break
            values[place] = self._output(call, place, value)
        if type(returned) is tuple:
            return tuple(values)
        return returned if is_several else values[0]

    def _output(self, call: Call, place: int, value: Any) -> Any:
        call.outs.append(value.detach().numpy().copy())
        call.douts.append(np.zeros(tuple(value.shape)))
        swapped = self._swapped(Place(call.number, OUT, place), value)
        passed = swapped if swapped is not None else value.clone()
        if not passed.requires_grad:
            passed = passed.detach().requires_grad_()
            self.sources.append(passed)
        passed.register_hook(_keep(call.douts, place))
        return passed.view_as(passed)


def _keep(store: Any, key: Any) -> Any:
    def keep(gradient: Any) -> None:
        store[key] = store[key] + gradient.detach().numpy()

    return keep
