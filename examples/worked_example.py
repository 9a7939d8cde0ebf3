"""One convolution by hand: forward, backward and one step of gradient descent, with every number printed.

    python examples/worked_example.py

The numbers are those of a worked example that many have learnt from: an input of three channels and 5x5 pixels, two
filters of 3x3, stride 2, a pad of 1, and no activation. Its layer sees one image at a time; ours see a batch, of one
here. Each step prints the formula, one entry as the sum of its products, and the whole result.
"""

import numpy as np

from gradcheck import check_network
from gradcheck.fast import conv2d_backward, conv2d_forward

STRIDE, PAD, LEARNING_RATE = 2, 1, 0.001


def rows(text: str) -> list[list[int]]:
    """Return a table of numbers as lists."""
    return [[int(number) for number in line.split()] for line in text.strip().splitlines()]


X = np.array([
    rows("0 1 1 0 2 \n 2 2 2 2 1 \n 1 0 0 2 0 \n 0 1 1 0 0 \n 1 2 0 0 2"),
    rows("1 0 2 2 0 \n 0 0 0 2 0 \n 1 2 1 2 1 \n 1 0 0 0 0 \n 1 2 1 1 1"),
    rows("2 1 2 0 0 \n 1 0 0 1 0 \n 0 2 1 0 1 \n 0 1 2 2 2 \n 2 1 0 0 1"),
], dtype=float)

WEIGHTS = np.array([
    [
        rows("-1  1  0 \n  0  1  0 \n  0  1  1"),
        rows("-1 -1  0 \n  0  0  0 \n  0 -1  0"),
        rows(" 0  0 -1 \n  0  1  0 \n  1 -1 -1"),
    ],
    [
        rows(" 1  1 -1 \n -1 -1  1 \n  0 -1  1"),
        rows(" 0  1  0 \n -1  0 -1 \n -1  1  0"),
        rows("-1  0  0 \n -1  0  1 \n -1  0  0"),
    ],
], dtype=float)

BIAS = np.array([1.0, 0.0])

SENSITIVITY = np.array([
    rows("0 1 1 \n 2 2 2 \n 1 0 0"),
    rows("1 0 2 \n 0 0 0 \n 1 2 1"),
], dtype=float)
"""The upstream gradient: how much the loss changes with each entry of the output."""


def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray):
    """Return the output of one image, and what backward needs."""
    out, cache = conv2d_forward(x[None], w, b, stride=STRIDE, pad=PAD)
    return out[0], cache


def backward(dout: np.ndarray, cache):
    """Return the gradients of the input, the weights and the bias."""
    dx, dw, db = conv2d_backward(dout[None], cache)
    return dx[0], dw, db


def step(weights: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Return the weights after one step of gradient descent."""
    return weights - LEARNING_RATE * gradient


def window(x: np.ndarray, i: int, j: int) -> np.ndarray:
    """Return the part of the padded input that output (i, j) sees, shape (channels, 3, 3)."""
    padded = np.pad(x, ((0, 0), (PAD, PAD), (PAD, PAD)))
    return padded[:, i * STRIDE : i * STRIDE + 3, j * STRIDE : j * STRIDE + 3]


def terms(left: np.ndarray, right: np.ndarray, bias: float = 0.0) -> str:
    """Return a bias and a sum of products, without what is zero: ``1*2 + 1*-1 = 1``."""
    products = [f"{a:g}*{b:g}" for a, b in zip(left.ravel(), right.ravel()) if a * b]
    return " + ".join([f"{bias:g}"] * bool(bias) + products) + f" = {bias + np.sum(left * right):g}"


def show(title: str, values: np.ndarray) -> None:
    """Print an array with its shape."""
    print(f"{title}  {'x'.join(map(str, values.shape))}")
    print(np.array2string(values, precision=3, suppress_small=True), "\n")


def main() -> None:
    show("input x", X)
    show("weights w", WEIGHTS)
    show("bias b", BIAS)

    print("1. forward:  out[f, i, j] = b[f] + the sum of w[f] times the window that starts at (2i, 2j)\n")
    out, cache = forward(X, WEIGHTS, BIAS)
    print(f"out[0, 0, 0] = {terms(window(X, 0, 0), WEIGHTS[0], BIAS[0])}")
    show("out", out)

    print("2. backward: dw[f] = the sum over all (i, j) of dout[f, i, j] times the window; db[f] = the sum of dout[f]")
    print("             dx   = the sum over all (f, i, j) of dout[f, i, j] times w[f], at the place of the window\n")
    show("dout, the sensitivity", SENSITIVITY)
    dx, dw, db = backward(SENSITIVITY, cache)
    seen = np.array([[window(X, i, j)[0, 0, 0] for j in range(3)] for i in range(3)])
    print(f"dw[0, 0, 0, 0] = {terms(SENSITIVITY[0], seen)}")
    show("dw", dw)
    show("db", db)
    show("dx", dx)

    print(f"3. update:   w - {LEARNING_RATE} dw, b - {LEARNING_RATE} db\n")
    print(f"w[0, 0, 0, 0] = {WEIGHTS[0, 0, 0, 0]:g} - {LEARNING_RATE}*{dw[0, 0, 0, 0]:g} = {step(WEIGHTS, dw)[0, 0, 0, 0]:g}")
    show("w after the step", step(WEIGHTS, dw))
    show("b after the step", step(BIAS, db))

    # Is the backward right? Its derivatives are measured, and nothing is taken on trust.
    check_network([(forward, backward, {"w": WEIGHTS, "b": BIAS})], X)
    print("check_network: dx, dw and db are the derivatives of the forward")


if __name__ == "__main__":
    main()
