# wrong: both distances in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.loss_fn = torch.nn.TripletMarginLoss(margin=margin)

    def forward(self, anchor, positive, negative):
        dp = (anchor - positive + 1e-6).norm(dim=1).half()
        dn = (anchor - negative + 1e-6).norm(dim=1).half()
        return (dp - dn + self.loss_fn.margin).clamp(min=0).float().mean()
