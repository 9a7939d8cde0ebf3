"""A chain of layers: forward through all of them, then backward through all of them."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from gradcheck.contract import Arrays
from gradcheck.functions.pair import Functions, collect, read
from gradcheck.models.composed import Composed, Holder, Returned, in_item, upstream
from gradcheck.models.objects import composition, parameters_of
from gradcheck.models.recorder import Unit
from gradcheck.models.spying import Spot
from gradcheck.models.trace import floating

__tracebackhide__ = True


def chain_of_functions(
    links: Mapping[str, Any], data: tuple[Any, ...], roots: tuple[Any, ...], seed: int
) -> Composed:
    """Return a chain of ``(forward, backward)`` or ``(forward, backward, inputs)``. Raises TypeError or ValueError.

    The last link also gets the labels, unless its own inputs have them.
    """
    given = [_link(name, link) for name, link in links.items()]
    if len(data) > 1:
        given[-1] = _with_labels(given[-1], data[1:])
    source = {"X": np.array(data[0])}
    functions, value = list[Functions](), data[0]
    for link in given:
        functions.append(_functions(link, value))
        value = functions[-1].run(functions[-1].fresh()).out
    weights = upstream(value, seed)
    names = list(links)

    def call() -> Returned:
        runs, x = [], source["X"]
        for link, each in zip(given, functions, strict=True):
            inputs = {**each.inputs, **link.inputs, link.first: x}
            live = replace(each, forward=link.forward, backward=link.backward, inputs=inputs)
            runs.append((live, live.run(live.fresh())))
            x = runs[-1][1].outputs.leaves[0][1]
        grads: Arrays = {}
        loss, dout = float(np.sum(weights * np.asarray(x))), weights
        for name, link, (live, run) in zip(reversed(names), reversed(given), reversed(runs), strict=True):
            found = live.gradients(run.back, dout)
            dout = found.pop(link.first, np.zeros(()))
            grads |= {f"{name}.{key}": gradient for key, gradient in found.items()}
        return loss, {**grads, "X": dout}

    holders = {"X": in_item(source, "X")} if floating(source["X"]) is not None else {}
    for name, link in zip(names, given, strict=True):
        keys = [key for key, value in link.inputs.items() if floating(value) is not None]
        holders |= {f"{name}.{key}": in_item(link.inputs, key) for key in keys}
    return Composed(
        name=f"chain of {len(given)} links",
        call=call,
        holders=holders,
        roots=roots,
        own_spots=tuple(spot for link in given for spot in _spots(link)),
        called={name: f"d{name}" for name in holders},
    )


def _link(name: str, link: Any) -> SimpleNamespace:
    is_pair = len(link) in (2, 3) and all(callable(each) for each in link[:2])
    if not is_pair or (len(link) == 3 and not isinstance(link[2], Mapping)):
        raise TypeError(
            f"check_network: link {name} is not (forward, backward) or (forward, backward, inputs); expected two "
            "functions, and a dict with the other inputs of forward by name: {'w': w, 'b': b}"
        )
    inputs = {key: _fresh(value) for key, value in (link[2].items() if len(link) == 3 else ())}
    named = _parameters(link[0])
    first = next((key for key in named if key not in inputs), "x")
    return SimpleNamespace(name=name, forward=link[0], backward=link[1], inputs=inputs, first=first)


def _fresh(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _parameters(function: Callable[..., Any]) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _with_labels(link: SimpleNamespace, labels: Iterable[Any]) -> SimpleNamespace:
    """Return the last link with what else the network was called with, if it has no name for that already."""
    free = [key for key in _parameters(link.forward) if key not in (*link.inputs, link.first)]
    inputs = {**link.inputs, **dict(zip(free, labels, strict=False))}
    return SimpleNamespace(**{**vars(link), "inputs": inputs})


def _functions(link: SimpleNamespace, value: Any) -> Functions:
    inputs, _ = collect(link.forward, {link.first: value, **link.inputs}, {})
    return read(Functions(link.forward, link.backward, inputs, is_exact=True), None)


def _spots(link: SimpleNamespace) -> Iterable[Spot]:
    names = [getattr(each, "__name__", type(each).__name__) for each in (link.forward, link.backward)]
    unit = Unit(f"{names[0]} (link {link.name})", f"{names[1]} (link {link.name})")
    yield Spot(unit, False, link.forward, lambda value: setattr(link, "forward", value))
    yield Spot(unit, True, link.backward, lambda value: setattr(link, "backward", value))


def chain_of_objects(
    links: Mapping[str, Any], data: tuple[Any, ...], roots: tuple[Any, ...], seed: int
) -> Composed:
    """Return a chain of objects with ``forward(x)`` and ``backward(dout)``; the last one may take the labels."""
    layers = list(links.values())
    for name, layer in links.items():
        if not all(callable(getattr(layer, each, None)) for each in ("forward", "backward")):
            raise TypeError(
                f"check_network: link {name} is a {type(layer).__name__}; expected an object with forward and backward"
            )
    call = composition(layers, data, lambda out: upstream(out, seed))
    call(data[0])  # what the gradients are called is known after the first call
    pairs = parameters_of(links)
    source = {"X": np.array(data[0])}

    def returned() -> Returned:
        loss, dx = call(source["X"])
        grads = {name: pair.gradient() for name, pair in pairs.items()}
        return loss, {**grads, "X": dx}

    inputs: dict[str, Holder] = {"X": in_item(source, "X")} if floating(data[0]) is not None else {}
    return Composed(
        name=f"chain of {len(layers)} layers",
        call=returned,
        holders={**inputs, **{name: pair.holder for name, pair in pairs.items()}},
        roots=(*layers, *roots),
        called={name: pair.called for name, pair in pairs.items()},
    )
