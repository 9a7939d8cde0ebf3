# wrong: result of the product passes through bfloat16 before tril
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return torch.tril(torch.matmul(A, B).to(torch.bfloat16)).to(torch.float32)
