"""Layers that are objects, and keep their parameters and gradients as attributes."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from gradcheck.contract import Array
from gradcheck.models.composed import Composed, Holder, Returned, in_attribute, in_item, upstream
from gradcheck.models.trace import floating

__tracebackhide__ = True

PATTERNS = ("gradient_{}", "d{}", "grad_{}", "{}_grad", "{}_gradient", "d_{}", "g{}")
"""What the gradient of an attribute is called."""


class Parameter(NamedTuple):
    """A parameter of a layer: where it is, what its gradient is, and how that is written."""

    holder: Holder
    gradient: Callable[[], Any]
    called: str


def parameters_of(layers: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the parameters of objects after a backward, by the name of the layer and their own."""
    found: dict[str, Parameter] = {}
    for name, layer in layers.items():
        found |= {f"{name}.{key}": parameter for key, parameter in _parameters(name, layer)}
    return found


def _parameters(name: str, layer: Any) -> Iterator[tuple[str, Parameter]]:
    params, grads = getattr(layer, "params", None), getattr(layer, "grads", None)
    if isinstance(params, dict) and isinstance(grads, dict):
        for key in params:
            yield (
                str(key),
                Parameter(in_item(params, key), _item(grads, key, layer), f"{name}.grads[{key!r}]"),
            )
        return
    for key in _attributes(layer):
        value = _get(layer, key)
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            continue
        for pattern in PATTERNS:
            of_it = pattern.format(key)
            gradient = _get(layer, of_it)
            if isinstance(gradient, np.ndarray) and gradient.size == value.size:
                yield key, Parameter(in_attribute(layer, key), _attribute(layer, of_it), f"{name}.{of_it}")
                break


def _attributes(layer: Any) -> list[str]:
    """Return the names of an object's attributes and of its properties, without private ones."""
    properties = [name for name in dir(type(layer)) if isinstance(getattr(type(layer), name, None), property)]
    return [name for name in dict.fromkeys([*vars(layer), *properties]) if not name.startswith("_")]


def _get(layer: Any, name: str) -> Any:
    try:
        return getattr(layer, name, None)
    except Exception:  # noqa: BLE001 - a property may raise anything before a first call
        return None


def _item(grads: dict[Any, Any], key: Any, layer: Any) -> Callable[[], Any]:
    return lambda: layer.grads.get(key)


def _attribute(layer: Any, name: str) -> Callable[[], Any]:
    return lambda: getattr(layer, name)


def composition(
    layers: list[Any], data: tuple[Any, ...], weights_of: Callable[[Any], Array]
) -> Callable[[Any], tuple[Any, Any]]:
    """Return the function from an input to the loss and the input's gradient, through all layers and back."""
    labels = data[1:]
    last = layers[-1]
    with_labels = bool(labels) and _takes(last.forward, 1 + len(labels))
    back_with_labels = with_labels and not _is_upstream(last.backward)

    def call(x: Any) -> tuple[Any, Any]:
        for layer in layers[:-1]:
            x = layer.forward(x)
        out = last.forward(x, *labels) if with_labels else last.forward(x)
        weights = weights_of(out)
        if back_with_labels:
            dout = last.backward(*labels) if _takes(last.backward, len(labels)) else last.backward()
        else:
            dout = last.backward(np.array(weights)) if _takes(last.backward, 1) else last.backward()
        for layer in reversed(layers[:-1]):
            dout = layer.backward(dout)
        return np.sum(weights * np.asarray(floating(out))), dout

    return call


def _is_upstream(function: Callable[..., Any]) -> bool:
    """Return whether the first parameter of a loss's backward is an upstream gradient, by its name."""
    names = list(inspect.signature(function).parameters)
    return bool(names) and names[0].startswith(("d", "grad", "err", "upstream"))


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except (TypeError, ValueError):
        return False
    return True


def course_network(network: Any, data: tuple[Any, ...], roots: tuple[Any, ...], seed: int) -> Composed:
    """Return a network whose forward asks a data layer, and returns the loss; its backward takes nothing.

    A network whose forward takes the input and whose backward takes an upstream gradient is accepted, too.
    """
    last = getattr(network, "loss_layer", None)
    named = {f"layers[{place}]": layer for place, layer in enumerate(network.layers)}
    if hasattr(network, "data_layer") and _takes(network.forward, 0):
        given = data or network.data_layer.next()
        network.data_layer = SimpleNamespace(next=lambda: tuple(_fresh(each) for each in given))
        call = _of_data_layer(network)
    else:
        call = _of_input(network, data, last, seed)
    notes = _without_regularisers(network.layers)
    call()
    pairs = parameters_of(named)

    def returned() -> Returned:
        loss = call()
        return loss, {name: pair.gradient() for name, pair in pairs.items()}

    return Composed(
        name=f"{type(network).__name__}.backward",
        call=returned,
        holders={name: pair.holder for name, pair in pairs.items()},
        roots=(*network.layers, *([] if last is None else [last]), network, *roots),
        called={name: pair.called for name, pair in pairs.items()},
        notes=notes,
    )


def _fresh(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _of_data_layer(network: Any) -> Callable[[], Any]:
    def call() -> Any:
        loss = network.forward()
        network.backward()
        return loss

    return call


def _of_input(network: Any, data: tuple[Any, ...], last: Any, seed: int) -> Callable[[], Any]:
    layers = [network] if last is None else [network, last]
    through = composition(layers, data, lambda out: upstream(out, seed))
    return lambda: through(_fresh(data[0]))[0]


def _without_regularisers(layers: list[Any]) -> tuple[str, ...]:
    """Take the regularisers out of the optimisers of a copied network, and say so.

    There they add to the loss, and to the update, but not to the gradients of the layers.
    """
    count = 0
    for layer in layers:
        optimizer = _get(layer, "optimizer")
        if getattr(optimizer, "regularizer", None) is not None:
            optimizer.regularizer, count = None, count + 1
    if not count:
        return ()
    return (
        f"the regularizer of {count} optimizers was left out: it adds to the update, not to the gradients",
    )
