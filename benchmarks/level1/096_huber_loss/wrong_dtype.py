# wrong: difference taken of bfloat16 values
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        return F.smooth_l1_loss(predictions.bfloat16().float(), targets.bfloat16().float())
