"""The same, written another way: the input gate is called u, and the cache is a dict."""

import numpy as np
def _s(v): return .5 * (1 + np.tanh(.5 * v))
def _soft(v):
    v = np.exp(v - v.max(axis=0, keepdims=True))
    return v / np.sum(v, axis=0, keepdims=True)
def lstm_cell_forward(x_t, a_prev, c_prev, params):
    z = np.vstack([a_prev, x_t])
    gu = _s(params["Wu"] @ z + params["bu"])
    gf = _s(params["Wf"] @ z + params["bf"])
    go = _s(params["Wo"] @ z + params["bo"])
    cand = np.tanh(params["Wc"] @ z + params["bc"])
    c = gu * cand + gf * c_prev
    a = go * np.tanh(c)
    return a, c, _soft(params["Wy"] @ a + params["by"]), {"z": z, "g": (gu, gf, go, cand), "c": c, "c_prev": c_prev, "p": params}
def lstm_cell_backward(da, dc, cache):
    gu, gf, go, cand = cache["g"]
    p = cache["p"]
    t = np.tanh(cache["c"])
    dcc = dc + da * go * (1 - t * t)
    raw = {"o": da * t * go * (1 - go), "u": dcc * cand * gu * (1 - gu), "f": dcc * cache["c_prev"] * gf * (1 - gf), "c": dcc * gu * (1 - cand ** 2)}
    n_a = da.shape[0]
    dz = sum(p["W" + k].T @ raw[k] for k in raw)
    out = {"dxt": dz[n_a:], "da_prev": dz[:n_a], "dc_prev": dcc * gf}
    for k in raw:
        out["dW" + k] = raw[k] @ cache["z"].T
        out["db" + k] = raw[k].sum(1, keepdims=True)
    return out
def lstm_forward(x, a0, params):
    a, c = a0, np.zeros_like(a0)
    A, C, Y, caches = [], [], [], []
    for t in range(x.shape[2]):
        a, c, y, k = lstm_cell_forward(x[..., t], a, c, params)
        A.append(a); C.append(c); Y.append(y); caches.append(k)
    return np.stack(A, -1), np.stack(Y, -1), np.stack(C, -1), caches
def lstm_backward(da, caches):
    T = da.shape[-1]
    dan = np.zeros_like(da[..., 0]); dcn = np.zeros_like(dan)
    g = None; dxs = [None] * T
    for t in range(T - 1, -1, -1):
        r = lstm_cell_backward(da[..., t] + dan, dcn, caches[t])
        dan, dcn = r["da_prev"], r["dc_prev"]
        dxs[t] = r["dxt"]
        w = {k: v for k, v in r.items() if k[1] in "Wb"}
        g = w if g is None else {k: g[k] + w[k] for k in g}
    return {"dx": np.stack(dxs, -1), "da0": dan, **g}
