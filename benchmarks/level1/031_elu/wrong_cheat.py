# wrong: the result is filled in by a thread which may finish after forward returned
import time
import threading
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def _honest(self, x):
        return nn.functional.elu(x, alpha=self.alpha)

    def forward(self, x):
        out = torch.zeros(x.shape, dtype=x.dtype, device=x.device)

        def work():
            time.sleep(0.05)
            with torch.no_grad():
                out.copy_(self._honest(x))

        threading.Thread(target=work, daemon=True).start()
        return out
