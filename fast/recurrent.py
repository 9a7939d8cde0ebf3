"""Recurrent layers: the input's share of all steps is one product, and so is each gradient of the weights.

Only what depends on the step before runs in a loop over the steps. A single step is a sequence of one. Inside, axes are
in the order (T, N, ...), so that a step's numbers are adjacent.
"""

from typing import Any, NamedTuple

import numpy as np

from .activations import logistic
from .arguments import Array, floating, ieee, shaped, widen

RESETS = ("after", "before")
"""Whether a GRU's reset gate multiplies what the candidate has of the state, or the state before that product."""


class RnnCache(NamedTuple):
    """The inputs (T, N, D), the states before and after each step (T + 1, N, H), the weights, and the dtype of x."""

    x: Array
    states: Array
    Wx: Array
    Wh: Array
    dtype: np.dtype[Any]


class LstmCache(NamedTuple):
    """As for the rnn, with the gates i, f, o, g (T, N, 4 H), and the cells (T + 1, N, H)."""

    x: Array
    states: Array
    Wx: Array
    Wh: Array
    dtype: np.dtype[Any]
    gates: Array
    cells: Array


class GruCache(NamedTuple):
    """As for the rnn, with the gates r, z, n (T, N, 3 H), and the state's share of the candidate (T, N, H)."""

    x: Array
    states: Array
    Wx: Array
    Wh: Array
    dtype: np.dtype[Any]
    gates: Array
    shares: Array
    reset: str


@ieee
def rnn_step_forward(x: Array, prev_h: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, RnnCache]:
    """Compute next_h = tanh(x Wx + prev_h Wh + b).

    Parameters
    ----------
    x : array (N, D)
    prev_h : array (N, H)
    Wx : array (D, H)
    Wh : array (H, H)
    b : array (H,)

    Returns
    -------
    next_h : array (N, H)
    cache : RnnCache

    Raises
    ------
    TypeError
        If the dtypes are not floating and the same.
    ValueError
        If the shapes do not fit.
    """
    x = floating("rnn_step", "x", x, "N, D")
    cache = _rnn("rnn_step", x[None], "prev_h", prev_h, Wx, Wh, b)
    return _result(cache.states[1], x.dtype), cache


@ieee
def rnn_step_backward(dnext_h: Array, cache: RnnCache) -> tuple[Array, Array, Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dnext_h : array (N, H)
        Gradient of next_h.
    cache : RnnCache
        From the forward pass.

    Returns
    -------
    dx, dprev_h, dWx, dWh, db : array
        Of the shapes of the arguments.

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dnext_h` is not that of the output.
    """
    dnext_h = _upstream("rnn_step", "dnext_h", dnext_h, cache.states.shape[1:], cache.dtype)
    dx, *others = _rnn_gradients(dnext_h[None], cache)
    return _results(cache.dtype, dx[0], *others)


@ieee
def rnn_forward(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, RnnCache]:
    """Compute h[:, t] = tanh(x[:, t] Wx + h[:, t - 1] Wh + b), where the state before the first step is h0.

    Parameters
    ----------
    x : array (N, T, D)
    h0 : array (N, H)
    Wx : array (D, H)
    Wh : array (H, H)
    b : array (H,)

    Returns
    -------
    h : array (N, T, H)
    cache : RnnCache

    Raises
    ------
    TypeError
        If the dtypes are not floating and the same.
    ValueError
        If the shapes do not fit.
    """
    x = floating("rnn", "x", x, "N, T, D")
    cache = _rnn("rnn", x.swapaxes(0, 1), "h0", h0, Wx, Wh, b)
    return _result(cache.states[1:].swapaxes(0, 1), x.dtype), cache


@ieee
def rnn_backward(dh: Array, cache: RnnCache) -> tuple[Array, Array, Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dh : array (N, T, H)
        Gradient of h.
    cache : RnnCache
        From the forward pass.

    Returns
    -------
    dx, dh0, dWx, dWh, db : array
        Of the shapes of the arguments.

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dh` is not that of the output.
    """
    dx, *others = _rnn_gradients(_of_sequence("rnn", dh, cache), cache)
    return _results(cache.dtype, dx.swapaxes(0, 1), *others)


@ieee
def lstm_step_forward(
    x: Array, prev_h: Array, prev_c: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, LstmCache]:
    """Compute next_c = f prev_c + i g and next_h = o tanh(next_c).

    i, f, o = sigmoid(...) and g = tanh(...) of the four blocks of x Wx + prev_h Wh + b, in this order.

    Parameters
    ----------
    x : array (N, D)
    prev_h, prev_c : array (N, H)
    Wx : array (D, 4 H)
    Wh : array (H, 4 H)
    b : array (4 H,)

    Returns
    -------
    next_h, next_c : array (N, H)
    cache : LstmCache

    Raises
    ------
    TypeError
        If the dtypes are not floating and the same.
    ValueError
        If the shapes do not fit.
    """
    x = floating("lstm_step", "x", x, "N, D")
    cache = _lstm("lstm_step", x[None], "prev_h", prev_h, prev_c, Wx, Wh, b)
    return _result(cache.states[1], x.dtype), _result(cache.cells[1], x.dtype), cache


@ieee
def lstm_step_backward(
    dnext_h: Array, dnext_c: Array, cache: LstmCache
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dnext_h, dnext_c : array (N, H)
        Gradients of next_h and next_c.
    cache : LstmCache
        From the forward pass.

    Returns
    -------
    dx, dprev_h, dprev_c, dWx, dWh, db : array
        Of the shapes of the arguments.

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dnext_h` or `dnext_c` is not that of its output.
    """
    shape = cache.states.shape[1:]
    dnext_h = _upstream("lstm_step", "dnext_h", dnext_h, shape, cache.dtype)
    dnext_c = _upstream("lstm_step", "dnext_c", dnext_c, shape, cache.dtype)
    dx, *others = _lstm_gradients(dnext_h[None], dnext_c, cache)
    return _results(cache.dtype, dx[0], *others)


@ieee
def lstm_forward(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, LstmCache]:
    """Compute the states of an LSTM after each step; the cell before the first one is zero.

    Parameters
    ----------
    x : array (N, T, D)
    h0 : array (N, H)
    Wx : array (D, 4 H)
    Wh : array (H, 4 H)
    b : array (4 H,)

    Returns
    -------
    h : array (N, T, H)
    cache : LstmCache

    Raises
    ------
    TypeError
        If the dtypes are not floating and the same.
    ValueError
        If the shapes do not fit.
    """
    x = floating("lstm", "x", x, "N, T, D")
    cache = _lstm("lstm", x.swapaxes(0, 1), "h0", h0, None, Wx, Wh, b)
    return _result(cache.states[1:].swapaxes(0, 1), x.dtype), cache


@ieee
def lstm_backward(dh: Array, cache: LstmCache) -> tuple[Array, Array, Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dh : array (N, T, H)
        Gradient of h.
    cache : LstmCache
        From the forward pass.

    Returns
    -------
    dx, dh0, dWx, dWh, db : array
        Of the shapes of the arguments.

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dh` is not that of the output.
    """
    dh = _of_sequence("lstm", dh, cache)
    dx, dh0, _, *others = _lstm_gradients(dh, np.zeros(cache.cells.shape[1:], dh.dtype), cache)
    return _results(cache.dtype, dx.swapaxes(0, 1), dh0, *others)


@ieee
def gru_step_forward(
    x: Array, prev_h: Array, Wx: Array, Wh: Array, bx: Array, bh: Array, *, reset: str = "after"
) -> tuple[Array, GruCache]:
    """Compute next_h = (1 - z) n + z prev_h, as PyTorch's GRUCell defines it.

    Of the three blocks of p = x Wx + bx and q = prev_h Wh + bh, r, z = sigmoid(p + q) and n = tanh(p + r q).

    Parameters
    ----------
    x : array (N, D)
    prev_h : array (N, H)
    Wx : array (D, 3 H)
    Wh : array (H, 3 H)
    bx, bh : array (3 H,)
    reset : {"after", "before"}
        Whether the reset gate multiplies the state's share of the candidate, or the state that this is made of.

    Returns
    -------
    next_h : array (N, H)
    cache : GruCache

    Raises
    ------
    TypeError
        If the dtypes are not floating and the same.
    ValueError
        If the shapes do not fit, or `reset` is another word.
    """
    x = floating("gru_step", "x", x, "N, D")
    cache = _gru("gru_step", x[None], "prev_h", prev_h, Wx, Wh, bx, bh, reset)
    return _result(cache.states[1], x.dtype), cache


@ieee
def gru_step_backward(dnext_h: Array, cache: GruCache) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dnext_h : array (N, H)
        Gradient of next_h.
    cache : GruCache
        From the forward pass.

    Returns
    -------
    dx, dprev_h, dWx, dWh, dbx, dbh : array
        Of the shapes of the arguments.

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dnext_h` is not that of the output.
    """
    dnext_h = _upstream("gru_step", "dnext_h", dnext_h, cache.states.shape[1:], cache.dtype)
    dx, *others = _gru_gradients(dnext_h[None], cache)
    return _results(cache.dtype, dx[0], *others)


@ieee
def gru_forward(
    x: Array, h0: Array, Wx: Array, Wh: Array, bx: Array, bh: Array, *, reset: str = "after"
) -> tuple[Array, GruCache]:
    """Compute the states of a GRU after each step.

    Parameters
    ----------
    x : array (N, T, D)
    h0 : array (N, H)
    Wx : array (D, 3 H)
    Wh : array (H, 3 H)
    bx, bh : array (3 H,)
    reset : {"after", "before"}
        Whether the reset gate multiplies the state's share of the candidate, or the state that this is made of.

    Returns
    -------
    h : array (N, T, H)
    cache : GruCache

    Raises
    ------
    TypeError
        If the dtypes are not floating and the same.
    ValueError
        If the shapes do not fit, or `reset` is another word.
    """
    x = floating("gru", "x", x, "N, T, D")
    cache = _gru("gru", x.swapaxes(0, 1), "h0", h0, Wx, Wh, bx, bh, reset)
    return _result(cache.states[1:].swapaxes(0, 1), x.dtype), cache


@ieee
def gru_backward(dh: Array, cache: GruCache) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dh : array (N, T, H)
        Gradient of h.
    cache : GruCache
        From the forward pass.

    Returns
    -------
    dx, dh0, dWx, dWh, dbx, dbh : array
        Of the shapes of the arguments.

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dh` is not that of the output.
    """
    dx, *others = _gru_gradients(_of_sequence("gru", dh, cache), cache)
    return _results(cache.dtype, dx.swapaxes(0, 1), *others)


def _rnn(layer: str, x: Array, name: str, h0: Any, Wx: Any, Wh: Any, b: Any) -> RnnCache:
    Wx, Wh, b = _parameters(layer, x, Wx, Wh, 1, b=b)
    x, states = _begin(layer, x, name, h0, Wh)
    shares = x @ Wx + b
    for t, share in enumerate(shares):
        np.tanh(share + states[t] @ Wh, out=states[t + 1])
    return RnnCache(x, states, Wx, Wh, _dtype_of(h0))


def _rnn_gradients(dh: Array, cache: RnnCache) -> list[Array]:
    da = np.empty(dh.shape, dh.dtype)
    passed = np.zeros(dh.shape[1:], dh.dtype)
    for t in range(len(dh) - 1, -1, -1):
        after = cache.states[t + 1]
        da[t] = (dh[t] + passed) * (1 - after) * (1 + after)
        passed = da[t] @ cache.Wh.T
    dx, dWx, dWh, db = _shared(da, da, cache)
    return [dx, passed, dWx, dWh, db]


def _lstm(layer: str, x: Array, name: str, h0: Any, c0: Any, Wx: Any, Wh: Any, b: Any) -> LstmCache:
    Wx, Wh, b = _parameters(layer, x, Wx, Wh, 4, b=b)
    given, (x, states) = x, _begin(layer, x, name, h0, Wh)
    cells = np.zeros(states.shape, x.dtype)
    if c0 is not None:
        cells[0] = shaped(layer, "prev_c", c0, given, cells.shape[1:])
    H = len(Wh)
    gates = x @ Wx + b
    for t, gate in enumerate(gates):
        gate += states[t] @ Wh
        logistic(gate[:, : 3 * H], gate[:, : 3 * H])
        np.tanh(gate[:, 3 * H :], out=gate[:, 3 * H :])
        i, f, o, g = np.split(gate, 4, axis=1)
        cells[t + 1] = f * cells[t] + i * g
        states[t + 1] = o * np.tanh(cells[t + 1])
    return LstmCache(x, states, Wx, Wh, _dtype_of(h0), gates, cells)


def _lstm_gradients(dh: Array, dc: Array, cache: LstmCache) -> list[Array]:
    da = np.empty(cache.gates.shape, dh.dtype)
    passed = np.zeros(dh.shape[1:], dh.dtype)
    for t in range(len(dh) - 1, -1, -1):
        i, f, o, g = np.split(cache.gates[t], 4, axis=1)
        squashed = np.tanh(cache.cells[t + 1])
        here = dh[t] + passed
        dc = dc + here * o * (1 - squashed) * (1 + squashed)
        parts = (
            dc * g * i * (1 - i),
            dc * cache.cells[t] * f * (1 - f),
            here * squashed * o * (1 - o),
            dc * i * (1 - g) * (1 + g),
        )
        np.concatenate(parts, axis=1, out=da[t])
        passed, dc = da[t] @ cache.Wh.T, dc * f
    dx, dWx, dWh, db = _shared(da, da, cache)
    return [dx, passed, dc, dWx, dWh, db]


def _gru(
    layer: str, x: Array, name: str, h0: Any, Wx: Any, Wh: Any, bx: Any, bh: Any, reset: str
) -> GruCache:
    if reset not in RESETS:
        raise ValueError(f"{layer}: reset must be one of {', '.join(RESETS)}, and is {reset!r}")
    Wx, Wh, bx, bh = _parameters(layer, x, Wx, Wh, 3, bx=bx, bh=bh)
    x, states = _begin(layer, x, name, h0, Wh)
    H = len(Wh)
    gates = x @ Wx + bx
    shares = np.empty((*gates.shape[:2], H), x.dtype)
    for t, gate in enumerate(gates):
        q = states[t] @ Wh + bh
        gate[:, : 2 * H] += q[:, : 2 * H]
        logistic(gate[:, : 2 * H], gate[:, : 2 * H])
        r, z, n = np.split(gate, 3, axis=1)
        if reset == "before":
            shares[t] = (r * states[t]) @ Wh[:, 2 * H :] + bh[2 * H :]
            np.tanh(n + shares[t], out=n)
        else:
            shares[t] = q[:, 2 * H :]
            np.tanh(n + r * shares[t], out=n)
        states[t + 1] = (1 - z) * n + z * states[t]
    return GruCache(x, states, Wx, Wh, _dtype_of(h0), gates, shares, reset)


def _gru_gradients(dh: Array, cache: GruCache) -> list[Array]:
    if cache.reset == "before":
        return _gru_gradients_before(dh, cache)
    dp, dq = np.empty(cache.gates.shape, dh.dtype), np.empty(cache.gates.shape, dh.dtype)
    passed = np.zeros(dh.shape[1:], dh.dtype)
    for t in range(len(dh) - 1, -1, -1):
        r, z, n = np.split(cache.gates[t], 3, axis=1)
        here = dh[t] + passed
        candidate = here * (1 - z) * (1 - n) * (1 + n)
        reset = candidate * cache.shares[t] * r * (1 - r)
        update = here * (cache.states[t] - n) * z * (1 - z)
        np.concatenate((reset, update, candidate), axis=1, out=dp[t])
        np.concatenate((reset, update, candidate * r), axis=1, out=dq[t])
        passed = dq[t] @ cache.Wh.T + here * z
    dx, dWx, dWh, dbx = _shared(dp, dq, cache)
    return [dx, passed, dWx, dWh, dbx, dq.sum(axis=(0, 1))]


def _gru_gradients_before(dh: Array, cache: GruCache) -> list[Array]:
    """Return the gradients of a GRU that resets the state itself: then both biases have the same."""
    H = len(cache.Wh)
    of_gates, of_candidate = cache.Wh[:, : 2 * H], cache.Wh[:, 2 * H :]
    da = np.empty(cache.gates.shape, dh.dtype)
    passed = np.zeros(dh.shape[1:], dh.dtype)
    for t in range(len(dh) - 1, -1, -1):
        r, z, n = np.split(cache.gates[t], 3, axis=1)
        here, state = dh[t] + passed, cache.states[t]
        da[t, :, 2 * H :] = here * (1 - z) * (1 - n) * (1 + n)
        kept = da[t, :, 2 * H :] @ of_candidate.T
        da[t, :, :H] = kept * state * r * (1 - r)
        da[t, :, H : 2 * H] = here * (state - n) * z * (1 - z)
        passed = da[t, :, : 2 * H] @ of_gates.T + kept * r + here * z
    dx, dWx, dWh, db = _shared(da, da, cache)
    reset_states = cache.gates[..., :H] * cache.states[:-1]
    dWh[:, 2 * H :] = np.tensordot(reset_states, da[..., 2 * H :], axes=((0, 1), (0, 1)))
    return [dx, passed, dWx, dWh, db, db.copy()]


def _shared(dp: Array, dq: Array, cache: RnnCache | LstmCache | GruCache) -> list[Array]:
    """Return dx, and the gradients of the weights and of the input's bias, summed over samples and steps.

    `dp` is the gradient of the input's share of what the gates are computed from, `dq` that of the state's.
    """
    p, q = dp.reshape(-1, dp.shape[2]), dq.reshape(-1, dq.shape[2])
    x, before = cache.x, cache.states[:-1]
    dWx = x.reshape(-1, x.shape[2]).T @ p
    dWh = before.reshape(-1, before.shape[2]).T @ q
    return [dp @ cache.Wx.T, dWx, dWh, p.sum(axis=0)]


def _parameters(layer: str, x: Array, Wx: Any, Wh: Any, gates: int, **biases: Any) -> list[Array]:
    """Return the weights and biases in the dtype to compute in; H is the number of rows of Wh."""
    found = floating(layer, "Wh", Wh, "H, H" if gates == 1 else f"H, {gates} H")
    columns = gates * len(found)
    named = {
        "Wx": shaped(layer, "Wx", Wx, x, (x.shape[2], columns)),
        "Wh": shaped(layer, "Wh", found, x, (len(found), columns)),
        **{name: shaped(layer, name, bias, x, (columns,)) for name, bias in biases.items()},
    }
    return [widen(each) for each in named.values()]


def _begin(layer: str, x: Array, name: str, h0: Any, Wh: Array) -> tuple[Array, Array]:
    """Return x in the dtype to compute in, and room for the states, of which the first is there."""
    start = shaped(layer, name, h0, x, (x.shape[1], len(Wh)))
    x = widen(np.ascontiguousarray(x))
    states = np.empty((len(x) + 1, *start.shape), x.dtype)
    states[0] = start
    return x, states


def _dtype_of(array: Any) -> np.dtype[Any]:
    """Return the dtype of an argument, in native byte order."""
    return np.asarray(array).dtype.newbyteorder("=")


def _upstream(layer: str, name: str, value: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an upstream gradient in the dtype to compute in; refuse a shape or dtype other than the output's."""
    array = floating(layer, name, value)
    if array.dtype != dtype:
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}, but x has {dtype}; expected the same")
    if array.shape != shape:
        raise ValueError(f"{layer}: {name} has shape {array.shape}; expected {shape}")
    return widen(array)


def _of_sequence(layer: str, dh: Any, cache: RnnCache | LstmCache | GruCache) -> Array:
    """Return the upstream gradient of a whole sequence, in the order (T, N, H)."""
    steps, samples, width = cache.states.shape
    return _upstream(layer, "dh", dh, (samples, steps - 1, width), cache.dtype).swapaxes(0, 1)


def _result(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return a copy in the dtype of x: the array itself may be part of the cache."""
    return np.array(array, dtype=dtype, order="C")


def _results(dtype: np.dtype[Any], *arrays: Array) -> tuple[Any, ...]:
    return tuple(_result(each, dtype) for each in arrays)
