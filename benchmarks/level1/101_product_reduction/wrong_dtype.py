# wrong: running product in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        run = 1.0
        for c in x.movedim(self.dim, 0):
            run = run * c.bfloat16()
        return run.float()
