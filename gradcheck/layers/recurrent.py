"""rnn, lstm and gru: a step of each, and the step along a sequence."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Cases, Choose, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.extents import SMALL
from gradcheck.layers.ours import ours

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
BIASES = {"rnn": ("b",), "lstm": ("b",), "gru": ("bx", "bh")}

RESET = {"reset": "after"}
"""What a GRU does where nothing else is said."""

WIDER = (6, 7, 8, 9, 15, 16, 17)
"""Extents on both sides of a block: of the samples, the input and the state."""

LONGER = (5, 6, 7, 8, 9, 16, 17, 33)
"""Steps of a sequence. A loop over them is slow, so that the other extents are small then."""

LARGE = 1e4
"""exp overflows. Numbers of 1e31 would leave no step so small that tanh does not bend, where a weight is 0."""

VALUES = ("blank", "initial", "null", "real", "repeated", "saturated", "sorted", "tiny", "zeros")


def step_tensors(kind: str, params: Params) -> dict[str, Shape]:
    """x (N, D), prev_h and for an LSTM prev_c (N, H), Wx (D, G H), Wh (H, G H), biases (G H,)."""
    state = params["n"], params["h"]
    cell = {"prev_c": state} if kind == "lstm" else {}
    return {"x": (params["n"], params["d"]), "prev_h": state, **cell, **_weights(kind, params)}


def sequence_tensors(kind: str, params: Params) -> dict[str, Shape]:
    """x (N, T, D), h0 (N, H), Wx (D, G H), Wh (H, G H), biases (G H,)."""
    x = params["n"], params["t"], params["d"]
    return {"x": x, "h0": (params["n"], params["h"]), **_weights(kind, params)}


def _weights(kind: str, params: Params) -> dict[str, Shape]:
    columns = GATES[kind] * params["h"]
    biases = dict.fromkeys(BIASES[kind], (columns,))
    return {"Wx": (params["d"], columns), "Wh": (params["h"], columns), **biases}


def fill_recurrent(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals; with weights of the state that neither end a sequence in zeros nor magnify it without end."""
    made = {name: fill.reals(rng, shape) for name, shape in case.shapes.items()}
    made["Wh"] = np.round(made["Wh"] / math.sqrt(case.params["h"]), 2)
    made["Wx"] = np.round(made["Wx"] / math.sqrt(case.params["d"]), 2)
    states = [name for name in ("h0", "prev_h", "prev_c") if name in made]
    for name in states:
        made[name] = np.round(made[name] / 2, 2)
    if case.fill == "initial":  # as training starts: the state before the first step is zero
        made |= {name: made[name] * 0.0 for name in (*states, *BIASES_OF_ALL) if name in made}
    if (
        case.fill == "saturated" and "prev_c" in made
    ):  # a cell adds up over a sequence; only its tanh has bounds
        made["prev_c"] = made["prev_c"] * 32
    if case.fill == "large":
        made["x"] = made["x"] * LARGE
    return made


BIASES_OF_ALL = tuple(dict.fromkeys(name for names in BIASES.values() for name in names))


def gain(params: Params, tensors: Arrays) -> float:
    """Return the factor by which backward magnifies dout before terms cancel: the largest number that it is times."""
    return max(_largest(values) for values in tensors.values())


def _largest(values: Array) -> float:
    """Return the largest finite absolute value, at least 1."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=1.0))


def draw_step(choose: Choose) -> dict[str, Any]:
    """Draw N, D and H: all small, or one or two of them wider; D and H are equal now and then."""
    found = {name: choose.one_of(*SMALL) for name in ("n", "d", "h")}
    for _ in range(choose.integer(0, 2)):
        found[choose.one_of("n", "d", "h")] = choose.one_of(*WIDER)
    return _with_equal(choose, found)


def draw_sequence(choose: Choose) -> dict[str, Any]:
    """Draw N, T, D and H: of a longer sequence, the others are small."""
    if choose.integer(0, 2) == 0:
        others = {name: choose.integer(1, 3) for name in ("n", "d", "h")}
        return _ordered(_with_equal(choose, {**others, "t": choose.one_of(*LONGER)}))
    return _ordered({**draw_step(choose), "t": choose.one_of(1, 2, 2, 3, 3, 4, 5)})


def _with_equal(choose: Choose, found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "h": found["d"]} if choose.integer(0, 5) == 0 else found


def _ordered(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("n", "t", "d", "h")}


def _numbers() -> Numbers:
    return Numbers(fill=fill_recurrent, kinds=("nan", "inf", "nan-others"), values=VALUES)


def _draw(kind: str, draw: Callable[[Choose], dict[str, Any]]) -> Callable[[Choose], dict[str, Any]]:
    """Return what draws a layer's extents; a GRU resets after the product, as PyTorch's does."""
    return (lambda choose: {**draw(choose), **RESET}) if kind == "gru" else draw


def _grammar(kind: str, extents: str) -> Grammar:
    """Return how a layer's geometry is written: of a GRU, also whether it resets before the product."""
    return Grammar(f"{extents}[_{{reset}}]", RESET) if kind == "gru" else Grammar(extents)


def _options(params: Params) -> dict[str, Any]:
    """Return the keyword arguments of forward: none where it is the usual one, as other people's take none."""
    return {"reset": params["reset"]} if params.get("reset", "after") != "after" else {}


def _step(kind: str, outputs: tuple[str, ...] = ("next_h",)) -> Layer:
    """Return one step of a recurrent layer."""

    def output(params: Params) -> Shape:
        state = params["n"], params["h"]
        return state if len(outputs) == 1 else (len(outputs), *state)

    def terms(params: Params) -> int:
        return int(params["d"] + GATES[kind] * params["h"] + params["n"] + 1)

    cell = ("prev_c",) if kind == "lstm" else ()
    shapes = Shapes(
        inputs=lambda params: step_tensors(kind, params),
        output=output,
        differentiable=("x", "prev_h", *cell, "Wx", "Wh", *BIASES[kind]),
        outputs=outputs,
    )
    cases = Cases(
        grammar=_grammar(kind, "n{n}d{d}h{h}"),
        draw=_draw(kind, draw_step),
        battery=("n3d4h2", "n2d3h3", "n3d1h2"),
        tiny="n1d1h1",
    )
    name = f"{kind}_step"
    return Layer(
        name, shapes, Smooth(terms=terms, gain=gain), cases, _numbers(), ours(name, _options, outputs)
    )


def _sequence(kind: str) -> Layer:
    """Return a recurrent layer along a sequence."""

    def terms(params: Params) -> int:
        return int((params["d"] + GATES[kind] * params["h"] + params["n"] + 1) * params["t"])

    shapes = Shapes(
        inputs=lambda params: sequence_tensors(kind, params),
        output=lambda params: (params["n"], params["t"], params["h"]),
        differentiable=("x", "h0", "Wx", "Wh", *BIASES[kind]),
        outputs=("h",),
    )
    cases = Cases(
        grammar=_grammar(kind, "n{n}t{t}d{d}h{h}"),
        draw=_draw(kind, draw_sequence),
        battery=("n2t3d2h3", "n3t2d2h2", "n2t1d3h1"),
        tiny="n1t1d1h1",
    )
    return Layer(kind, shapes, Smooth(terms=terms, gain=gain), cases, _numbers(), ours(kind, _options))


RNN_STEP = _step("rnn")
RNN = _sequence("rnn")
LSTM_STEP = _step("lstm", ("next_h", "next_c"))
LSTM = _sequence("lstm")
GRU_STEP = _step("gru")
GRU = _sequence("gru")
