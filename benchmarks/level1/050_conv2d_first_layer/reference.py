# level 1, problem 50: conv2d first layer
import torch
import torch.nn as nn


BATCH = 256
IN_CH = 3
SIZE = 224
NUM_CLASSES = 1000


class Model(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, kernel_size=11, stride=4, padding=2)

    def forward(self, x):
        return self.conv1(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, SIZE, SIZE)]


def get_init_inputs():
    return [NUM_CLASSES]
