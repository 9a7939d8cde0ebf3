"""From what a caller passes to a forward on named arrays: modules, `torch.autograd.Function`, nested inputs."""

import inspect
import itertools
from collections.abc import Mapping
from typing import Any

from gradcheck.contract import Function
from gradcheck.functions.frameworks import NUMPY, TORCH, Library, library_of
from gradcheck.functions.frameworks.torch import of_module, torch
from gradcheck.functions.trees import leaves, rebuilt
from gradcheck.text import one_line

__tracebackhide__ = True


def signature_source(function: Function, framework: Library | None) -> Function:
    """Return the function whose signature names the inputs: the forward of a module or of an autograd.Function."""
    if framework is not TORCH:
        return function
    if isinstance(function, torch().nn.Module):
        forward: Function = function.forward
        return forward
    owner = _autograd_function(function)
    return function if owner is None else _without_context(owner)


def _autograd_function(function: Function) -> Any:
    """Return the `torch.autograd.Function` that a function is, or whose `apply` it is; None for any other."""
    owner = function if isinstance(function, type) else getattr(function, "__self__", None)
    is_one = isinstance(owner, type) and issubclass(owner, torch().autograd.Function)
    return owner if is_one else None


def _without_context(owner: Any) -> Function:
    """Return a function with the parameters of `owner.forward`, without ctx."""
    forward: Function = owner.forward
    if owner.setup_context is not torch().autograd.Function.setup_context:
        return forward
    parameters = list(inspect.signature(forward).parameters.values())[1:]

    def named(*args: Any) -> Any:
        raise NotImplementedError

    named.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return named


def adapted(
    function: Function, inputs: Mapping[str, Any], positional: int, framework: Library
) -> tuple[Function, dict[str, Any], int]:
    """Return a framework's function as one of flat, named inputs, these inputs, and how many are positional.

    A module's parameters become inputs; a nested input becomes one for each array in it: ``params['w']``.
    """
    given = {name: _in(framework, value) for name, value in inputs.items()}
    parameters: dict[str, Any] = {}
    call, source, of_parameters = function, function, None
    if framework is TORCH and isinstance(function, torch().nn.Module):
        of_parameters, parameters = of_module(function)
        source = function.forward
    elif framework is TORCH and _autograd_function(function) is not None:
        call = _autograd_function(function).apply
        positional = len(inputs)
    leading = positional or _all_or_none(source, inputs)
    flat = {f"{name}{path}": leaf for name, tree in given.items() for path, leaf in leaves(tree)}
    names = {name if name not in flat else f"module.{name}": name for name in parameters}

    def forward(**values: Any) -> Any:
        moved = iter(values[name] for name in flat)
        pairs = [(name, rebuilt(tree, lambda _: next(moved))) for name, tree in given.items()]
        args, kwargs = tuple(value for _, value in pairs[:leading]), dict(pairs[leading:])
        if of_parameters is None:
            return call(*args, **kwargs)
        return of_parameters({name: values[key] for key, name in names.items()}, args, kwargs)

    return forward, {**flat, **{key: parameters[name] for key, name in names.items()}}, 0


def name_of(function: Function) -> str:
    """Return what a framework's function is called: an `apply` as its class is."""
    owner = getattr(function, "__self__", None)
    named = owner if isinstance(owner, type) else function
    return one_line(getattr(named, "__name__", type(named).__name__), 60)


def _all_or_none(function: Function, inputs: Mapping[str, Any]) -> int:
    """Return how many inputs are passed by position: all of them if the function does not accept their names.

    A built-in function has no signature to ask. Its options, which are no arrays, often have to be named.
    """
    try:
        inspect.signature(function).bind(**inputs)
    except TypeError:
        return len(inputs)
    except ValueError:
        options = itertools.takewhile(lambda value: not _has_array(value), reversed(list(inputs.values())))
        return len(inputs) - len(list(options))
    return 0


def _has_array(tree: Any) -> bool:
    return any(library_of(leaf) is not None for _, leaf in leaves(tree))


def _in(framework: Library, tree: Any) -> Any:
    """Return inputs with NumPy's arrays as the framework's: a module and `jnp.sin` may be given those."""
    return rebuilt(tree, lambda value: framework.from_numpy(value) if library_of(value) is NUMPY else value)


def wrt_of(wrt: Any, inputs: Mapping[str, Any], floats: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the names of the inputs that are differentiated; None for all. Raises ValueError or TypeError.

    The name of a nested input stands for all arrays in it.
    """
    if wrt is None:
        return None
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    if not names:
        raise ValueError(
            "check_gradients: wrt is empty; expected the name of at least one input, or None for all"
        )
    found: list[str] = []
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                f"check_gradients: wrt has {name!r}; expected names of inputs, such as wrt=('x',)"
            )
        inside = [each for each in inputs if each == name or each.startswith((f"{name}[", f"{name}."))]
        if not inside:
            raise ValueError(f"check_gradients: wrt has {name!r}; the inputs are {', '.join(inputs)}")
        floating = [each for each in inside if each in floats]
        if not floating:
            raise ValueError(
                f"check_gradients: wrt has {name!r}, which is no array of a floating dtype; expected one of "
                f"{', '.join(floats)}"
            )
        found += floating
    return tuple(name for name in floats if name in found)
