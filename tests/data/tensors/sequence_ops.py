"""Ops of softmaxes, and recurrent cells on the tape of a small library: needle's manner."""

import numpy as np


class Op:
    def __call__(self, *args):
        raise NotImplementedError


class TensorOp(Op):
    def __call__(self, *args):
        return Tensor.make_from_op(self, args)


class Value:
    pass


class Tensor(Value):
    def __init__(self, array, *, dtype=None, requires_grad=True, **kwargs):
        if isinstance(array, Tensor):
            array = array.numpy()
        self.op, self.inputs = None, ()
        self.cached_data = np.array(array, dtype=dtype)
        self.requires_grad = requires_grad
        self.grad = None

    @staticmethod
    def make_from_op(op, inputs):
        t = Tensor.__new__(Tensor)
        t.op, t.inputs, t.grad, t.requires_grad = op, tuple(inputs), None, True
        t.cached_data = op.compute(*[x.realize_cached_data() for x in inputs])
        return t

    def realize_cached_data(self):
        return self.cached_data

    def numpy(self):
        return self.cached_data

    @property
    def data(self):
        return Tensor(self.cached_data, requires_grad=False)

    @data.setter
    def data(self, value):
        self.cached_data = value.cached_data

    @property
    def shape(self):
        return self.cached_data.shape

    @property
    def dtype(self):
        return self.cached_data.dtype

    def backward(self, out_grad=None):
        out_grad = out_grad if out_grad is not None else Tensor(np.ones(self.shape))
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for each in node.inputs:
                    visit(each)
                order.append(node)

        visit(self)
        grads = {id(self): out_grad}
        for node in reversed(order):
            node.grad = grads[id(node)]
            if node.op is None:
                continue
            got = node.op.gradient(node.grad, node)
            got = got if isinstance(got, tuple) else (got,)
            for x, g in zip(node.inputs, got):
                grads[id(x)] = g if id(x) not in grads else grads[id(x)] + g

    def __add__(self, other):
        return EWiseAdd()(self, other) if isinstance(other, Tensor) else AddScalar(other)(self)

    def __mul__(self, other):
        return EWiseMul()(self, other) if isinstance(other, Tensor) else MulScalar(other)(self)

    def __sub__(self, other):
        return self + (-other)

    def __neg__(self):
        return MulScalar(-1)(self)

    def __truediv__(self, other):
        return EWiseDiv()(self, other) if isinstance(other, Tensor) else MulScalar(1 / other)(self)

    def __pow__(self, other):
        return PowerScalar(other)(self)

    def __matmul__(self, other):
        return MatMul()(self, other)

    def matmul(self, other):
        return MatMul()(self, other)

    def sum(self, axes=None):
        return Summation(axes)(self)

    def broadcast_to(self, shape):
        return BroadcastTo(shape)(self)

    def reshape(self, shape):
        return Reshape(shape)(self)

    def transpose(self, axes=None):
        return Transpose(axes)(self)

    __radd__ = __add__
    __rmul__ = __mul__


class EWiseAdd(TensorOp):
    def compute(self, a, b):
        return a + b

    def gradient(self, out_grad, node):
        return out_grad, out_grad


class AddScalar(TensorOp):
    def __init__(self, scalar):
        self.scalar = scalar

    def compute(self, a):
        return a + self.scalar

    def gradient(self, out_grad, node):
        return out_grad


class EWiseMul(TensorOp):
    def compute(self, a, b):
        return a * b

    def gradient(self, out_grad, node):
        a, b = node.inputs
        return out_grad * b, out_grad * a


class MulScalar(TensorOp):
    def __init__(self, scalar):
        self.scalar = scalar

    def compute(self, a):
        return a * self.scalar

    def gradient(self, out_grad, node):
        return out_grad * self.scalar


class PowerScalar(TensorOp):
    def __init__(self, scalar):
        self.scalar = scalar

    def compute(self, a):
        return a**self.scalar

    def gradient(self, out_grad, node):
        return out_grad * self.scalar * node.inputs[0] ** (self.scalar - 1)


class EWiseDiv(TensorOp):
    def compute(self, a, b):
        return a / b

    def gradient(self, out_grad, node):
        a, b = node.inputs
        return out_grad / b, -(out_grad * a / (b * b))


class Transpose(TensorOp):
    def __init__(self, axes=None):
        self.axes = axes

    def compute(self, a):
        return np.swapaxes(a, *(self.axes or (-1, -2)))

    def gradient(self, out_grad, node):
        return out_grad.transpose(self.axes)


class Reshape(TensorOp):
    def __init__(self, shape):
        self.shape = shape

    def compute(self, a):
        return a.reshape(self.shape)

    def gradient(self, out_grad, node):
        return out_grad.reshape(node.inputs[0].shape)


class BroadcastTo(TensorOp):
    def __init__(self, shape):
        self.shape = shape

    def compute(self, a):
        return np.broadcast_to(a, self.shape)

    def gradient(self, out_grad, node):
        shape = node.inputs[0].shape
        lead = len(self.shape) - len(shape)
        axes = tuple(range(lead)) + tuple(
            lead + i for i, n in enumerate(shape) if n == 1 and self.shape[lead + i] != 1
        )
        return (out_grad.sum(axes) if axes else out_grad).reshape(shape)


class Summation(TensorOp):
    def __init__(self, axes=None):
        self.axes = axes

    def compute(self, a):
        return a.sum(axis=self.axes)

    def gradient(self, out_grad, node):
        shape = list(node.inputs[0].shape)
        for axis in range(len(shape)):
            if self.axes is None or axis in self.axes or axis - len(shape) in self.axes:
                shape[axis] = 1
        return out_grad.reshape(tuple(shape)).broadcast_to(node.inputs[0].shape)


class MatMul(TensorOp):
    def compute(self, a, b):
        return a @ b

    def gradient(self, out_grad, node):
        a, b = node.inputs
        da, db = out_grad @ b.transpose(), a.transpose() @ out_grad
        if len(da.shape) > len(a.shape):
            da = da.sum(tuple(range(len(da.shape) - len(a.shape))))
        if len(db.shape) > len(b.shape):
            db = db.sum(tuple(range(len(db.shape) - len(b.shape))))
        return da, db


class Negate(TensorOp):
    def compute(self, a):
        return -a

    def gradient(self, out_grad, node):
        return -out_grad


class Log(TensorOp):
    def compute(self, a):
        return np.log(a)

    def gradient(self, out_grad, node):
        return out_grad / node.inputs[0]


class Exp(TensorOp):
    def compute(self, a):
        return np.exp(a)

    def gradient(self, out_grad, node):
        return out_grad * exp(node.inputs[0])


class ReLU(TensorOp):
    def compute(self, a):
        return np.maximum(a, 0)

    def gradient(self, out_grad, node):
        return out_grad * Tensor(node.inputs[0].realize_cached_data() > 0)


class Tanh(TensorOp):
    def compute(self, a):
        return np.tanh(a)

    def gradient(self, out_grad, node):
        return out_grad * (-(tanh(node.inputs[0]) ** 2) + 1)


class LogSoftmax(TensorOp):
    def compute(self, Z):
        top = Z.max(axis=1, keepdims=True)
        return Z - top - np.log(np.exp(Z - top).sum(axis=1, keepdims=True))

    def gradient(self, out_grad, node):
        total = out_grad.sum((1,)).reshape((out_grad.shape[0], 1)).broadcast_to(out_grad.shape)
        return out_grad - exp(logsoftmax(node.inputs[0])) * total


class LogSumExp(TensorOp):
    def __init__(self, axes=None):
        self.axes = axes

    def compute(self, Z):
        top = Z.max(axis=self.axes, keepdims=True)
        return np.log(np.exp(Z - top).sum(axis=self.axes)) + Z.max(axis=self.axes)

    def gradient(self, out_grad, node):
        z = node.inputs[0]
        shape = list(z.shape)
        for axis in range(len(shape)):
            if self.axes is None or axis in self.axes or axis - len(shape) in self.axes:
                shape[axis] = 1
        shape = tuple(shape)
        return out_grad.reshape(shape).broadcast_to(z.shape) * exp(z - node.reshape(shape).broadcast_to(z.shape))


def exp(a):
    return Exp()(a)


def tanh(a):
    return Tanh()(a)


def relu(a):
    return ReLU()(a)


def logsoftmax(a):
    return LogSoftmax()(a)


def logsumexp(a, axes=None):
    return LogSumExp(axes=axes)(a)


class Parameter(Tensor):
    pass


class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *args):
        return self.forward(*args)


class Sigmoid(Module):
    def forward(self, x):
        return (exp(-x) + 1) ** (-1)


class RNNCell(Module):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype="float32"):
        super().__init__()
        k = (1 / hidden_size) ** 0.5
        self.hidden_size = hidden_size
        self.nonlinearity = tanh if nonlinearity == "tanh" else relu
        self.W_ih = Parameter(np.random.uniform(-k, k, (input_size, hidden_size)))
        self.W_hh = Parameter(np.random.uniform(-k, k, (hidden_size, hidden_size)))
        self.bias_ih = Parameter(np.random.uniform(-k, k, hidden_size)) if bias else None
        self.bias_hh = Parameter(np.random.uniform(-k, k, hidden_size)) if bias else None

    def forward(self, X, h=None):
        n = X.shape[0]
        if h is None:
            h = Tensor(np.zeros((n, self.hidden_size)))
        out = X @ self.W_ih + h @ self.W_hh
        if self.bias_ih is not None:
            shape = (1, self.hidden_size)
            out = out + self.bias_ih.reshape(shape).broadcast_to(out.shape) + self.bias_hh.reshape(shape).broadcast_to(out.shape)
        return self.nonlinearity(out)


class Embedding(Module):
    def __init__(self, num_embeddings, embedding_dim, device=None, dtype="float32"):
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.weight = Parameter(np.random.randn(num_embeddings, embedding_dim))

    def forward(self, x):
        t, n = x.shape
        hot = Tensor(np.eye(self.num_embeddings)[x.numpy().astype(int)].reshape(t * n, -1))
        return (hot @ self.weight).reshape((t, n, self.embedding_dim))


class LSTMCell(Module):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype="float32"):
        super().__init__()
        k = (1 / hidden_size) ** 0.5
        self.hidden_size = hidden_size
        self.W_ih = Parameter(np.random.uniform(-k, k, (input_size, 4 * hidden_size)))
        self.W_hh = Parameter(np.random.uniform(-k, k, (hidden_size, 4 * hidden_size)))
        self.bias_ih = Parameter(np.random.uniform(-k, k, 4 * hidden_size)) if bias else None
        self.bias_hh = Parameter(np.random.uniform(-k, k, 4 * hidden_size)) if bias else None
        self.sigmoid = Sigmoid()

    def forward(self, X, h=None):
        n, H = X.shape[0], self.hidden_size
        if h is None:
            h0, c0 = Tensor(np.zeros((n, H))), Tensor(np.zeros((n, H)))
        else:
            h0, c0 = h
        gates = X @ self.W_ih + h0 @ self.W_hh
        if self.bias_ih is not None:
            gates = gates + (self.bias_ih + self.bias_hh).reshape((1, 4 * H)).broadcast_to((n, 4 * H))
        pick = [Tensor(np.eye(4 * H)[:, k * H : (k + 1) * H]) for k in range(4)]
        i, f, g, o = (gates @ each for each in pick)
        c = self.sigmoid(f) * c0 + self.sigmoid(i) * tanh(g)
        return self.sigmoid(o) * tanh(c), c


def step_of(X, t):
    steps, n, d = X.shape
    return (Tensor(np.eye(steps)[t : t + 1]) @ X.reshape((steps, n * d))).reshape((n, d))


def in_a_sequence(states):
    n, h = states[0].shape
    placed = [
        Tensor(np.eye(len(states))[:, t : t + 1]) @ state.reshape((1, n * h)) for t, state in enumerate(states)
    ]
    out = placed[0]
    for each in placed[1:]:
        out = out + each
    return out.reshape((len(states), n, h))


class RNN(Module):
    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, nonlinearity="tanh"):
        super().__init__()
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.rnn_cells = [RNNCell(size, hidden_size, bias, nonlinearity) for size in sizes]

    def forward(self, X, h0=None):
        h = None if h0 is None else step_of(h0, 0)
        states = []
        for t in range(X.shape[0]):
            h = self.rnn_cells[0](step_of(X, t), h)
            states.append(h)
        return in_a_sequence(states), in_a_sequence(states[-1:])


class LSTM(Module):
    def __init__(self, input_size, hidden_size, num_layers=1, bias=True):
        super().__init__()
        self.lstm_cells = [LSTMCell(input_size, hidden_size, bias)]

    def forward(self, X, h=None):
        pair = None if h is None else tuple(step_of(each, 0) for each in h)
        states = []
        for t in range(X.shape[0]):
            pair = self.lstm_cells[0](step_of(X, t), pair)
            states.append(pair[0])
        return in_a_sequence(states), (in_a_sequence(states[-1:]), in_a_sequence([pair[1]]))


class MultiHeadAttention(Module):
    def __init__(self, *, dropout=0.0, causal=False, device=None, dtype="float32"):
        super().__init__()
        self.dropout, self.causal = dropout, causal

    def softmax(self, logit):
        top = Tensor(logit.realize_cached_data().max(axis=-1, keepdims=True)).broadcast_to(logit.shape)
        probs = exp(logit - top)
        total = probs.sum((len(logit.shape) - 1,)).reshape((*logit.shape[:-1], 1)).broadcast_to(logit.shape)
        return probs / total

    def matmul(self, a, b_transpose):
        a_shape = (*a.shape[:-1], 1, *a.shape[-1:])
        a = a.reshape(a_shape)
        b_shape = (*b_transpose.shape[:-2], 1, *b_transpose.shape[-2:])
        b = b_transpose.reshape(b_shape)
        wide = (*a_shape[:-2], b_shape[-2], a_shape[-1])
        wide_b = (*b_shape[:-3], a_shape[-3], *b_shape[-2:])
        return (a.broadcast_to(wide) * b.broadcast_to(wide_b)).sum((len(wide) - 1,))

    def forward(self, q, k, v):
        n, h, s, d = q.shape
        t = k.shape[2]
        assert v.shape[2] == t and k.shape[3] == d
        logits = self.matmul(q, k) / d**0.5
        if self.causal:
            mask = np.triu(-np.ones((s, t)) * 1e30, k=t - s + 1)
            logits = logits + Tensor(mask).reshape((1, 1, s, t)).broadcast_to(logits.shape)
        probs = self.softmax(logits)
        return self.matmul(probs, v.transpose((2, 3))), probs
