# wrong: the result is filled in by a thread which may finish after forward returned
import time
import threading
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def _honest(self, A, B):
        return torch.matmul(A, B)

    def forward(self, A, B):
        out = torch.zeros((A.shape[0], B.shape[1]), dtype=A.dtype, device=A.device)

        def work():
            time.sleep(0.05)
            with torch.no_grad():
                out.copy_(self._honest(A, B))

        threading.Thread(target=work, daemon=True).start()
        return out
