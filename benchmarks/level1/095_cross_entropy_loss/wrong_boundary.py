# wrong: classes behind the last full 8 are masked out of the normaliser
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        n = max(predictions.shape[1] // 8 * 8, 1)
        lse = torch.logsumexp(predictions[:, :n], 1)
        return (lse - predictions.gather(1, targets[:, None])[:, 0]).mean()
