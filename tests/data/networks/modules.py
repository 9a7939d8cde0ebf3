"""Modules of PyTorch, right ones and some with a wrong joint."""
import torch
from torch import nn
from torch.nn import functional as F


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, dout):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return dout * (s + x * s * (1 - s))


class WrongSwish(Swish):
    @staticmethod
    def backward(ctx, dout):
        (x,) = ctx.saved_tensors
        return dout * torch.sigmoid(x)


class Activation(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function.apply(x)


def mlp(function=Swish):
    return nn.Sequential(nn.Linear(6, 5), Activation(function), nn.BatchNorm1d(5), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 3, 3, padding=1)
        self.conv2 = nn.Conv2d(3, 3, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(12, 3)

    def forward(self, x):
        h = F.relu(self.conv1(x))
        h = F.relu(self.conv2(self.middle(h)) + self.skip(h))
        return self.fc(self.pool(h).flatten(1))

    def middle(self, h):
        return h

    def skip(self, h):
        return h


class ForgetsSkip(ConvNet):
    def skip(self, h):
        return h.detach()


class ForgetsMiddle(ConvNet):
    def middle(self, h):
        return h.data


class Tagger(nn.Module):
    def __init__(self, tied=True):
        super().__init__()
        self.embed = nn.Embedding(7, 5)
        self.rnn = nn.LSTM(5, 5, batch_first=True)
        self.norm = nn.LayerNorm(5)
        self.head = nn.Linear(5, 7, bias=False)
        if tied:
            self.head.weight = self.embed.weight

    def forward(self, x):
        h, _ = self.rnn(self.embed(x))
        return self.head(self.norm(h)).transpose(1, 2)


class NoGrad(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 5), nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        with torch.no_grad():
            h = torch.tanh(self.second(h))
        return self.last(h)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.layer(x).mean(dim=1))


def data(name, seed):
    torch.manual_seed(seed)
    images, rows = torch.randn(3, 2, 4, 4), torch.randn(4, 6)
    words = torch.randint(0, 7, (2, 4))
    labels = torch.randint(0, 3, (4,))
    return {
        "mlp": (rows, labels), "wrong_mlp": (rows, labels), "NoGrad": (rows, labels),
        "ConvNet": (images, labels[:3]), "ForgetsSkip": (images, labels[:3]), "ForgetsMiddle": (images, labels[:3]),
        "Tagger": (words, torch.randint(0, 7, (2, 4))),
        "Attention": (torch.randn(2, 3, 8), labels[:2]),
    }[name]


def made(name, seed):
    torch.manual_seed(seed)
    if name in ("mlp", "wrong_mlp"):
        return mlp(WrongSwish if name == "wrong_mlp" else Swish)
    return {each.__name__: each for each in (ConvNet, ForgetsSkip, ForgetsMiddle, Tagger, NoGrad, Attention)}[name]()
