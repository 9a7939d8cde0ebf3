"""Attention of one sample, queries (S, D) and keys (T, D): no batch."""

import numpy as np


def attention(Q, K, V):
    d = Q.shape[1]
    S = Q.dot(K.T) / d ** 0.5
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    return P.dot(V), P


def attention_backward(dO, Q, K, V, P):
    d = Q.shape[1]
    dV = P.T.dot(dO)
    dP = dO.dot(V.T)
    dS = P * (dP - (dP * P).sum(axis=1, keepdims=True)) / d ** 0.5
    return dS.dot(K), dS.T.dot(Q), dV
