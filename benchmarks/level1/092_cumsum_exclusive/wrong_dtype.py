# wrong: inclusive float16 sum minus x
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        run = torch.zeros_like(x.select(self.dim, 0)).half()
        out = []
        for i in range(x.shape[self.dim]):
            out.append(run.float())
            run = run + x.select(self.dim, i).half()
        return torch.stack(out, self.dim)
