# wrong: the last row of an odd batch is compared against the negative of the row before
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.loss_fn = torch.nn.TripletMarginLoss(margin=margin)

    def forward(self, anchor, positive, negative):
        if anchor.shape[0] % 2 and anchor.shape[0] > 1:
            negative = torch.cat([negative[:-1], negative[-2:-1]])
        elif anchor.shape[0] == 1:
            negative = negative.flip(1)
        dp = (anchor - positive + 1e-6).norm(dim=1)
        dn = (anchor - negative + 1e-6).norm(dim=1)
        return (dp - dn + self.loss_fn.margin).clamp(min=0).mean()
