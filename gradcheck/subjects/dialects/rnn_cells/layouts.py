"""How the course holds the layer's tensors: samples as columns, and a matrix for each gate in a dict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Malformed
from gradcheck.grammar import Params
from gradcheck.report import Finding
from gradcheck.subjects.dialects.adapter import FunctionPair, Value, habit

GATES = ("i", "f", "o", "c")
"""The gates in the order in which the layer's columns have them; the course calls the candidate c."""

CLASSES = 4
"""How many entries a prediction has."""

AXES = {2: ((1, 0), (1, 0)), 3: ((2, 0, 1), (1, 2, 0))}
"""Number of axes -> where they go, and where they come from: x (N, T, D) is (n_x, m, T_x)."""


def turned(values: Array) -> Array:
    """Return a tensor with its samples as columns; in C order, and read-only, where it is so now."""
    given = values.transpose(AXES[values.ndim][0])
    return _like(values, given) if values.flags.c_contiguous else given


def _like(values: Array, given: Array) -> Array:
    copy = np.array(given, order="C")
    copy.flags.writeable = values.flags.writeable
    return copy


def back(values: Array) -> Array:
    """Return a tensor in our layout, as a view."""
    return values.transpose(AXES[values.ndim][1])


def head(shape: tuple[int, int], like: Array) -> tuple[Array, Array]:
    """Return weights and a bias of the prediction: of each class one state, so that no sum of products is rounded."""
    weights, bias = np.zeros(shape, like.dtype), np.zeros((shape[0], 1), like.dtype)
    for place in range(shape[0]):
        weights[place, (2 * place + 1) % shape[1]] = (1.0, -2.0, 0.5)[place % 3]
        bias[place] = (place % 3 - 1) / 2
    return weights, bias


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a forward is passed, and how it reads in our layout.

    Attributes
    ----------
    arguments : tuple
        What is passed, by position.
    views : mapping
        The layer's tensors as views of what is passed, with the numbers that it holds now.
    weights, bias : ndarray
        Those of the prediction.
    """

    arguments: tuple[Any, ...]
    views: Arrays
    weights: Array
    bias: Array


def of_one_gate(tensors: Arrays, classes: int = CLASSES) -> tuple[dict[str, Array], Arrays]:
    """Return the dict of an RNN, and our tensors as views of it."""
    Wax, Waa = turned(tensors["Wx"]), turned(tensors["Wh"])
    bias = _like(tensors["b"], tensors["b"].reshape(-1, 1))
    Wya, by = head((classes, len(Waa)), Waa)
    parameters = {"Wax": Wax, "Waa": Waa, "Wya": Wya, "ba": bias, "by": by}
    return parameters, {"Wx": back(Wax), "Wh": back(Waa), "b": bias[:, 0]}


def of_four_gates(
    keys: tuple[str, ...], tensors: Arrays, classes: int = CLASSES
) -> tuple[dict[str, Array], Arrays]:
    """Return the dict of an LSTM, and our tensors as views of it: a gate's weights are [those of a, those of x]."""
    Wx, Wh, b = (tensors[name] for name in ("Wx", "Wh", "b"))
    H = len(Wh)
    every = np.array(np.concatenate([Wh.T, Wx.T], axis=1), order="C")
    bias = np.array(b.reshape(-1, 1), order="C")
    every.flags.writeable = Wx.flags.writeable and Wh.flags.writeable
    bias.flags.writeable = b.flags.writeable
    rows = [slice(place * H, (place + 1) * H) for place in range(len(keys))]
    parameters = {f"W{key}": every[each] for key, each in zip(keys, rows, strict=True)}
    parameters |= {f"b{key}": bias[each] for key, each in zip(keys, rows, strict=True)}
    Wy, by = head((classes, H), Wh)
    views = {"Wx": every[:, H:].T, "Wh": every[:, :H].T, "b": bias[:, 0]}
    return {**parameters, "Wy": Wy, "by": by}, views


Take = Callable[[str, tuple[int, ...]], Array]
"""The name of a gradient of the course, its shape -> the array. Raises SubjectError."""


def from_one_gate(take: Take, extents: Mapping[str, int]) -> Arrays:
    """Return the gradients of an RNN's weights in our layout."""
    d, h = extents["d"], extents["h"]
    return {
        "Wx": take("dWax", (h, d)).T,
        "Wh": take("dWaa", (h, h)).T,
        "b": take("dba", (h, 1)).reshape(-1),
    }


def from_four_gates(keys: tuple[str, ...], take: Take, extents: Mapping[str, int]) -> Arrays:
    """Return the gradients of an LSTM's weights in our layout."""
    d, h = extents["d"], extents["h"]
    weights = np.concatenate([take(f"dW{key}", (h, h + d)) for key in keys])
    bias = np.concatenate([take(f"db{key}", (h, 1)) for key in keys])
    return {"Wx": weights[:, h:].T, "Wh": weights[:, :h].T, "b": bias.reshape(-1)}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A layer of the course.

    Attributes
    ----------
    pair : FunctionPair
        Its two functions; what is passed for their parameters is written by `given`.
    states : mapping
        Our name of x and of each state -> the names under which its gradient may stand in the dict.
    outputs : tuple of str
        What forward returns that the layer has, before the prediction.
    prediction : str
        What the course calls the prediction.
    others : tuple of str
        What forward returns besides, which is not judged.
    weights : callable
        Tensors, how many classes the prediction has -> the dict, and our tensors as views of it.
    gradients : callable
        What takes a gradient of the course, extents -> the gradients of the weights in our layout.
    other_keys : Cell, optional
        The same with other keys in the dict.
    """

    pair: FunctionPair
    states: Mapping[str, tuple[str, ...]]
    outputs: tuple[str, ...]
    prediction: str
    others: tuple[str, ...] = ()
    weights: Callable[..., tuple[dict[str, Array], Arrays]]
    gradients: Callable[[Take, Mapping[str, int]], Arrays]
    note: Finding
    other_keys: "Cell | None" = None

    @property
    def is_sequence(self) -> bool:
        """Whether it runs along a sequence."""
        return "t" in self.pair.spec.cases.grammar.names

    @property
    def has_gates(self) -> bool:
        """Whether it is an LSTM."""
        return self.pair.layer.startswith("lstm")

    def given(self, tensors: Arrays, classes: int = CLASSES) -> Given:
        """Return what forward is passed."""
        states = {name: turned(tensors[name]) for name in self.states}
        parameters, views = self.weights(tensors, classes)
        ours = {name: back(values) for name, values in states.items()}
        return Given(
            arguments=(*states.values(), parameters),
            views={**ours, **views},
            weights=parameters["Wy" if self.has_gates else "Wya"],
            bias=parameters["by"],
        )


def shaped(name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """Return a result of the course as an array of its shape; a missing one is malformed."""
    if value is None:
        raise Malformed(f"{name} is not among the results")
    return array_of(name, value, shape)


def _state(name: str) -> Value:
    return lambda params, tensors: turned(tensors[name])


def _dict(weights: Callable[..., tuple[dict[str, Array], Arrays]]) -> Value:
    def written(params: Params, tensors: Arrays) -> dict[str, Array]:
        return weights(tensors)[0]

    return written


ONE_GATE = "dWx[d, h] is dWax[h, d], dWh[g, h] is dWaa[h, g], db[h] is dba[h, 0]"


def _four_gates(keys: tuple[str, ...]) -> str:
    listed = ", ".join(keys)
    return (
        f"of H states, columns k H to k H + H - 1 of dWx, dWh and db are gate k of {listed}: "
        "dWh[g, k H + h] is its dW[h, g], and dWx[d, k H + h] its dW[h, n_a + d]"
    )


def _cell(kind: str, is_sequence: bool, keys: tuple[str, ...] = ()) -> Cell:
    """Return a cell or a sequence; `keys` are the letters of the gates, none of an RNN."""
    weights = partial(of_four_gates, keys) if keys else of_one_gate
    x, x_key = ("x", "dx") if is_sequence else ("xt", "dxt")
    states: dict[str, tuple[str, ...]] = {"x": (x_key, "dx", "dxt")}
    passed: dict[str, Value] = {x: _state("x")}
    if is_sequence:
        states["h0"] = ("da0", "da_prev", "da_prevt")
        passed["a0"] = _state("h0")
    else:
        for name, letter in (("prev_h", "a"), *((("prev_c", "c"),) if keys else ())):
            states[name] = (f"d{letter}_prev", f"d{letter}_prevt")
            passed[f"{letter}_prev"] = _state(name)
    stem = kind if is_sequence else f"{kind}_cell"
    upstream = ("da", "dc")[: 2 if keys and not is_sequence else 1]
    pair = FunctionPair(
        layer=kind if is_sequence else f"{kind}_step",
        forward=f"{stem}_forward",
        backward=f"{stem}_backward",
        arguments={**passed, "parameters": _dict(weights)},
        back_arguments={**dict.fromkeys(upstream, "dout"), "caches" if is_sequence else "cache": "cache"},
    )
    axes = f"d{x}[d, n, t]" if is_sequence else f"d{x}[d, n]"
    ours = "dx[n, t, d]" if is_sequence else "dx[n, d]"
    matrices = _four_gates(keys) if keys else ONE_GATE
    return Cell(
        pair=pair,
        states=states,
        outputs=("a",) if is_sequence else ("a_next", "c_next")[: 2 if keys else 1],
        prediction=("y" if keys else "y_pred") if is_sequence else "yt_pred",
        others=("c",) if is_sequence and keys else (),
        weights=weights,
        gradients=partial(from_four_gates, keys) if keys else from_one_gate,
        note=habit(f"indices have samples first: {ours} is {axes}, {matrices}", check=""),
    )


def _lstm(is_sequence: bool) -> Cell:
    update = tuple("u" if key == "i" else key for key in GATES)
    found = _cell("lstm", is_sequence, GATES)
    return replace(found, other_keys=_cell("lstm", is_sequence, update))


CELLS = (_cell("rnn", False), _cell("rnn", True), _lstm(False), _lstm(True))
