"""Classes of static methods on PyTorch's tensors, as a course on deep learning has them."""

import torch


class Linear:
    @staticmethod
    def forward(x, w, b):
        out = x.reshape(x.shape[0], -1).mm(w) + b
        return out, (x, w, b)

    @staticmethod
    def backward(dout, cache):
        x, w, _ = cache
        dx = dout.mm(w.t()).reshape(x.shape)
        dw = x.reshape(x.shape[0], -1).t().mm(dout)
        return dx, dw, dout.sum(dim=0)


class ReLU:
    @staticmethod
    def forward(x):
        return x.clamp(min=0), x

    @staticmethod
    def backward(dout, cache):
        return dout * (cache > 0)


class Linear_ReLU:  # noqa: N801 - as the course writes it
    @staticmethod
    def forward(x, w, b):
        a, fc = Linear.forward(x, w, b)
        out, act = ReLU.forward(a)
        return out, (fc, act)

    @staticmethod
    def backward(dout, cache):
        fc, act = cache
        return Linear.backward(ReLU.backward(dout, act), fc)


class Conv:
    @staticmethod
    def forward(x, w, b, conv_param):
        pad, stride = conv_param["pad"], conv_param["stride"]
        N, _, H, W = x.shape
        F, _, HH, WW = w.shape
        padded = torch.nn.functional.pad(x, (pad, pad, pad, pad))
        out_h, out_w = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
        out = torch.zeros((N, F, out_h, out_w), dtype=x.dtype, device=x.device)
        for i in range(out_h):
            for j in range(out_w):
                window = padded[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                out[:, :, i, j] = torch.einsum("nchw,fchw->nf", window, w) + b
        return out, (x, w, b, conv_param)

    @staticmethod
    def backward(dout, cache):
        x, w, _, conv_param = cache
        pad, stride = conv_param["pad"], conv_param["stride"]
        HH, WW = w.shape[2:]
        padded = torch.nn.functional.pad(x, (pad, pad, pad, pad))
        dpadded, dw = torch.zeros_like(padded), torch.zeros_like(w)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, columns = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                dw += torch.einsum("nf,nchw->fchw", dout[:, :, i, j], padded[:, :, rows, columns])
                dpadded[:, :, rows, columns] += torch.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
        dx = dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
        return dx, dw, dout.sum(dim=(0, 2, 3))


class MaxPool:
    @staticmethod
    def forward(x, pool_param):
        HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        windows = x.unfold(2, HH, stride).unfold(3, WW, stride)
        return windows.amax(dim=(4, 5)), (x, pool_param)

    @staticmethod
    def backward(dout, cache):
        x, pool_param = cache
        HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        dx = torch.zeros_like(x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, columns = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                window = x[:, :, rows, columns]
                mask = window == window.amax(dim=(2, 3), keepdim=True)
                dx[:, :, rows, columns] += mask * dout[:, :, i, j][:, :, None, None]
        return dx


class Dropout:
    @staticmethod
    def forward(x, dropout_param):
        p, mode = dropout_param["p"], dropout_param["mode"]
        if "seed" in dropout_param:
            torch.manual_seed(dropout_param["seed"])
        mask = None
        if mode == "train":
            mask = (torch.rand(x.shape) > p) / (1 - p)
            x = x * mask
        return x, (dropout_param, mask)

    @staticmethod
    def backward(dout, cache):
        dropout_param, mask = cache
        return dout * mask if dropout_param["mode"] == "train" else dout


class BatchNorm:
    @staticmethod
    def forward(x, gamma, beta, bn_param):
        eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        running_mean = bn_param.get("running_mean", torch.zeros(x.shape[1], dtype=x.dtype))
        running_var = bn_param.get("running_var", torch.zeros(x.shape[1], dtype=x.dtype))
        cache = None
        if bn_param["mode"] == "train":
            mean, var = x.mean(dim=0), x.var(dim=0, unbiased=False)
            std = torch.sqrt(var + eps)
            xhat = (x - mean) / std
            out = gamma * xhat + beta
            running_mean = momentum * running_mean + (1 - momentum) * mean
            running_var = momentum * running_var + (1 - momentum) * var
            cache = (xhat, std, gamma)
        else:
            out = gamma * (x - running_mean) / torch.sqrt(running_var + eps) + beta
        bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
        return out, cache

    @staticmethod
    def backward(dout, cache):
        xhat, std, gamma = cache
        d = dout * gamma
        dx = (d - d.mean(dim=0) - xhat * (d * xhat).mean(dim=0)) / std
        return dx, (dout * xhat).sum(dim=0), dout.sum(dim=0)
