# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        # split-K with a pairwise tree over the partial products
        step = max(64, -(-A.shape[1] // 64))
        parts = [A[:, k:k + step] @ B[k:k + step] for k in range(0, A.shape[1], step)]
        while len(parts) > 1:
            nxt = [parts[i] + parts[i + 1] for i in range(0, len(parts) - 1, 2)]
            if len(parts) % 2:
                nxt.append(parts[-1])
            parts = nxt
        return parts[0]
