"""Functions on PyTorch's tensors: with autograd for their backward, or with one of their own."""

import torch
from torch.nn import functional as F


def affine_forward(x, w, b):
    return x.flatten(1).mm(w) + b


def relu(x):
    return x.clamp(min=0)


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    out = F.conv2d(x, w, b, stride=stride, padding=pad)
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    dx = torch.nn.grad.conv2d_input(x.shape, w, dout, stride=stride, padding=pad)
    dw = torch.nn.grad.conv2d_weight(x, w.shape, dout, stride=stride, padding=pad)
    return dx, dw, dout.sum(dim=(0, 2, 3))


def layer_norm(x, gamma, beta):
    mean = x.mean(dim=-1, keepdim=True)
    centred = x - mean
    std = (centred.square().mean(dim=-1, keepdim=True) + 1e-6).sqrt()
    xhat = centred.div(std)
    return gamma * xhat + beta, (xhat, std, gamma)


def layer_norm_backward(dout, cache):
    xhat, std, gamma = cache
    dbeta = dout.sum(dim=0)
    dgamma = dout.mul(xhat).sum(dim=0)
    d = dout * gamma
    dx = (d - d.mean(dim=-1, keepdim=True) - xhat * d.mul(xhat).mean(dim=-1, keepdim=True)).div(std)
    return dx, dgamma, dbeta


def svm_loss(x, y):
    rows = torch.arange(len(x))
    margins = (x - x[rows, y].unsqueeze(1) + 1).clamp(min=0)
    margins[rows, y] = 0
    dx = (margins > 0).to(x.dtype)
    dx[rows, y] -= dx.sum(dim=1)
    return margins.sum() / len(x), dx / len(x)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean, running_var = bn_param["running_mean"], bn_param["running_var"]
    if bn_param["mode"] == "train":
        mean, var = x.mean(dim=0), x.var(dim=0, unbiased=False)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean.detach()
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var.detach()
    else:
        mean, var = running_mean, running_var
    return gamma * (x - mean) * torch.rsqrt(var + eps) + beta
