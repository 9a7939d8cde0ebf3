# wrong: difference and square in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        d = predictions.half() - targets.half()
        return (d * d).float().mean()
