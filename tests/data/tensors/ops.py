"""Ops with compute and gradient on tensors of a small library: needle's manner, images channels last."""

import numpy as np


class Tensor:
    def __init__(self, array, requires_grad=True):
        self.op, self.inputs = None, []
        self.cached_data = np.array(array)
        self.requires_grad = requires_grad

    @staticmethod
    def make_from_op(op, inputs):
        tensor = Tensor.__new__(Tensor)
        tensor.op, tensor.inputs = op, list(inputs)
        tensor.cached_data, tensor.requires_grad = None, True
        tensor.realize_cached_data()
        return tensor

    def realize_cached_data(self):
        if self.cached_data is None:
            self.cached_data = self.op.compute(*[each.realize_cached_data() for each in self.inputs])
        return self.cached_data

    @property
    def data(self):
        return Tensor(self.realize_cached_data(), requires_grad=False)

    @property
    def shape(self):
        return self.realize_cached_data().shape

    def numpy(self):
        return self.realize_cached_data()


class TensorOp:
    def __call__(self, *args):
        return Tensor.make_from_op(self, args)


class MatMul(TensorOp):
    def compute(self, a, b):
        return a @ b

    def gradient(self, out_grad, node):
        a, b = (each.numpy() for each in node.inputs)
        return Tensor(out_grad.numpy() @ b.T), Tensor(a.T @ out_grad.numpy())


class ReLU(TensorOp):
    def compute(self, a):
        return np.maximum(a, 0)

    def gradient(self, out_grad, node):
        return Tensor(out_grad.numpy() * (node.inputs[0].realize_cached_data() > 0))


class Tanh(TensorOp):
    def compute(self, a):
        return np.tanh(a)

    def gradient(self, out_grad, node):
        return Tensor(out_grad.numpy() * (1 - node.numpy() ** 2))


class LogSoftmax(TensorOp):
    def compute(self, Z):
        return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))

    def gradient(self, out_grad, node):
        g = out_grad.numpy()
        return Tensor(g - np.exp(node.numpy()) * g.sum(axis=1, keepdims=True))


class Conv(TensorOp):
    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def windows(self, A, B):
        p, s = self.padding, self.stride
        padded = np.pad(A, ((0, 0), (p, p), (p, p), (0, 0)))
        return np.lib.stride_tricks.sliding_window_view(padded, B.shape[:2], axis=(1, 2))[:, ::s, ::s]

    def compute(self, A, B):
        return np.einsum("nhwcij,ijcf->nhwf", self.windows(A, B), B)

    def gradient(self, out_grad, node):
        A, B = (each.numpy() for each in node.inputs)
        g, p, s = out_grad.numpy(), self.padding, self.stride
        dB = np.einsum("nhwcij,nhwf->ijcf", self.windows(A, B), g)
        dA = np.zeros((A.shape[0], A.shape[1] + 2 * p, A.shape[2] + 2 * p, A.shape[3]))
        for i in range(B.shape[0]):
            for j in range(B.shape[1]):
                dA[:, i : i + s * g.shape[1] : s, j : j + s * g.shape[2] : s] += g @ B[i, j].T
        return Tensor(dA[:, p : p + A.shape[1], p : p + A.shape[2]]), Tensor(dB)
