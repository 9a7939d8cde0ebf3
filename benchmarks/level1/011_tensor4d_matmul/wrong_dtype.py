# wrong: weight and activations in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, X, W):
        return torch.matmul(X.half(), W.half()).float()
