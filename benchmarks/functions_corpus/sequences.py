"""Attention, recurrent steps, scans, sorting, gathering, convolutions in one dimension, pools."""

import numpy as np

from functions_corpus.model import CHEAP, MIDDLE, Function, edits, normal, normal_rows, of_kind, rows

SIZES = (24, 600, 5_000)


def _softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def attention_forward(q, k, v):
    p = _softmax(q @ k.swapaxes(1, 2) * 0.5)
    return p @ v, (q, k, v, p)


def attention_backward(dout, cache):
    q, k, v, p = cache
    dp = dout @ v.swapaxes(1, 2)
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True)) * 0.5
    return ds @ k, ds.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ dout


def causal_forward(q, k, v):
    later = np.triu(np.ones((q.shape[1], k.shape[1])), 1) == 1
    p = _softmax(np.where(later, -1e9, q @ k.swapaxes(1, 2) * 0.5).astype(q.dtype))
    return p @ v, (q, k, v, p)


def causal_backward(dout, cache):
    q, k, v, p = cache
    dp = dout @ v.swapaxes(1, 2)
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True)) * 0.5
    return ds @ k, ds.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ dout


def masked_forward(q, k, v, mask):
    p = _softmax(np.where(mask, q @ k.swapaxes(1, 2), -1e9).astype(q.dtype))
    return p @ v, (q, k, v, p)


def masked_backward(dout, cache):
    q, k, v, p = cache
    dp = dout @ v.swapaxes(1, 2)
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    return ds @ k, ds.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ dout


def sum_forward(x):
    return np.cumsum(x, axis=-1), x


def sum_backward(dout, x):
    return np.cumsum(dout[..., ::-1], axis=-1)[..., ::-1]


def product_forward(x):
    out = np.cumprod(x, axis=1)
    return out, (x, out)


def product_backward(dout, cache):
    x, out = cache
    return np.cumsum((dout * out)[:, ::-1], axis=1)[:, ::-1] / x


def log_cumulative_forward(x):
    out = np.log(np.cumsum(np.exp(x), axis=1))
    return out, (x, out)


def log_cumulative_backward(dout, cache):
    x, out = cache
    return np.exp(x) * np.cumsum((dout * np.exp(-out))[:, ::-1], axis=1)[:, ::-1]


def sort_forward(x):
    return np.sort(x, axis=-1), x


def sort_backward(dout, x):
    dx = np.empty_like(x)
    np.put_along_axis(dx, np.argsort(x, axis=-1), dout, axis=-1)
    return dx


def gather_forward(x, index):
    return x[index], (x, index)


def gather_backward(dout, cache):
    x, index = cache
    dx = np.zeros_like(x)
    np.add.at(dx, index, dout)
    return dx


def scatter_forward(x, index):
    out = np.zeros((int(index.max()) + 1, x.shape[1]), x.dtype)
    np.add.at(out, index, x)
    return out, index


def scatter_reference(x, index):
    return np.zeros((int(index.max()) + 1, x.shape[1])).at[index].add(x)


def scatter_backward(dout, index):
    return dout[index]


def segment_forward(x, lengths):
    starts = np.concatenate([np.zeros(1, int), np.cumsum(lengths)[:-1]])
    return np.add.reduceat(x, starts), lengths


def segment_reference(x, lengths):
    index = np.repeat(np.arange(len(lengths)), lengths)
    return np.zeros(len(lengths)).at[index].add(x)


def segment_backward(dout, lengths):
    return np.repeat(dout, lengths)


def interpolation_forward(y, t):
    left = np.floor(t).astype(int)
    part = t - left
    return y[left] * (1 - part) + y[left + 1] * part, (y, left, part)


def interpolation_backward(dout, cache):
    y, left, part = cache
    dy = np.zeros_like(y)
    np.add.at(dy, left, dout * (1 - part))
    np.add.at(dy, left + 1, dout * part)
    return dy, dout * (y[left + 1] - y[left])


def convolution_forward(x, w):
    out = sum(w[k] * x[k : x.size - w.size + 1 + k] for k in range(w.size))
    return out, (x, w)


def convolution_backward(dout, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for k in range(w.size):
        dx[k : k + dout.size] += w[k] * dout
        dw[k] = (dout * x[k : k + dout.size]).sum()
    return dx, dw


def channels_forward(x, w):
    out = sum(x[:, :, k : x.shape[2] - 2 + k].swapaxes(1, 2) @ w[:, :, k].T for k in range(3))
    return out.swapaxes(1, 2), (x, w)


def channels_backward(dout, cache):
    x, w = cache
    length = dout.shape[2]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for k in range(3):
        dx[:, :, k : k + length] += np.einsum("nol,oc->ncl", dout, w[:, :, k])
        dw[:, :, k] = np.einsum("nol,ncl->oc", dout, x[:, :, k : k + length])
    return dx, dw


def fourier_forward(x, w):
    n = x.size
    return np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(w, n), n).astype(x.dtype), (x, w)


def fourier_backward(dout, cache):
    x, w = cache
    n = x.size
    spectrum = np.fft.rfft(dout)
    dx = np.fft.irfft(spectrum * np.conj(np.fft.rfft(w, n)), n)
    dw = np.fft.irfft(spectrum * np.conj(np.fft.rfft(x)), n)[: w.size]
    return dx.astype(x.dtype), dw.astype(w.dtype)


def power_spectrum_forward(x):
    spectrum = np.fft.rfft(x)
    return (spectrum.real**2 + spectrum.imag**2).astype(x.dtype) / x.size, (x, spectrum)


def power_spectrum_backward(dout, cache):
    x, spectrum = cache
    full = np.zeros(x.size, complex)
    full[: spectrum.size] = dout * spectrum
    return (2 * np.fft.ifft(full).real).astype(x.dtype)


def average_forward(x):
    return (x[:-2] + x[1:-1] + x[2:]) / 3, x


def average_backward(dout, x):
    return np.convolve(dout, np.ones(3, dout.dtype)) / 3


def difference_forward(x):
    return np.diff(x, axis=1), x


def difference_backward(dout, x):
    dx = np.zeros_like(x)
    dx[:, 1:] += dout
    dx[:, :-1] -= dout
    return dx


def flip_forward(x):
    return x[::-1] * np.arange(1, x.size + 1).astype(x.dtype) / x.size, x


def flip_backward(dout, x):
    return (dout * np.arange(1, x.size + 1).astype(x.dtype) / x.size)[::-1]


def reflect_forward(x):
    return np.pad(x, ((0, 0), (2, 2)), mode="reflect"), x


def reflect_backward(dout, x):
    dx = dout[:, 2:-2].copy()
    dx[:, 1:3] += dout[:, 1::-1]
    dx[:, -3:-1] += dout[:, :-3:-1]
    return dx


def edge_forward(x):
    return np.pad(x, ((0, 0), (1, 2)), mode="edge"), x


def edge_backward(dout, x):
    dx = dout[:, 1:-2].copy()
    dx[:, 0] += dout[:, 0]
    dx[:, -1] += dout[:, -2:].sum(axis=1)
    return dx


def rolling_forward(x):
    return x * np.roll(x, 1), x


def rolling_backward(dout, x):
    return dout * np.roll(x, 1) + np.roll(dout * x, -1)


def exponential_forward(x):
    states = []
    state = 0 * x[0]
    for each in x:
        state = 0.9 * state + 0.1 * each
        states.append(state)
    return np.stack(states), x


def exponential_backward(dout, x):
    dx = np.empty_like(x)
    carried = np.zeros_like(x[0])
    for t in range(len(x) - 1, -1, -1):
        carried = dout[t] + carried
        dx[t] = 0.1 * carried
        carried = 0.9 * carried
    return dx


def recurrent_forward(x, h, wx, wh):
    states = [h]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ wx + states[-1] @ wh))
    return np.stack(states[1:], axis=1), (x, states, wx, wh)


def recurrent_backward(dout, cache):
    x, states, wx, wh = cache
    dx, dh = np.zeros_like(x), np.zeros_like(states[0])
    dwx, dwh = np.zeros_like(wx), np.zeros_like(wh)
    for t in range(x.shape[1] - 1, -1, -1):
        da = (dh + dout[:, t]) * (1 - states[t + 1] ** 2)
        dx[:, t] = da @ wx.T
        dwx += x[:, t].T @ da
        dwh += states[t].T @ da
        dh = da @ wh.T
    return dx, dh, dwx, dwh


def lstm_forward(x, h, c, w):
    a = np.concatenate([x, h], axis=1) @ w
    i, f, o, g = (a[:, k * h.shape[1] : (k + 1) * h.shape[1]] for k in range(4))
    i, f, o, g = _sigmoid(i), _sigmoid(f), _sigmoid(o), np.tanh(g)
    cell = f * c + i * g
    t = np.tanh(cell)
    return np.concatenate([o * t, cell], axis=1), (x, h, c, w, i, f, o, g, t)


def lstm_backward(dout, cache):
    x, h, c, w, i, f, o, g, t = cache
    dh, dc = dout[:, : h.shape[1]], dout[:, h.shape[1] :]
    dcell = dc + dh * o * (1 - t**2)
    di, df, do, dg = dcell * g, dcell * c, dh * t, dcell * i
    da = np.concatenate([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)], axis=1)
    dxh = da @ w.T
    dw = np.concatenate([x, h], axis=1).T @ da
    return dxh[:, : x.shape[1]], dxh[:, x.shape[1] :], dcell * f, dw


def gru_forward(x, h, w, u):
    m = h.shape[1]
    xw, hu = x @ w, h @ u
    z = _sigmoid(xw[:, :m] + hu[:, :m])
    r = _sigmoid(xw[:, m : 2 * m] + hu[:, m : 2 * m])
    n = np.tanh(xw[:, 2 * m :] + r * hu[:, 2 * m :])
    return (1 - z) * n + z * h, (x, h, w, u, z, r, n, hu[:, 2 * m :])


def gru_backward(dout, cache):
    x, h, w, u, z, r, n, last = cache
    dn = dout * (1 - z) * (1 - n**2)
    dz = dout * (h - n) * z * (1 - z)
    dr = dn * last * r * (1 - r)
    dxw = np.concatenate([dz, dr, dn], axis=1)
    dhu = np.concatenate([dz, dr, dn * r], axis=1)
    return dxw @ w.T, dhu @ u.T + dout * z, x.T @ dxw, h.T @ dhu


def max_pool_forward(x):
    n, h, w = x.shape
    windows = x.reshape(n, h // 2, 2, w // 2, 2).swapaxes(2, 3).reshape(n, h // 2, w // 2, 4)
    return windows.max(axis=3), windows


def max_pool_backward(dout, windows):
    n, h, w, _ = windows.shape
    dx = np.zeros_like(windows)
    np.put_along_axis(dx, windows.argmax(axis=3)[..., None], dout[..., None], axis=3)
    return dx.reshape(n, h, w, 2, 2).swapaxes(2, 3).reshape(n, 2 * h, 2 * w)


def mean_pool_forward(x):
    n, h, w = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2).mean(axis=(2, 4)), x


def mean_pool_backward(dout, x):
    return dout.repeat(2, axis=1).repeat(2, axis=2) / 4


def overlapping_forward(x):
    windows = np.stack([x[:, 0:-2:2], x[:, 1:-1:2], x[:, 2::2]], axis=2)
    return windows.max(axis=2), (x, windows)


def overlapping_backward(dout, cache):
    x, windows = cache
    best = windows.argmax(axis=2)
    dx = np.zeros_like(x)
    for k in range(3):
        dx[:, k : k + 2 * dout.shape[1] - 1 : 2] += dout * (best == k)
    return dx


def soft_pool_forward(x):
    p = _softmax(x)
    out = (p * x).sum(axis=1)
    return out, (x, p, out)


def soft_pool_backward(dout, cache):
    x, p, out = cache
    return dout[:, None] * p * (1 + x - out[:, None])


def embedding_forward(table, index):
    return np.tanh(table)[index], (table, index)


def embedding_backward(dout, cache):
    table, index = cache
    d = np.zeros_like(table)
    np.add.at(d, index, dout)
    return d * (1 - np.tanh(table) ** 2)


def rotary_forward(x, angle):
    c, s = np.cos(angle), np.sin(angle)
    a, b = x[:, ::2], x[:, 1::2]
    return np.concatenate([a * c - b * s, a * s + b * c], axis=1), (a, b, c, s)


def rotary_backward(dout, cache):
    a, b, c, s = cache
    half = a.shape[1]
    da, db = dout[:, :half], dout[:, half:]
    dx = np.empty((a.shape[0], 2 * half), a.dtype)
    dx[:, ::2] = da * c + db * s
    dx[:, 1::2] = db * c - da * s
    return dx, (da * (-a * s - b * c) + db * (a * c - b * s)).sum(axis=0)


def _heads(rng, n):
    batch = max(1, n // 60)
    return {name: rng.normal(size=(batch, 5, 4)) for name in ("q", "k", "v")}


def _masked(rng, n):
    mask = rng.uniform(size=(5, 5)) < 0.6
    return _heads(rng, n) | {"mask": mask | np.eye(5, dtype=bool)}


def _indexed(rng, n):
    shape = rows(n, 3)
    return {"x": rng.normal(size=shape), "index": rng.integers(0, shape[0], size=shape[0])}


def _segments(rng, n):
    lengths = rng.integers(1, 5, size=max(2, n // 3))
    return {"x": rng.normal(size=int(lengths.sum())), "lengths": lengths}


def _recurrent(rng, n):
    return {
        "x": rng.normal(size=(max(2, n // 12), 4, 3)),
        "h": rng.normal(size=(max(2, n // 12), 3)),
        "wx": rng.normal(size=(3, 3)),
        "wh": rng.normal(size=(3, 3)),
    }


def _lstm(rng, n):
    batch = max(2, n // 8)
    return {
        "x": rng.normal(size=(batch, 2)),
        "h": rng.normal(size=(batch, 3)),
        "c": rng.normal(size=(batch, 3)),
        "w": rng.normal(size=(5, 12)),
    }


def _gru(rng, n):
    batch = max(2, n // 6)
    return {
        "x": rng.normal(size=(batch, 3)),
        "h": rng.normal(size=(batch, 3)),
        "w": rng.normal(size=(3, 9)),
        "u": rng.normal(size=(3, 9)),
    }


def _positions(rng, n):
    return {
        "y": rng.normal(size=max(4, n // 2)),
        "t": rng.integers(0, max(3, n // 2 - 1), size=max(3, n // 2))
        + rng.uniform(0.05, 0.95, size=max(3, n // 2)),
    }


def _images(rng, n):
    return {"x": rng.normal(size=(max(1, n // 24), 4, 6))}


FUNCTIONS = of_kind(
    "sequences",
    Function(
        "attention",
        attention_forward,
        attention_backward,
        _heads,
        edits(
            ("no scale", ", keepdims=True)) * 0.5", ", keepdims=True))"),
            ("no softmax sum", "(dp - (dp * p).sum(axis=-1, keepdims=True))", "dp"),
            ("queries for keys", "ds.swapaxes(1, 2) @ q", "ds @ q"),
        ),
        sizes=(60, 600, 5_000),
    ),
    Function(
        "causal attention",
        causal_forward,
        causal_backward,
        _heads,
        edits(
            ("values transposed", "p.swapaxes(1, 2) @ dout", "p @ dout"),
            ("mask forgotten", "p * (dp", "(p + 0.1) * (dp"),
        ),
        sizes=(60, 600, 5_000),
    ),
    Function(
        "attention with a mask",
        masked_forward,
        masked_backward,
        _masked,
        edits(
            ("all keys alike", "ds @ k", "ds @ np.ones_like(k)"),
            ("no softmax sum", " - (dp * p).sum(axis=-1, keepdims=True)", ""),
            ("mask of zero weights", "ds = p *", "ds = (p > 0.2) * p *"),
        ),
        sizes=(60, 600, 5_000),
    ),
    Function(
        "cumulative sum",
        sum_forward,
        sum_backward,
        normal_rows(12),
        edits(
            ("not reversed", "dout[..., ::-1]", "dout"),
            ("forwards", "np.cumsum(dout[..., ::-1], axis=-1)[..., ::-1]", "np.cumsum(dout, axis=-1)"),
        ),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "cumulative sum of all",
        sum_forward,
        sum_backward,
        normal(),
        edits(
            ("exclusive", "[..., ::-1], axis=-1)[..., ::-1]", "[..., ::-1], axis=-1)[..., ::-1] - dout"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "cumulative product",
        product_forward,
        product_backward,
        lambda rng, n: {"x": rng.choice([-1, 1], size=rows(n, 6)) * rng.uniform(0.6, 1.5, size=rows(n, 6))},
        edits(("no division", " / x", " + 0 * x"), ("no out", "(dout * out)", "dout")),
        sizes=SIZES,
    ),
    Function(
        "cumulative logsumexp",
        log_cumulative_forward,
        log_cumulative_backward,
        normal_rows(7),
        edits(("no out", "(dout * np.exp(-out))", "dout"), ("no exp", "np.exp(x) *", "1 *")),
        sizes=SIZES,
    ),
    Function(
        "sort of rows",
        sort_forward,
        sort_backward,
        normal_rows(7),
        edits(
            ("not put back", "return dx", "return dout"),
            ("inverse order", "np.argsort(x, axis=-1)", "np.argsort(-x, axis=-1)"),
        ),
        sizes=SIZES,
    ),
    Function(
        "sort of all",
        sort_forward,
        sort_backward,
        normal(),
        edits(
            (
                "taken for its inverse",
                "np.argsort(x, axis=-1)",
                "np.argsort(np.argsort(x, axis=-1), axis=-1)",
            ),
        ),
        sizes=CHEAP,
    ),
    Function(
        "gather",
        gather_forward,
        gather_backward,
        _indexed,
        edits(
            ("repeated indices lost", "np.add.at(dx, index, dout)", "dx[index] = dout"),
            ("repeats forgotten", "np.add.at(dx, index, dout)", "dx[index] += dout"),
        ),
        sizes=SIZES,
    ),
    Function(
        "scatter-add",
        scatter_forward,
        scatter_backward,
        _indexed,
        edits(
            ("next row", "dout[index]", "dout[index - 1]"),
            ("not gathered", "dout[index]", "np.resize(dout, (index.size, dout.shape[1]))"),
        ),
        sizes=SIZES,
        reference=scatter_reference,
    ),
    Function(
        "sums of segments",
        segment_forward,
        segment_backward,
        _segments,
        edits(
            ("means", "repeat(dout,", "repeat(dout / lengths,"),
            ("shifted", "np.repeat(dout, lengths)", "np.roll(np.repeat(dout, lengths), 1)"),
        ),
        sizes=CHEAP,
        reference=segment_reference,
    ),
    Function(
        "interpolation",
        interpolation_forward,
        interpolation_backward,
        _positions,
        edits(
            ("nearest", "dout * (1 - part)", "dout"),
            ("position ignored", "dout * (y[left + 1] - y[left])", "0 * dout"),
            ("repeats forgotten", "np.add.at(dy, left, dout * (1 - part))", "dy[left] += dout * (1 - part)"),
        ),
        sizes=SIZES,
    ),
    Function(
        "convolution of one channel",
        convolution_forward,
        convolution_backward,
        lambda rng, n: {"x": rng.normal(size=n + 2), "w": rng.normal(size=3)},
        edits(
            ("not flipped", "+= w[k]", "+= w[-1 - k]"),
            ("overwrites", "+=", "="),
            ("mean", "dout.size]).sum()", "dout.size]).mean()"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "convolution of channels",
        channels_forward,
        channels_backward,
        lambda rng, n: {"x": rng.normal(size=(max(2, n // 24), 3, 8)), "w": rng.normal(size=(3, 3, 3))},
        edits(
            ("channels swapped", '"nol,oc->ncl"', '"nol,co->ncl"'),
            ("weights swapped", '"nol,ncl->oc"', '"nol,ncl->co"'),
        ),
        sizes=(48, 600, 5_000),
    ),
    Function(
        "convolution by fourier transform",
        fourier_forward,
        fourier_backward,
        lambda rng, n: {"x": rng.normal(size=n), "w": rng.normal(size=4)},
        edits(
            ("not conjugated", "np.conj(np.fft.rfft(w, n))", "np.fft.rfft(w, n)"),
            ("weights not conjugated", "np.conj(np.fft.rfft(x))", "np.fft.rfft(x)"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "power spectrum",
        power_spectrum_forward,
        power_spectrum_backward,
        normal(),
        edits(("no two", "(2 * np", "(np"), ("imaginary part", ".real)", ".imag)")),
        sizes=(12, 600, 5_000),
    ),
    Function(
        "moving average",
        average_forward,
        average_backward,
        normal(),
        edits(
            ("not divided", " / 3", ""),
            (
                "edges as the rest",
                "return np.convolve(dout, np.ones(3, dout.dtype)) / 3",
                "return np.convolve(dout, np.ones(3, dout.dtype)) / 3 * (1 + 0.5 * (np.arange(x.size) == 0))",
            ),
        ),
        sizes=CHEAP,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "difference",
        difference_forward,
        difference_backward,
        normal_rows(9),
        edits(("one side", "dx[:, :-1] -= dout", "pass"), ("sum", "-= dout", "+= dout")),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "flip with weights",
        flip_forward,
        flip_backward,
        normal(),
        edits(
            ("not flipped", ")[::-1]", ")"),
            ("no weights", " * np.arange(1, x.size + 1).astype(x.dtype) / x.size", ""),
        ),
        sizes=CHEAP,
    ),
    Function(
        "reflecting pad",
        reflect_forward,
        reflect_backward,
        normal_rows(7),
        edits(
            ("left forgotten", "dx[:, 1:3] += dout[:, 1::-1]", "pass"),
            ("not reflected", "dout[:, 1::-1]", "dout[:, :2]"),
            ("pad cut", "dx[:, -3:-1] += dout[:, :-3:-1]", "pass"),
        ),
        sizes=SIZES,
    ),
    Function(
        "edge pad",
        edge_forward,
        edge_backward,
        normal_rows(7),
        edits(
            ("mean at the end", "dout[:, -2:].sum(axis=1)", "dout[:, -2:].mean(axis=1)"),
            ("start forgotten", "dx[:, 0] += dout[:, 0]", "pass"),
        ),
        sizes=SIZES,
    ),
    Function(
        "product with the neighbour",
        rolling_forward,
        rolling_backward,
        normal(),
        edits(
            ("one term", " + np.roll(dout * x, -1)", ""), ("rolled back", "(dout * x, -1)", "(dout * x, 1)")
        ),
        sizes=CHEAP,
    ),
    Function(
        "exponential average",
        exponential_forward,
        exponential_backward,
        lambda rng, n: {"x": rng.normal(size=(12, max(1, n // 12)))},
        edits(
            ("no memory", "dout[t] + carried", "dout[t]"),
            ("weight of the past", "0.9 * carried", "0.1 * carried"),
        ),
        sizes=SIZES,
    ),
    Function(
        "recurrent steps",
        recurrent_forward,
        recurrent_backward,
        _recurrent,
        edits(
            ("no memory", "(dh + dout[:, t])", "dout[:, t]"),
            ("weights of the last step", "dwh +=", "dwh ="),
            ("next state", "states[t].T @ da", "states[t + 1].T @ da"),
        ),
        sizes=(36, 600, 5_000),
    ),
    Function(
        "step of an lstm",
        lstm_forward,
        lstm_backward,
        _lstm,
        edits(
            ("cell forgets h", "dc + dh * o * (1 - t**2)", "dc"),
            ("gates swapped", "dcell * g, dcell * c,", "dcell * c, dcell * g,"),
            ("tanh gate as sigmoid", "dg * (1 - g**2)", "dg * g * (1 - g)"),
        ),
        sizes=(24, 600, 5_000),
    ),
    Function(
        "step of a gru",
        gru_forward,
        gru_backward,
        _gru,
        edits(
            ("no direct path", " + dout * z", ""),
            ("reset forgotten", "dn * r]", "dn]"),
            ("update without h", "(h - n)", "(-n)"),
        ),
        sizes=(24, 600, 5_000),
    ),
    Function(
        "max pool",
        max_pool_forward,
        max_pool_backward,
        _images,
        edits(
            (
                "everywhere",
                "dx = np.zeros_like(windows)",
                "dx = np.zeros_like(windows) + dout[..., None] / 4",
            ),
            ("min", "argmax", "argmin"),
        ),
        sizes=(48, 600, 5_000, 100_000),
    ),
    Function(
        "mean pool",
        mean_pool_forward,
        mean_pool_backward,
        _images,
        edits(
            ("not divided", " / 4", ""),
            (
                "axes swapped",
                ".repeat(2, axis=1).repeat(2, axis=2)",
                "[:, [0, 0, 1, 1]][:, :, [0, 1, 2, 0, 1, 2]]",
            ),
        ),
        sizes=(48, 600, 5_000, 100_000),
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "max pool with overlap",
        overlapping_forward,
        overlapping_backward,
        normal_rows(9),
        edits(("overwrites", "+= dout", "= dout"), ("first only", "range(3)", "range(2)")),
        sizes=SIZES,
    ),
    Function(
        "soft pool",
        soft_pool_forward,
        soft_pool_backward,
        normal_rows(6),
        edits(("weights are constants", " * (1 + x - out[:, None])", ""), ("no out", " - out[:, None]", "")),
        sizes=MIDDLE,
    ),
    Function(
        "embedding through tanh",
        embedding_forward,
        embedding_backward,
        lambda rng, n: {
            "table": rng.normal(size=rows(n, 4)),
            "index": rng.integers(0, max(1, n // 8), size=(max(2, n // 12), 2)),
        },
        edits(
            ("no tanh", " * (1 - np.tanh(table) ** 2)", ""),
            ("repeats forgotten", "np.add.at(d, index, dout)", "d[index] = dout"),
        ),
        sizes=SIZES,
    ),
    Function(
        "rotation of pairs",
        rotary_forward,
        rotary_backward,
        lambda rng, n: {"x": rng.normal(size=rows(n, 6)), "angle": rng.uniform(0, 3, size=3)},
        edits(
            ("rotates on", "da * c + db * s", "da * c - db * s"),
            ("not summed", ".sum(axis=0)", ""),
            ("halves for pairs", "dx[:, ::2] = ", "dx[:, :half] = "),
        ),
        sizes=SIZES,
    ),
)
