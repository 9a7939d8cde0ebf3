"""PyTorch: tensors, functions, `torch.autograd.Function` and `torch.nn.Module`; backward is autograd's."""

import importlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcheck.contract import Array
from gradcheck.functions.frameworks.library import Evaluate, Library, Pull

__tracebackhide__ = True


def torch() -> Any:
    """Return PyTorch, which the caller has already imported."""
    return importlib.import_module("torch")


class Torch(Library):
    """PyTorch's tensors, and autograd."""

    name = "torch"
    differentiates = True

    def owns(self, value: Any) -> bool:
        """Return whether `value` is a tensor."""
        return isinstance(value, torch().Tensor)

    def is_float(self, value: Any) -> bool:
        """Return whether a tensor has a real floating dtype."""
        return bool(value.dtype.is_floating_point)

    def eps(self, value: Any) -> float:
        """Return the spacing of 1.0 in a tensor's dtype."""
        return float(torch().finfo(value.dtype).eps)

    def get(self, value: Any) -> Array:
        """Return a tensor's numbers; bfloat16 comes as float32."""
        found = value.detach().to_dense() if value.is_sparse else value.detach()
        found = found.resolve_conj().cpu()
        if found.dtype is torch().bfloat16:
            found = found.float()
        return np.asarray(found.numpy())

    def put(self, values: Array, like: Any, is_wide: bool = False) -> Any:
        """Return numbers as a tensor on the device of `like`, in its dtype or in their own."""
        tensor = torch().from_numpy(np.array(values))
        return tensor.to(like.device) if is_wide else tensor.to(like.device, like.dtype)

    def from_numpy(self, values: Array) -> Any:
        """Return NumPy's array as a tensor of the same dtype."""
        return torch().from_numpy(values.copy())

    def copy(self, value: Any) -> Any:
        """Return a copy of a tensor that no graph knows."""
        return value.detach().clone()

    def signature_of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function whose parameters are the inputs: a module's forward."""
        return function.forward if isinstance(function, torch().nn.Module) else function

    def values(self, evaluate: Evaluate, inputs: Mapping[str, Any]) -> list[Any]:
        """Return the outputs without a graph; with one if the function differentiates something itself."""
        try:
            with torch().no_grad():
                return evaluate(_clones(inputs))
        except RuntimeError:
            with torch().enable_grad():
                return evaluate({name: _attached(value)[1] for name, value in inputs.items()})

    def vjp(
        self, evaluate: Evaluate, inputs: Mapping[str, Any], names: Sequence[str]
    ) -> tuple[list[Any], Pull]:
        """Return the outputs, and autograd's backward."""
        pairs = {name: _attached(inputs[name]) for name in names}
        with torch().enable_grad():
            outs = evaluate({**inputs, **{name: passed for name, (_, passed) in pairs.items()}})
        leaves = [leaf for leaf, _ in pairs.values()]

        def pull(cotangents: Sequence[Any]) -> dict[str, Any]:
            found = _gradients(outs, leaves, cotangents)
            return dict(zip(names, found, strict=True))

        return outs, pull

    def jvp(self, evaluate: Evaluate, inputs: Mapping[str, Any], tangents: Mapping[str, Any]) -> list[Any]:
        """Return the tangents of the outputs, by dual numbers."""
        forward_ad = importlib.import_module("torch.autograd.forward_ad")
        with warnings.catch_warnings(), forward_ad.dual_level():
            # PyTorch's own modules for forward mode use what PyTorch deprecates.
            warnings.filterwarnings("ignore", r".*torch\.jit", DeprecationWarning)
            duals = {name: forward_ad.make_dual(inputs[name].clone(), tangents[name]) for name in tangents}
            outs = [forward_ad.unpack_dual(out) for out in evaluate({**inputs, **duals})]
            return [torch().zeros_like(out.primal) if out.tangent is None else out.tangent for out in outs]

    def batched(
        self, evaluate: Evaluate, inputs: Mapping[str, Any], names: Sequence[str], douts: Sequence[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return outputs under torch.vmap, and autograd's gradients through it."""

        def stacked(moved: Mapping[str, Any]) -> list[Any]:
            def one(*values: Any) -> tuple[Any, ...]:
                return tuple(evaluate({**moved, **dict(zip(names, values, strict=True))}))

            return list(torch().func.vmap(one)(*(moved[name] for name in names)))

        outs, pull = self.vjp(stacked, inputs, names)
        return outs, pull(douts)

    def gradient_of(self, evaluate: Evaluate, names: Sequence[str], douts: Sequence[str | None]) -> Evaluate:
        """Return autograd's backward as a function of the inputs `names` and of the cotangents `douts`."""

        def backward(inputs: Mapping[str, Any]) -> list[Any]:
            with torch().enable_grad():
                # Without a graph around it, the inputs are leaves that autograd does not follow.
                passed = {
                    name: inputs[name].detach().requires_grad_()
                    for name in names
                    if not inputs[name].requires_grad
                }
                passed = {**inputs, **passed}
                outs = evaluate(passed)
                given = [None if name is None else passed[name] for name in douts]
                found = _gradients(outs, [passed[name] for name in names], given, create_graph=True)
            if any(each.grad_fn is not None and each.grad_fn.name().endswith("::Error") for each in found):
                raise RuntimeError("its backward is marked as once_differentiable")
            return found

        return backward


def _attached(value: Any) -> tuple[Any, Any]:
    """Return a leaf that autograd follows, and a copy for the function, which may be changed in place."""
    if not isinstance(value, torch().Tensor) or not (value.is_floating_point() or value.is_complex()):
        return value, value
    leaf = value.detach().clone().requires_grad_()
    with torch().enable_grad():
        return leaf, leaf.clone()


def _clones(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.clone() if isinstance(value, torch().Tensor) else value for name, value in inputs.items()
    }


def _gradients(
    outs: Sequence[Any], leaves: Sequence[Any], cotangents: Sequence[Any], create_graph: bool = False
) -> list[Any]:
    """Return the gradients of leaves: zeros for those that no output depends on."""
    pairs = zip(outs, cotangents, strict=True)
    used = [(out, given) for out, given in pairs if out.requires_grad and given is not None]
    found: Sequence[Any] = [None] * len(leaves)
    if used:
        found = torch().autograd.grad(
            [out for out, _ in used],
            leaves,
            [given for _, given in used],
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
        )
    return [
        torch().zeros_like(leaf) if each is None else each for leaf, each in zip(leaves, found, strict=True)
    ]


def of_module(module: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return a module as a function of its inputs and its parameters, and these parameters.

    Buffers are copied for each call, so that the module is not changed; they come in the precision of the parameters.
    """
    parameters = {name: value.detach() for name, value in module.named_parameters()}
    call = torch().func.functional_call

    def forward(given: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        real = _real_dtype([*given.values(), *args, *kwargs.values()])
        buffers = {name: _in(value, real) for name, value in module.named_buffers()}
        return call(module, {**given, **buffers}, args, kwargs)

    return forward, parameters


def _real_dtype(values: Sequence[Any]) -> Any:
    """Return the dtype of the first floating tensor, without its imaginary part."""
    for value in values:
        if isinstance(value, torch().Tensor) and (value.is_floating_point() or value.is_complex()):
            return value.abs().dtype if value.is_complex() else value.dtype
    return None


def _in(buffer: Any, dtype: Any) -> Any:
    wanted = dtype if dtype is not None and buffer.is_floating_point() else buffer.dtype
    return buffer.detach().to(wanted, copy=True)


TORCH = Torch()
