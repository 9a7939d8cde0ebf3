"""Attention as classes: with queries, keys, values and a mask, and of one tensor without a projection."""

import numpy as np


class MultiHeadAttention:
    def __init__(self, embed_dim, n_heads, seed=0):
        rng = np.random.RandomState(seed)
        self.h = n_heads
        self.d = embed_dim // n_heads
        self.params = {}
        for name in ("q", "k", "v", "o"):
            self.params["W_" + name] = rng.uniform(-0.1, 0.1, (embed_dim, embed_dim))
            self.params["b_" + name] = np.zeros(embed_dim)
        self.grads = {}

    def _proj(self, x, name):
        return np.einsum("bti,oi->bto", x, self.params["W_" + name]) + self.params["b_" + name]

    def forward(self, q, k, v, mask=None):
        p = self.params
        B, S, E = q.shape
        T = k.shape[1]
        qh = self._proj(q, "q").reshape(B, S, self.h, self.d)
        kh = self._proj(k, "k").reshape(B, T, self.h, self.d)
        vh = self._proj(v, "v").reshape(B, T, self.h, self.d)
        s = np.einsum("bshd,bthd->bhst", qh, kh) * self.d**-0.5
        if mask is not None:
            s = np.where(mask == 0, -1e9, s)
        w = np.exp(s - s.max(-1, keepdims=True))
        w /= w.sum(-1, keepdims=True)
        ctx = np.einsum("bhst,bthd->bshd", w, vh).reshape(B, S, E)
        self.cache = q, k, v, qh, kh, vh, w, ctx
        return ctx @ p["W_o"].T + p["b_o"]

    def backward(self, dout):
        q, k, v, qh, kh, vh, w, ctx = self.cache
        p, g = self.params, self.grads
        B, S, E = q.shape
        g["W_o"] = np.einsum("bso,bsi->oi", dout, ctx)
        g["b_o"] = dout.sum((0, 1))
        dctx = (dout @ p["W_o"]).reshape(B, S, self.h, self.d)
        dw = np.einsum("bshd,bthd->bhst", dctx, vh)
        dvh = np.einsum("bhst,bshd->bthd", w, dctx)
        ds = w * (dw - np.einsum("bhst,bhst->bhs", dw, w)[..., None])
        ds *= self.d**-0.5
        dqh = np.einsum("bhst,bthd->bshd", ds, kh)
        dkh = np.einsum("bhst,bshd->bthd", ds, qh)
        out = []
        for name, x, d in (("q", q, dqh), ("k", k, dkh), ("v", v, dvh)):
            d = d.reshape(B, -1, E)
            g["W_" + name] = np.einsum("bto,bti->oi", d, x)
            g["b_" + name] = d.sum((0, 1))
            out.append(d @ p["W_" + name])
        return tuple(out)


class SelfAttention:
    def __init__(self, dim):
        self.W_Q = np.random.rand(dim, dim)
        self.W_K = np.random.rand(dim, dim)
        self.W_V = np.random.rand(dim, dim)

    def forward(self, X):
        self.X = X
        self.Q, self.K, self.V = X @ self.W_Q, X @ self.W_K, X @ self.W_V
        S = self.Q @ self.K.transpose(0, 2, 1) / np.sqrt(self.Q.shape[-1])
        S = np.exp(S - S.max(2, keepdims=True))
        self.A = S / S.sum(2, keepdims=True)
        return self.A @ self.V

    def backward(self, dZ):
        dV = self.A.transpose(0, 2, 1) @ dZ
        dA = dZ @ self.V.transpose(0, 2, 1)
        dS = self.A * (dA - np.sum(dA * self.A, axis=2, keepdims=True))
        dS = dS / np.sqrt(self.Q.shape[-1])
        dQ, dK = dS @ self.K, dS.transpose(0, 2, 1) @ self.Q
        self.dW_Q = np.einsum("ntd,nte->de", self.X, dQ)
        self.dW_K = np.einsum("ntd,nte->de", self.X, dK)
        self.dW_V = np.einsum("ntd,nte->de", self.X, dV)
        return dQ @ self.W_Q.T + dK @ self.W_K.T + dV @ self.W_V.T
