"""From what a caller passes to a network that can be evaluated: a loss, an object with a loss, or layers in a chain."""

import copy
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradcheck.functions.frameworks import library_of
from gradcheck.models.chain import chain_of_functions, chain_of_objects
from gradcheck.models.composed import Composed, Holder, in_array, in_attribute, in_item, in_tensor
from gradcheck.models.objects import course_network
from gradcheck.models.torch_modules import TorchNetwork, is_module
from gradcheck.models.trace import Network, floating
from gradcheck.text import one_line

__tracebackhide__ = True

REGULARISATIONS = (
    "reg",
    "regularization",
    "regularisation",
    "weight_decay",
    "l2_reg",
    "l2",
    "lambd",
    "lambda_",
    "lam",
)
"""What the factor of the regularisation is called."""


def network_of(given: Any, data: tuple[Any, ...], params: Any, layers: Any, loss: Any, seed: int) -> Network:
    """Return a network of any form. Raises TypeError or ValueError."""
    if is_module(given):
        _refuse({"params": params, "layers": layers}, "of a torch.nn.Module every parameter is checked")
        return TorchNetwork(given, data, loss, seed)
    _refuse({"loss": loss}, "it is the loss of a torch.nn.Module; pass a function that returns (loss, grads)")
    roots = tuple(layers) if isinstance(layers, list | tuple) else () if layers is None else (layers,)
    if isinstance(given, Mapping | list | tuple):
        _refuse({"params": params}, "those of a chain stand in its links: (forward, backward, {'w': w})")
        return _chain(given, data, roots, seed)
    if callable(getattr(given, "loss", None)):
        return _of_model(given, data, params, roots)
    if hasattr(given, "layers") and not inspect.isroutine(given):
        _refuse({"params": params}, "those of a network with layers are found in its layers")
        return _of_layers(given, data, roots, seed)
    if not callable(given):
        raise TypeError(
            f"check_network: the network is a {type(given).__name__}; expected a function loss(X, y) that returns "
            "(loss, grads), an object with such a method, a list of (forward, backward) pairs or of layers, or a "
            "torch.nn.Module"
        )
    return _of_function(given, data, params, roots)


def _refuse(options: Mapping[str, Any], why: str) -> None:
    for name, value in options.items():
        if value is not None:
            raise TypeError(f"check_network: {name}= has no meaning here: {why}")


def _copied(thing: Any) -> Any:
    """Return a copy of an object that a check may change; the object itself if it cannot be copied."""
    try:
        return copy.deepcopy(thing)
    except Exception:  # noqa: BLE001 - an object may refuse to be copied in any way
        return thing


def _of_model(given: Any, data: tuple[Any, ...], params: Any, roots: tuple[Any, ...]) -> Network:
    """Return an object with a method `loss` and its parameters in `params`, as in cs231n."""
    model = given if params is not None else _copied(given)
    kept = getattr(model, "params", None) if params is None else params
    if not isinstance(kept, Mapping) or not kept:
        raise TypeError(
            f"check_network: {type(model).__name__}.params is {one_line(repr(kept), 40)}; expected a dict of arrays by "
            "name: set it, or pass params={'W1': ...}, the arrays that the network reads"
        )
    holders = _holders(kept) if params is not None else {name: in_item(kept, name) for name in kept}
    return Composed(
        name=f"{type(model).__name__}.loss",
        call=_called(model.loss, data, kept),
        holders=holders,
        roots=(model.loss, model, *roots),
        regularisation=_regularisation(model),
        samples=_samples(data),
    )


def _of_function(given: Any, data: tuple[Any, ...], params: Any, roots: tuple[Any, ...]) -> Network:
    if not isinstance(params, Mapping) or not params:
        raise TypeError(
            f"check_network: params is {one_line(repr(params), 40)}; expected a dict by name of the arrays that "
            f"{_name_of(given)} reads, such as params={{'W1': W1}}: they are changed while it is checked, and put back"
        )
    values = list(data)
    place = next((at for at, name in enumerate(_names(given)) if name in REGULARISATIONS), None)
    is_given = place is not None and place < len(values) and isinstance(values[place], float | int)
    return Composed(
        name=_name_of(given),
        call=_called(given, values, params),
        holders=_holders(params),
        roots=(given, *roots),
        regularisation=in_item(values, place) if is_given else None,
        samples=_samples(data),
    )


def _name_of(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return one_line(getattr(function, "__name__", type(function).__name__), 60)


def _names(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _samples(data: Sequence[Any]) -> int | None:
    numbers = floating(data[0]) if data else None
    return len(numbers) if numbers is not None and numbers.ndim > 1 else None


def _regularisation(model: Any) -> Holder | None:
    found = (name for name in REGULARISATIONS if isinstance(getattr(model, name, None), float | int))
    name = next(found, None)
    return None if name is None else in_attribute(model, name)


def _holders(params: Mapping[str, Any]) -> dict[str, Holder]:
    """Return where parameters are kept that the network reads from elsewhere. Raises TypeError or ValueError."""
    holders = {}
    for name, value in params.items():
        if isinstance(value, np.ndarray):
            if not value.flags.writeable:
                raise ValueError(
                    f"check_network: the parameter {name} is read-only; expected an array that can be set"
                )
            holders[str(name)] = in_array(value)
        else:
            holders[str(name)] = in_tensor(value)
    return holders


def _called(
    function: Callable[..., Any], data: Sequence[Any], params: Mapping[str, Any]
) -> Callable[[], Any]:
    """Return a call of a loss on copies of the data, which returns the loss and its gradients by name."""
    name = _name_of(function)

    def call() -> Any:
        for value in params.values():
            if not isinstance(value, np.ndarray) and hasattr(value, "grad"):
                value.grad = None
        returned = function(*(_fresh(value) for value in data))
        if isinstance(returned, tuple | list) and len(returned) == 2:
            loss, grads = returned
            return loss, _by_name(grads, params)
        if all(hasattr(value, "grad") for value in params.values()):
            is_waiting = all(value.grad is None for value in params.values())
            if is_waiting and hasattr(returned, "backward"):
                returned.backward()
            return returned, {key: value.grad for key, value in params.items()}
        raise TypeError(
            f"check_network: {name} returned {_kind(returned)}; expected (loss, grads): the loss, and a dict with a "
            "gradient for each parameter"
        )

    return call


def _kind(value: Any) -> str:
    size = f" of {len(value)}" if isinstance(value, tuple | list) else ""
    return "None" if value is None else f"a {type(value).__name__}{size}"


def _by_name(grads: Any, params: Mapping[str, Any]) -> Any:
    """Return gradients by the names of the parameters: from a dict, or from as many in their order."""
    if isinstance(grads, tuple | list) and len(grads) == len(params):
        return dict(zip(map(str, params), grads, strict=True))
    if not isinstance(grads, Mapping):
        raise TypeError(
            f"check_network: the gradients are {_kind(grads)}; expected a dict with one for each of "
            f"{one_line(', '.join(map(str, params)), 80)}, or as many in this order"
        )
    return {str(name): grads.get(name, grads.get(f"d{name}")) for name in params}


def _fresh(value: Any) -> Any:
    library = library_of(value) if hasattr(value, "__array__") or hasattr(value, "__dlpack__") else None
    return value if library is None else library.copy(value)


def _chain(given: Any, data: tuple[Any, ...], roots: tuple[Any, ...], seed: int) -> Network:
    """Return a chain of pairs, or of objects."""
    named = dict(given) if isinstance(given, Mapping) else dict(_numbered(given))
    if not named:
        raise ValueError("check_network: the chain is empty; expected at least one (forward, backward)")
    if not data:
        raise TypeError("check_network: a chain needs its input: check_network(chain, X)")
    links = list(named.values())
    if all(isinstance(link, tuple | list) for link in links):
        return chain_of_functions(named, data, roots, seed)
    if not any(isinstance(link, tuple | list) for link in links):
        return chain_of_objects({name: _copied(link) for name, link in named.items()}, data, roots, seed)
    raise TypeError(
        "check_network: the chain has pairs and other objects; expected either (forward, backward) pairs, or objects "
        "with forward and backward: write an object as (layer.forward, layer.backward)"
    )


def _numbered(links: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield links with their numbers as names, from 1."""
    for number, link in enumerate(links, 1):
        yield str(number), link


def _of_layers(given: Any, data: tuple[Any, ...], roots: tuple[Any, ...], seed: int) -> Network:
    """Return an object that holds its layers: with a forward and a backward of its own, or called in a chain."""
    network = _copied(given)
    if callable(getattr(network, "forward", None)) and callable(getattr(network, "backward", None)):
        return course_network(network, data, roots, seed)
    last = getattr(network, "loss_layer", None)
    links = [*network.layers, *([] if last is None else [last])]
    return chain_of_objects(dict(_numbered(links)), data, roots, seed)
