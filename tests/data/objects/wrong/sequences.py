# wrong: Embedding.backward
"""A word that is there twice has the gradient of its last place only."""

import numpy as np


class RMSNorm:
    def __init__(self, dim, eps=1e-6):
        self.eps = eps
        self.gamma = np.ones(dim)
        self.dgamma = np.zeros(dim)

    def forward(self, x):
        self.x = x
        self.rms = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + self.eps)
        self.xhat = x / self.rms
        return self.gamma * self.xhat

    def backward(self, dout):
        self.dgamma = (dout * self.xhat).reshape(-1, dout.shape[-1]).sum(0)
        g = dout * self.gamma
        return (g - self.xhat * np.mean(g * self.xhat, axis=-1, keepdims=True)) / self.rms


class Embedding:
    def __init__(self, num_embeddings, embedding_dim):
        self.weight = np.random.randn(num_embeddings, embedding_dim)
        self.grad = np.zeros_like(self.weight)

    def forward(self, idx):
        self.idx = idx
        return self.weight[idx]

    def backward(self, dout):
        self.grad = np.zeros_like(self.weight)
        self.grad[self.idx] = dout
