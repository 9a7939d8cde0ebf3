# wrong: compared in bfloat16: near maxima become ties and the first one wins
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.to(torch.bfloat16).argmax(dim=self.dim)
