"""Recurrent layers: a step from one state to the next, and the same step along a sequence.

A step of each kind computes (Elman 1990; Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000;
Cho et al. 2014 in the form of PyTorch)::

    rnn    h' = tanh(x Wx + h Wh + b)

    lstm   a = x Wx + h Wh + b, four blocks of H columns in the order i, f, o, g
           i, f, o = sigmoid(ai), sigmoid(af), sigmoid(ao)        g = tanh(ag)
           c' = f c + i g        h' = o tanh(c')

    gru    p = x Wx + bx and q = h Wh + bh, three blocks of H columns each in the order r, z, n
           r, z = sigmoid(pr + qr), sigmoid(pz + qz)        n = tanh(pn + r qn)
           h' = (1 - z) n + z h
           with reset="before" (Cho et al. 2014), qn = (r h) Whn + bhn        n = tanh(pn + qn)

Along a sequence, the same weights serve every step. So their gradients are summed over the steps, and the gradient of
a state has two parts: what arrives at the output of that step, and what the next step passes back.
"""

from typing import NamedTuple

import numpy as np

from .arguments import Array, expect_axes, expect_shape, floating, quiet


class RnnStepCache(NamedTuple):
    """What `rnn_step_backward` needs: the arguments, and the new state."""

    x: Array
    prev_h: Array
    Wx: Array
    Wh: Array
    next_h: Array


class LstmStepCache(NamedTuple):
    """What `lstm_step_backward` needs: the arguments, the gates, and the new cell."""

    x: Array
    prev_h: Array
    prev_c: Array
    Wx: Array
    Wh: Array
    i: Array
    f: Array
    o: Array
    g: Array
    next_c: Array


class GruStepCache(NamedTuple):
    """What `gru_step_backward` needs: the arguments, the gates, and the state's share qn of the candidate n."""

    x: Array
    prev_h: Array
    Wx: Array
    Wh: Array
    r: Array
    z: Array
    n: Array
    qn: Array
    reset: str


class RnnCache(NamedTuple):
    """What `rnn_backward` needs: the weights, the number of samples, and the cache of each step."""

    Wx: Array
    Wh: Array
    samples: int
    steps: list[RnnStepCache]


class LstmCache(NamedTuple):
    """What `lstm_backward` needs: the weights, the number of samples, and the cache of each step."""

    Wx: Array
    Wh: Array
    samples: int
    steps: list[LstmStepCache]


class GruCache(NamedTuple):
    """What `gru_backward` needs: the weights, the number of samples, and the cache of each step."""

    Wx: Array
    Wh: Array
    samples: int
    steps: list[GruStepCache]


@quiet
def rnn_step_forward(x: Array, prev_h: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, RnnStepCache]:
    """Compute ``next_h = tanh(x Wx + prev_h Wh + b)``.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        Input of this step.
    prev_h : ndarray, shape (N, H)
        State before it.
    Wx : ndarray, shape (D, H)
        Weights of the input.
    Wh : ndarray, shape (H, H)
        Weights of the state.
    b : ndarray, shape (H,)
        Bias.

    Returns
    -------
    next_h : ndarray, shape (N, H)
        State after this step.
    cache : RnnStepCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit.

    """
    x = _input("rnn_step", x, "N, D")
    Wx, Wh, b = _weights("rnn_step", x, Wx, Wh, b=b, gates=1)
    prev_h = _state("rnn_step", "prev_h", prev_h, x, Wh)
    next_h = np.zeros(prev_h.shape, x.dtype)
    for n in range(len(x)):
        next_h[n] = np.tanh(x[n] @ Wx + prev_h[n] @ Wh + b)
    return next_h, RnnStepCache(x, prev_h, Wx, Wh, next_h.copy())


@quiet
def rnn_step_backward(dnext_h: Array, cache: RnnStepCache) -> tuple[Array, Array, Array, Array, Array]:
    """Compute the gradients of `rnn_step_forward`; ``da = dnext_h (1 - next_h^2)`` is that of tanh's argument.

    Parameters
    ----------
    dnext_h : ndarray, shape (N, H)
        Upstream gradient.
    cache : RnnStepCache
        From the forward pass.

    Returns
    -------
    dx, dprev_h, dWx, dWh, db : ndarray
        Of the shapes of x, prev_h, Wx, Wh and b.

    Raises
    ------
    TypeError, ValueError
        If dnext_h has not the dtype or the shape of next_h.

    """
    x, prev_h, Wx, Wh, next_h = cache
    dnext_h = _upstream("rnn_step", "dnext_h", dnext_h, next_h)
    dx, dprev_h, dWx, dWh = _zeros(x), _zeros(prev_h), _zeros(Wx), _zeros(Wh)
    db = np.zeros(Wh.shape[1], x.dtype)
    for n in range(len(x)):
        da = dnext_h[n] * (1 - next_h[n] ** 2)
        dx[n] = Wx @ da
        dprev_h[n] = Wh @ da
        dWx += np.outer(x[n], da)
        dWh += np.outer(prev_h[n], da)
        db += da
    return dx, dprev_h, dWx, dWh, db


@quiet
def rnn_forward(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, RnnCache]:
    """Run `rnn_step_forward` along a sequence: the state after each step is the state before the next.

    Parameters
    ----------
    x : ndarray, shape (N, T, D)
        Inputs of all steps.
    h0 : ndarray, shape (N, H)
        State before the first.
    Wx, Wh, b : ndarray, shapes (D, H), (H, H) and (H,)
        Weights and bias, the same ones in every step.

    Returns
    -------
    h : ndarray, shape (N, T, H)
        State after each step.
    cache : RnnCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit.

    """
    x = _input("rnn", x, "N, T, D")
    Wx, Wh, b = _weights("rnn", x, Wx, Wh, b=b, gates=1)
    h0 = _state("rnn", "h0", h0, x, Wh)
    N, T, _ = x.shape
    h = np.zeros((N, T, Wh.shape[0]), x.dtype)
    prev_h = h0
    steps = []
    for t in range(T):
        next_h, step = rnn_step_forward(x[:, t], prev_h, Wx, Wh, b)
        h[:, t] = next_h
        prev_h = next_h
        steps.append(step)
    return h, RnnCache(Wx, Wh, N, steps)


@quiet
def rnn_backward(dh: Array, cache: RnnCache) -> tuple[Array, Array, Array, Array, Array]:
    """Compute the gradients of `rnn_forward`, from the last step to the first.

    Parameters
    ----------
    dh : ndarray, shape (N, T, H)
        Upstream gradient of every step's output.
    cache : RnnCache
        From the forward pass.

    Returns
    -------
    dx, dh0, dWx, dWh, db : ndarray
        Of the shapes of x, h0, Wx, Wh and b.

    Raises
    ------
    TypeError, ValueError
        If dh has not the dtype or the shape of h.

    """
    Wx, Wh, N, steps = cache
    T, D, H = len(steps), Wx.shape[0], Wh.shape[0]
    dh = _sequence("rnn", dh, (N, T, H), Wx)
    dx, dWx, dWh = np.zeros((N, T, D), Wx.dtype), _zeros(Wx), _zeros(Wh)
    db = np.zeros(Wh.shape[1], Wx.dtype)
    dprev_h = np.zeros((N, H), Wx.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dx_t, dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, steps[t])
        dx[:, t] = dx_t
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db


@quiet
def lstm_step_forward(
    x: Array, prev_h: Array, prev_c: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, LstmStepCache]:
    """Compute ``next_c = f prev_c + i g`` and ``next_h = o tanh(next_c)``; the columns of the weights are i, f, o, g.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        Input of this step.
    prev_h, prev_c : ndarray, shape (N, H)
        State and cell before it.
    Wx : ndarray, shape (D, 4 H)
        Weights of the input.
    Wh : ndarray, shape (H, 4 H)
        Weights of the state.
    b : ndarray, shape (4 H,)
        Bias.

    Returns
    -------
    next_h, next_c : ndarray, shape (N, H)
        State and cell after this step.
    cache : LstmStepCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit.

    """
    x = _input("lstm_step", x, "N, D")
    Wx, Wh, b = _weights("lstm_step", x, Wx, Wh, b=b, gates=4)
    prev_h = _state("lstm_step", "prev_h", prev_h, x, Wh)
    prev_c = _state("lstm_step", "prev_c", prev_c, x, Wh)
    H = Wh.shape[0]
    i, f, o, g, next_h, next_c = (np.zeros(prev_h.shape, x.dtype) for _ in range(6))
    for n in range(len(x)):
        a = x[n] @ Wx + prev_h[n] @ Wh + b
        i[n] = _sigmoid(a[:H])
        f[n] = _sigmoid(a[H : 2 * H])
        o[n] = _sigmoid(a[2 * H : 3 * H])
        g[n] = np.tanh(a[3 * H :])
        next_c[n] = f[n] * prev_c[n] + i[n] * g[n]
        next_h[n] = o[n] * np.tanh(next_c[n])
    return next_h, next_c, LstmStepCache(x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c.copy())


@quiet
def lstm_step_backward(
    dnext_h: Array, dnext_c: Array, cache: LstmStepCache
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Compute the gradients of `lstm_step_forward`.

    next_c has two ways to the loss, its own and the one through next_h. So its gradient is
    ``dc = dnext_c + dnext_h o (1 - tanh(next_c)^2)``.

    Parameters
    ----------
    dnext_h, dnext_c : ndarray, shape (N, H)
        Upstream gradients.
    cache : LstmStepCache
        From the forward pass.

    Returns
    -------
    dx, dprev_h, dprev_c, dWx, dWh, db : ndarray
        Of the shapes of x, prev_h, prev_c, Wx, Wh and b.

    Raises
    ------
    TypeError, ValueError
        If dnext_h or dnext_c has not the dtype or the shape of its output.

    """
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    dnext_h = _upstream("lstm_step", "dnext_h", dnext_h, next_c)
    dnext_c = _upstream("lstm_step", "dnext_c", dnext_c, next_c)
    dx, dprev_h, dprev_c = _zeros(x), _zeros(prev_h), _zeros(prev_c)
    dWx, dWh, db = _zeros(Wx), _zeros(Wh), np.zeros(Wh.shape[1], x.dtype)
    for n in range(len(x)):
        tanh_c = np.tanh(next_c[n])
        do = dnext_h[n] * tanh_c
        dc = dnext_c[n] + dnext_h[n] * o[n] * (1 - tanh_c**2)
        df = dc * prev_c[n]
        di = dc * g[n]
        dg = dc * i[n]
        dai = di * i[n] * (1 - i[n])
        daf = df * f[n] * (1 - f[n])
        dao = do * o[n] * (1 - o[n])
        dag = dg * (1 - g[n] ** 2)
        da = np.concatenate([dai, daf, dao, dag])
        dx[n] = Wx @ da
        dprev_h[n] = Wh @ da
        dprev_c[n] = dc * f[n]
        dWx += np.outer(x[n], da)
        dWh += np.outer(prev_h[n], da)
        db += da
    return dx, dprev_h, dprev_c, dWx, dWh, db


@quiet
def lstm_forward(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, LstmCache]:
    """Run `lstm_step_forward` along a sequence; the cell before the first step is zero.

    Parameters
    ----------
    x : ndarray, shape (N, T, D)
        Inputs of all steps.
    h0 : ndarray, shape (N, H)
        State before the first.
    Wx, Wh, b : ndarray, shapes (D, 4 H), (H, 4 H) and (4 H,)
        Weights and bias, the same ones in every step.

    Returns
    -------
    h : ndarray, shape (N, T, H)
        State after each step.
    cache : LstmCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit.

    """
    x = _input("lstm", x, "N, T, D")
    Wx, Wh, b = _weights("lstm", x, Wx, Wh, b=b, gates=4)
    h0 = _state("lstm", "h0", h0, x, Wh)
    N, T, _ = x.shape
    h = np.zeros((N, T, Wh.shape[0]), x.dtype)
    prev_h = h0
    prev_c = np.zeros(h0.shape, x.dtype)
    steps = []
    for t in range(T):
        next_h, next_c, step = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = next_h
        prev_h = next_h
        prev_c = next_c
        steps.append(step)
    return h, LstmCache(Wx, Wh, N, steps)


@quiet
def lstm_backward(dh: Array, cache: LstmCache) -> tuple[Array, Array, Array, Array, Array]:
    """Compute the gradients of `lstm_forward`, from the last step to the first.

    The cell after the last step is no output: its gradient is zero. Between steps, it is what the next one passes back.

    Parameters
    ----------
    dh : ndarray, shape (N, T, H)
        Upstream gradient of every step's output.
    cache : LstmCache
        From the forward pass.

    Returns
    -------
    dx, dh0, dWx, dWh, db : ndarray
        Of the shapes of x, h0, Wx, Wh and b.

    Raises
    ------
    TypeError, ValueError
        If dh has not the dtype or the shape of h.

    """
    Wx, Wh, N, steps = cache
    T, D, H = len(steps), Wx.shape[0], Wh.shape[0]
    dh = _sequence("lstm", dh, (N, T, H), Wx)
    dx, dWx, dWh = np.zeros((N, T, D), Wx.dtype), _zeros(Wx), _zeros(Wh)
    db = np.zeros(Wh.shape[1], Wx.dtype)
    dprev_h = np.zeros((N, H), Wx.dtype)
    dprev_c = np.zeros((N, H), Wx.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dx_t, dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dnext_h, dprev_c, steps[t])
        dx[:, t] = dx_t
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db


@quiet
def gru_step_forward(
    x: Array, prev_h: Array, Wx: Array, Wh: Array, bx: Array, bh: Array, *, reset: str = "after"
) -> tuple[Array, GruStepCache]:
    """Compute ``next_h = (1 - z) n + z prev_h``; the columns of the weights are r, z, n.

    This is the definition of PyTorch's GRUCell (documentation of torch.nn.GRUCell): the reset gate multiplies the
    state's share of the candidate together with its bias, ``n = tanh(x Wxn + bxn + r (prev_h Whn + bhn))``. So the two
    biases are not interchangeable. Cho et al. 2014 reset the state before it is multiplied (``reset="before"``), and
    exchange z and 1 - z.
    PyTorch's weight_ih and weight_hh are the transposes of Wx and Wh, bias_ih and bias_hh are bx and bh.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        Input of this step.
    prev_h : ndarray, shape (N, H)
        State before it.
    Wx : ndarray, shape (D, 3 H)
        Weights of the input.
    Wh : ndarray, shape (H, 3 H)
        Weights of the state.
    bx, bh : ndarray, shape (3 H,)
        Biases of the input's share and of the state's.
    reset : str
        What the reset gate multiplies: the state's share of the candidate (``after`` the product with its weights), or
        the state (``before`` it).

    Returns
    -------
    next_h : ndarray, shape (N, H)
        State after this step.
    cache : GruStepCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit, or reset is neither.

    """
    _known_reset("gru_step", reset)
    x = _input("gru_step", x, "N, D")
    Wx, Wh, bx, bh = _weights("gru_step", x, Wx, Wh, bx=bx, bh=bh, gates=3)
    prev_h = _state("gru_step", "prev_h", prev_h, x, Wh)
    H = Wh.shape[0]
    r, z, n, qn, next_h = (np.zeros(prev_h.shape, x.dtype) for _ in range(5))
    for k in range(len(x)):
        p = x[k] @ Wx + bx
        q = prev_h[k] @ Wh + bh
        r[k] = _sigmoid(p[:H] + q[:H])
        z[k] = _sigmoid(p[H : 2 * H] + q[H : 2 * H])
        if reset == "before":
            qn[k] = (r[k] * prev_h[k]) @ Wh[:, 2 * H :] + bh[2 * H :]
            n[k] = np.tanh(p[2 * H :] + qn[k])
        else:
            qn[k] = q[2 * H :]
            n[k] = np.tanh(p[2 * H :] + r[k] * qn[k])
        next_h[k] = (1 - z[k]) * n[k] + z[k] * prev_h[k]
    return next_h, GruStepCache(x, prev_h, Wx, Wh, r, z, n, qn, reset)


@quiet
def gru_step_backward(dnext_h: Array, cache: GruStepCache) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Compute the gradients of `gru_step_forward`.

    prev_h reaches next_h on two ways: through all three blocks of q, and directly, multiplied by z.

    Parameters
    ----------
    dnext_h : ndarray, shape (N, H)
        Upstream gradient.
    cache : GruStepCache
        From the forward pass.

    Returns
    -------
    dx, dprev_h, dWx, dWh, dbx, dbh : ndarray
        Of the shapes of x, prev_h, Wx, Wh, bx and bh.

    Raises
    ------
    TypeError, ValueError
        If dnext_h has not the dtype or the shape of next_h.

    """
    x, prev_h, Wx, Wh, r, z, n, qn, reset = cache
    dnext_h = _upstream("gru_step", "dnext_h", dnext_h, prev_h)
    if reset == "before":
        return _reset_before_backward(dnext_h, cache)
    dx, dprev_h, dWx, dWh = _zeros(x), _zeros(prev_h), _zeros(Wx), _zeros(Wh)
    dbx, dbh = np.zeros(Wh.shape[1], x.dtype), np.zeros(Wh.shape[1], x.dtype)
    for k in range(len(x)):
        dn = dnext_h[k] * (1 - z[k])
        dz = dnext_h[k] * (prev_h[k] - n[k])
        dan = dn * (1 - n[k] ** 2)
        dr = dan * qn[k]
        dar = dr * r[k] * (1 - r[k])
        daz = dz * z[k] * (1 - z[k])
        dp = np.concatenate([dar, daz, dan])
        dq = np.concatenate([dar, daz, dan * r[k]])
        dx[k] = Wx @ dp
        dprev_h[k] = Wh @ dq + dnext_h[k] * z[k]
        dWx += np.outer(x[k], dp)
        dWh += np.outer(prev_h[k], dq)
        dbx += dp
        dbh += dq
    return dx, dprev_h, dWx, dWh, dbx, dbh


def _reset_before_backward(
    dnext_h: Array, cache: GruStepCache
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return the gradients of a step whose candidate is made of the state times the reset gate."""
    x, prev_h, Wx, Wh, r, z, n, _, _ = cache
    H = Wh.shape[0]
    dx, dprev_h, dWx, dWh = _zeros(x), _zeros(prev_h), _zeros(Wx), _zeros(Wh)
    db = np.zeros(Wh.shape[1], x.dtype)
    for k in range(len(x)):
        dan = dnext_h[k] * (1 - z[k]) * (1 - n[k] ** 2)
        dkept = Wh[:, 2 * H :] @ dan  # of r times the state
        dar = dkept * prev_h[k] * r[k] * (1 - r[k])
        daz = dnext_h[k] * (prev_h[k] - n[k]) * z[k] * (1 - z[k])
        dp = np.concatenate([dar, daz, dan])
        dx[k] = Wx @ dp
        dprev_h[k] = Wh[:, : 2 * H] @ dp[: 2 * H] + dkept * r[k] + dnext_h[k] * z[k]
        dWx += np.outer(x[k], dp)
        dWh[:, : 2 * H] += np.outer(prev_h[k], dp[: 2 * H])
        dWh[:, 2 * H :] += np.outer(r[k] * prev_h[k], dan)
        db += dp
    return dx, dprev_h, dWx, dWh, db, db.copy()


@quiet
def gru_forward(
    x: Array, h0: Array, Wx: Array, Wh: Array, bx: Array, bh: Array, *, reset: str = "after"
) -> tuple[Array, GruCache]:
    """Run `gru_step_forward` along a sequence: the state after each step is the state before the next.

    Parameters
    ----------
    x : ndarray, shape (N, T, D)
        Inputs of all steps.
    h0 : ndarray, shape (N, H)
        State before the first.
    Wx, Wh : ndarray, shapes (D, 3 H) and (H, 3 H)
        Weights, the same ones in every step.
    bx, bh : ndarray, shape (3 H,)
        Biases of the input's share and of the state's.
    reset : str
        What the reset gate multiplies, as in `gru_step_forward`.

    Returns
    -------
    h : ndarray, shape (N, T, H)
        State after each step.
    cache : GruCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit, or reset is unknown.

    """
    _known_reset("gru", reset)
    x = _input("gru", x, "N, T, D")
    Wx, Wh, bx, bh = _weights("gru", x, Wx, Wh, bx=bx, bh=bh, gates=3)
    h0 = _state("gru", "h0", h0, x, Wh)
    N, T, _ = x.shape
    h = np.zeros((N, T, Wh.shape[0]), x.dtype)
    prev_h = h0
    steps = []
    for t in range(T):
        next_h, step = gru_step_forward(x[:, t], prev_h, Wx, Wh, bx, bh, reset=reset)
        h[:, t] = next_h
        prev_h = next_h
        steps.append(step)
    return h, GruCache(Wx, Wh, N, steps)


@quiet
def gru_backward(dh: Array, cache: GruCache) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Compute the gradients of `gru_forward`, from the last step to the first.

    Parameters
    ----------
    dh : ndarray, shape (N, T, H)
        Upstream gradient of every step's output.
    cache : GruCache
        From the forward pass.

    Returns
    -------
    dx, dh0, dWx, dWh, dbx, dbh : ndarray
        Of the shapes of x, h0, Wx, Wh, bx and bh.

    Raises
    ------
    TypeError, ValueError
        If dh has not the dtype or the shape of h.

    """
    Wx, Wh, N, steps = cache
    T, D, H = len(steps), Wx.shape[0], Wh.shape[0]
    dh = _sequence("gru", dh, (N, T, H), Wx)
    dx, dWx, dWh = np.zeros((N, T, D), Wx.dtype), _zeros(Wx), _zeros(Wh)
    dbx, dbh = np.zeros(Wh.shape[1], Wx.dtype), np.zeros(Wh.shape[1], Wx.dtype)
    dprev_h = np.zeros((N, H), Wx.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dx_t, dprev_h, dWx_t, dWh_t, dbx_t, dbh_t = gru_step_backward(dnext_h, steps[t])
        dx[:, t] = dx_t
        dWx += dWx_t
        dWh += dWh_t
        dbx += dbx_t
        dbh += dbh_t
    return dx, dprev_h, dWx, dWh, dbx, dbh


def _sigmoid(a: Array) -> Array:
    """Return 1 / (1 + exp(-a)) as a tanh, which never overflows and is analytic."""
    return np.asarray((1 + np.tanh(a / 2)) / 2)


def _known_reset(layer: str, reset: str) -> None:
    """Raise ValueError unless a GRU knows what to reset."""
    if reset not in ("after", "before"):
        raise ValueError(f"{layer}: reset is {reset!r}; expected 'after' or 'before'")


def _input(layer: str, x: Array, axes: str) -> Array:
    x = floating(layer, "x", x)
    expect_axes(layer, "x", x, axes)
    return x


def _weights(layer: str, x: Array, Wx: Array, Wh: Array, *, gates: int, **biases: Array) -> list[Array]:
    """Return the weights and the biases: all have `gates` blocks of H columns, where H is the length of Wh."""
    Wx, Wh = floating(layer, "Wx", Wx, x.dtype), floating(layer, "Wh", Wh, x.dtype)
    expect_axes(layer, "Wh", Wh, "H, H" if gates == 1 else f"H, {gates} H")
    columns = gates * Wh.shape[0]
    expect_shape(layer, "Wh", Wh, (Wh.shape[0], columns))
    expect_shape(layer, "Wx", Wx, (x.shape[-1], columns))
    found = {name: floating(layer, name, bias, x.dtype) for name, bias in biases.items()}
    for name, bias in found.items():
        expect_shape(layer, name, bias, (columns,))
    return [Wx, Wh, *found.values()]


def _state(layer: str, name: str, state: Array, x: Array, Wh: Array) -> Array:
    state = floating(layer, name, state, x.dtype)
    expect_shape(layer, name, state, (len(x), Wh.shape[0]))
    return state


def _upstream(layer: str, name: str, gradient: Array, output: Array) -> Array:
    gradient = floating(layer, name, gradient, output.dtype)
    expect_shape(layer, name, gradient, output.shape)
    return gradient


def _sequence(layer: str, dh: Array, shape: tuple[int, ...], Wx: Array) -> Array:
    dh = floating(layer, "dh", dh, Wx.dtype)
    expect_shape(layer, "dh", dh, shape)
    return dh


def _zeros(array: Array) -> Array:
    """Return zeros of an array's shape and dtype, in C order whatever its own."""
    return np.zeros(array.shape, array.dtype)
