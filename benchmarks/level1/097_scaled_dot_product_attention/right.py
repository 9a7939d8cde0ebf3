# right
import math
import torch
import torch.nn as nn


BLOCK = 64


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, Q, K, V):
        # online softmax over blocks of keys
        scale = 1.0 / math.sqrt(Q.shape[-1])
        m = torch.full_like(Q[..., :1], torch.finfo(Q.dtype).min).detach()
        s = torch.zeros_like(m)
        acc = torch.zeros(*Q.shape[:-1], V.shape[-1], dtype=Q.dtype, device=Q.device)
        for j in range(0, K.shape[-2], BLOCK):
            z = torch.matmul(Q, K[..., j:j + BLOCK, :].transpose(-1, -2)) * scale
            new = torch.maximum(m, z.amax(-1, keepdim=True)).detach()
            old = torch.exp(m - new)
            p = torch.exp(z - new)
            s = s * old + p.sum(-1, keepdim=True)
            acc = acc * old + torch.matmul(p, V[..., j:j + BLOCK, :])
            m = new
        return acc / s
