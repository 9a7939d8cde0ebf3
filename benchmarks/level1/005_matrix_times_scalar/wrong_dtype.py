# wrong: the product is rounded to float16 on the way
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, s):
        return (A.half() * s).float()
