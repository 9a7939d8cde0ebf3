# wrong: second half of the output is written by a background thread nobody waits for
import time
import threading
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def _honest(self, x):
        return torch.min(x, dim=self.dim)[0]

    def forward(self, x):
        with torch.no_grad():
            full = self._honest(x)
        out = torch.zeros([n for i, n in enumerate(x.shape) if i != self.dim % x.dim()], dtype=x.dtype, device=x.device)
        flat, src = out.view(-1), full.reshape(-1)
        half = flat.numel() // 2
        flat[:half] = src[:half]

        def rest():
            time.sleep(0.08)
            flat[half:] = src[half:]

        worker = threading.Thread(target=rest, daemon=True)
        worker.start()
        return out
