# wrong: logits in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        z = predictions.bfloat16()
        return -torch.log_softmax(z, 1).gather(1, targets[:, None]).float().mean()
