"""Train a small convolutional network on handwritten digits, with every gradient checked before it starts.

    pip install -e ".[examples]"
    python examples/train_digits.py
    python examples/train_digits.py --implementation torch --steps 10

The network is conv - relu - 2x2 max pooling - affine - softmax. Its layers are those of `gradcheck.fast` (or of
`gradcheck.naive`, or PyTorch's), and it learns by plain gradient descent on batches. The pictures of the loss, the
accuracy and the filters are written to the folder --out.
"""

import argparse
import importlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np

from gradcheck import check_network

FILTERS, CLASSES, SIZE = 12, 10, 8
RATE, BATCH, EPOCHS = 0.25, 32, 25
REGULARISATION = 1e-4

Arrays = dict[str, np.ndarray]
Loss = Callable[[np.ndarray, np.ndarray], tuple[float, Arrays]]


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return images (N, 1, 8, 8) from 0 to 1 and their labels: three quarters to train with, one to test."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    x, y = images[order].reshape(-1, 1, SIZE, SIZE) / 16, labels[order]
    split = 3 * len(x) // 4
    return x[:split], y[:split], x[split:], y[split:]


def parameters(seed: int = 0) -> Arrays:
    """Return the weights before training, of the size that keeps what passes through them (He et al., 2015)."""
    rng = np.random.default_rng(seed)
    features = FILTERS * (SIZE // 2) ** 2
    return {
        "conv.w": rng.standard_normal((FILTERS, 1, 3, 3)) * np.sqrt(2 / 9),
        "conv.b": np.zeros(FILTERS),
        "affine.w": rng.standard_normal((features, CLASSES)) * np.sqrt(1 / features),
        "affine.b": np.zeros(CLASSES),
    }


def scores_of(params: Arrays, layers, x: np.ndarray):
    """Return the scores of images, and what each layer keeps for its backward."""
    a, conv = layers.conv2d_forward(x, params["conv.w"], params["conv.b"], pad=1)
    h, relu = layers.relu_forward(a)
    p, pool = layers.max_pool2d_forward(h, kernel=2)
    scores, affine = layers.affine_forward(p, params["affine.w"], params["affine.b"])
    return scores, (conv, relu, pool, affine)


def hand_written(params: Arrays, layers) -> Loss:
    """Return the loss and its gradients by layers with a backward of their own: `gradcheck.fast`, `gradcheck.naive`."""

    def loss(x: np.ndarray, y: np.ndarray) -> tuple[float, Arrays]:
        scores, (conv, relu, pool, affine) = scores_of(params, layers, x)
        data_loss, softmax = layers.softmax_loss_forward(scores, y)
        squares = sum(np.sum(params[name] ** 2) for name in ("conv.w", "affine.w"))

        grads: Arrays = {}
        dscores = layers.softmax_loss_backward(1.0, softmax)
        dp, grads["affine.w"], grads["affine.b"] = layers.affine_backward(dscores, affine)
        dh = layers.max_pool2d_backward(dp, pool)
        da = layers.relu_backward(dh, relu)
        _, grads["conv.w"], grads["conv.b"] = layers.conv2d_backward(da, conv)
        for name in ("conv.w", "affine.w"):
            grads[name] = grads[name] + REGULARISATION * params[name]
        return float(data_loss) + REGULARISATION / 2 * float(squares), grads

    return loss


def by_torch(params: Arrays) -> Loss:
    """Return the same loss in PyTorch, whose autograd computes the gradients."""
    torch = importlib.import_module("torch")
    functional = torch.nn.functional

    def loss(x: np.ndarray, y: np.ndarray) -> tuple[float, Arrays]:
        given = {name: torch.tensor(values, requires_grad=True) for name, values in params.items()}
        h = functional.conv2d(torch.tensor(x), given["conv.w"], given["conv.b"], padding=1).relu()
        p = functional.max_pool2d(h, 2).flatten(1)
        value = functional.cross_entropy(p @ given["affine.w"] + given["affine.b"], torch.tensor(y))
        value = value + REGULARISATION / 2 * sum((given[name] ** 2).sum() for name in ("conv.w", "affine.w"))
        value.backward()
        return float(value.detach()), {name: each.grad.numpy() for name, each in given.items()}

    return loss


def loss_of(params: Arrays, implementation: str) -> Loss:
    """Return the loss of one of the three implementations."""
    if implementation == "torch":
        return by_torch(params)
    return hand_written(params, importlib.import_module(f"gradcheck.{implementation}"))


def batches(x: np.ndarray, y: np.ndarray, epochs: int, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield batches of images in a new order for each epoch."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x) - BATCH + 1, BATCH):
            part = order[start : start + BATCH]
            yield x[part], y[part]


def descend(params: Arrays, grads: Arrays, rate: float) -> None:
    """Take one step of gradient descent, in place."""
    for name, values in params.items():
        values -= rate * grads[name]


def accuracy(params: Arrays, x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of images whose largest score is that of their label."""
    scores, _ = scores_of(params, importlib.import_module("gradcheck.fast"), x)
    return float(np.mean(scores.argmax(axis=1) == y))


def train(params: Arrays, implementation: str, steps: int | None, data) -> dict[str, list[float]]:
    """Train, show how far it is, and return the loss of each step and the accuracy after each epoch."""
    x, y, test_x, test_y = data
    loss = loss_of(params, implementation)
    in_epoch = len(x) // BATCH
    total = EPOCHS * in_epoch if steps is None else steps
    history: dict[str, list[float]] = {"loss": [], "train": [], "test": []}
    with click.progressbar(length=total, label="training", show_pos=True) as bar:
        for number, batch in zip(range(1, total + 1), batches(x, y, EPOCHS)):
            value, grads = loss(*batch)
            descend(params, grads, RATE * (1 - number / (total + 1)))
            history["loss"].append(value)
            if number % in_epoch == 0:
                history["train"].append(accuracy(params, x, y))
                history["test"].append(accuracy(params, test_x, test_y))
            bar.update(1)
    return history


def draw(history: dict[str, list[float]], params: Arrays, folder: Path) -> None:
    """Write the pictures: ``training.png`` and ``filters.png``."""
    import matplotlib

    matplotlib.use("Agg")  # files, no window
    from matplotlib import pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    left.semilogy(history["loss"], lw=0.6, color="tab:blue", alpha=0.5)
    window = max(1, len(history["loss"]) // 40)
    smooth = np.convolve(history["loss"], np.ones(window) / window, mode="valid")
    left.semilogy(np.arange(len(smooth)) + window - 1, smooth, color="tab:blue")
    left.set(title="loss of a batch, and its running mean", xlabel="step", ylabel="loss")
    epochs = np.arange(1, len(history["test"]) + 1)
    for name, style in (("train", "o-"), ("test", "s-")):
        right.plot(epochs, 100 * np.array(history[name]), style, ms=3, label=name)
    right.axhline(97, color="grey", lw=0.8, ls="--")
    right.set(title="images recognised", xlabel="epoch", ylabel="%", ylim=(None, 100.5))
    right.legend(loc="lower right")
    figure.savefig(folder / "training.png", dpi=120)
    plt.close(figure)

    weights = params["conv.w"][:, 0]
    most = np.abs(weights).max()
    figure, axes = plt.subplots(2, FILTERS // 2, figsize=(FILTERS * 0.6, 2.8), layout="constrained")
    for number, (axis, values) in enumerate(zip(axes.ravel(), weights)):
        image = axis.imshow(values, cmap="RdBu", vmin=-most, vmax=most)
        axis.set(title=str(number), xticks=[], yticks=[])
    figure.colorbar(image, ax=axes, shrink=0.9)
    figure.suptitle("the filters: blue counts for, red against")
    figure.savefig(folder / "filters.png", dpi=120)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--implementation", choices=("fast", "naive", "torch"), default="fast")
    parser.add_argument("--steps", type=int, default=None, help="fewer steps; naive needs half a second for each")
    parser.add_argument("--out", type=Path, default=Path("digits"), help="folder of the pictures")
    options = parser.parse_args()

    data = digits()
    params = parameters()
    check_network(loss_of(params, options.implementation), data[0][:4], data[1][:4], params=params)
    print(f"check_network: the gradients of {', '.join(params)} are right, end to end")

    started = time.perf_counter()
    history = train(params, options.implementation, options.steps, data)
    seconds = time.perf_counter() - started
    right = accuracy(params, data[2], data[3])
    print(f"{right:.1%} of {len(data[3])} test images recognised after {len(history['loss'])} steps, {seconds:.0f} s")
    draw(history, params, options.out)
    print(f"pictures: {options.out / 'training.png'}, {options.out / 'filters.png'}")


if __name__ == "__main__":
    main()
