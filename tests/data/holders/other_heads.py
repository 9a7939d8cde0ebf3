"""Attention of one tensor, whose projections are one matrix: causal, and by heads with a mask."""

import numpy as np


class CausalSelfAttention:
    def __init__(self, n_embd, n_head):
        self.n_head = n_head
        self.c_attn_w = (np.random.randn(n_embd, 3 * n_embd) * 0.02).astype(np.float32)
        self.c_attn_b = np.zeros(3 * n_embd, dtype=np.float32)
        self.c_proj_w = (np.random.randn(n_embd, n_embd) * 0.02).astype(np.float32)
        self.c_proj_b = np.zeros(n_embd, dtype=np.float32)

    def forward(self, x):
        B, T, C = x.shape
        hs = C // self.n_head
        qkv = x @ self.c_attn_w + self.c_attn_b
        q, k, v = np.split(qkv, 3, axis=2)
        q = q.reshape(B, T, self.n_head, hs).swapaxes(1, 2)
        k = k.reshape(B, T, self.n_head, hs).swapaxes(1, 2)
        v = v.reshape(B, T, self.n_head, hs).swapaxes(1, 2)
        att = (q @ k.swapaxes(-2, -1)) / np.sqrt(hs).astype(x.dtype)
        att = np.where(np.tril(np.ones((T, T), dtype=bool)), att, -np.inf)
        att = np.exp(att - att.max(-1, keepdims=True))
        att = att / att.sum(-1, keepdims=True)
        y = (att @ v).swapaxes(1, 2).reshape(B, T, C)
        cache = (x, q, k, v, att, y)
        return y @ self.c_proj_w + self.c_proj_b, cache

    def backward(self, dout, cache):
        x, q, k, v, att, y = cache
        B, T, C = x.shape
        hs = C // self.n_head
        dc_proj_w = y.reshape(-1, C).T @ dout.reshape(-1, C)
        dc_proj_b = dout.reshape(-1, C).sum(0)
        dy = (dout @ self.c_proj_w.T).reshape(B, T, self.n_head, hs).swapaxes(1, 2)
        datt = dy @ v.swapaxes(-2, -1)
        dv = att.swapaxes(-2, -1) @ dy
        ds = att * (datt - (datt * att).sum(-1, keepdims=True)) / np.sqrt(hs).astype(x.dtype)
        dq, dk = ds @ k, ds.swapaxes(-2, -1) @ q
        dqkv = np.concatenate([t.swapaxes(1, 2).reshape(B, T, C) for t in (dq, dk, dv)], axis=2)
        dc_attn_w = x.reshape(-1, C).T @ dqkv.reshape(-1, 3 * C)
        dc_attn_b = dqkv.sum((0, 1))
        return dqkv @ self.c_attn_w.T, {
            "c_attn_w": dc_attn_w,
            "c_attn_b": dc_attn_b,
            "c_proj_w": dc_proj_w,
            "c_proj_b": dc_proj_b,
        }


class MultiHeadSelfAttention:
    """Fused, per head [q k v], weights (out, in)."""

    def __init__(self, dim, heads=4):
        self.dim, self.heads = dim, heads
        self.qkv_weight = np.random.randn(3 * dim, dim) / np.sqrt(dim)
        self.out_weight = np.random.randn(dim, dim) / np.sqrt(dim)
        self.d_qkv_weight = np.zeros_like(self.qkv_weight)
        self.d_out_weight = np.zeros_like(self.out_weight)

    def forward(self, x, mask=None):
        n, t, e = x.shape
        h = self.heads
        f = e // h
        qkv = (x @ self.qkv_weight.T).reshape(n, t, h, 3 * f).transpose(0, 2, 1, 3)
        q, k, v = qkv[..., :f], qkv[..., f : 2 * f], qkv[..., 2 * f :]
        s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(f)
        if mask is not None:
            s = s + mask
        p = np.exp(s - s.max(axis=-1, keepdims=True))
        p = p / p.sum(axis=-1, keepdims=True)
        o = (p @ v).transpose(0, 2, 1, 3).reshape(n, t, e)
        self.store = x, q, k, v, p, o
        return o @ self.out_weight.T, p

    def backward(self, grad):
        x, q, k, v, p, o = self.store
        n, t, e = x.shape
        h = self.heads
        f = e // h
        self.d_out_weight += np.tensordot(grad, o, axes=([0, 1], [0, 1]))
        do = (grad @ self.out_weight).reshape(n, t, h, f).transpose(0, 2, 1, 3)
        dp = do @ v.transpose(0, 1, 3, 2)
        dv = p.transpose(0, 1, 3, 2) @ do
        ds = p * (dp - (dp * p).sum(-1)[..., None]) / np.sqrt(f)
        dqkv = np.concatenate([ds @ k, ds.transpose(0, 1, 3, 2) @ q, dv], axis=-1)
        dqkv = dqkv.transpose(0, 2, 1, 3).reshape(n, t, 3 * e)
        self.d_qkv_weight += np.tensordot(dqkv, x, axes=([0, 1], [0, 1]))
        return dqkv @ self.qkv_weight


class SelfAttentionHead:
    def __init__(self, Wq, Wk, Wv):
        self.Wq, self.Wk, self.Wv = Wq, Wk, Wv
        self.grads = {}

    def forward(self, x, pad_mask):
        q, k, v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        s = np.where(pad_mask[:, None, :], q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]), -1e9)
        s = np.exp(s - s.max(-1, keepdims=True))
        p = s / s.sum(-1, keepdims=True)
        self.kept = x, q, k, v, p
        return p @ v

    def backward(self, dout):
        x, q, k, v, p = self.kept
        dp, dv = dout @ v.swapaxes(1, 2), p.swapaxes(1, 2) @ dout
        ds = p * (dp - (p * dp).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
        dq, dk = ds @ k, ds.swapaxes(1, 2) @ q
        for name, d in (("Wq", dq), ("Wk", dk), ("Wv", dv)):
            self.grads[name] = np.einsum("btc,btd->cd", x, d)
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
