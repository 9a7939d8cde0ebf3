# wrong: logarithms in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        t, p = targets, predictions
        d = torch.log(t.bfloat16()) - torch.log(p.bfloat16())
        return (t * d.float()).sum() / p.shape[0]
