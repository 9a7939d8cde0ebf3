# level 1, problem 10: tensor3d matmul
import torch
import torch.nn as nn


N = 16
M = 1024
K = 2048
L = 768


class Model(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return torch.matmul(A, B)


def get_inputs():
    return [torch.randn(N, M, K), torch.randn(K, L)]


def get_init_inputs():
    return []
