# wrong: relu6(x + 3) / 6 in float16
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return (F.relu6(x.half() + 3) / 6).float()
