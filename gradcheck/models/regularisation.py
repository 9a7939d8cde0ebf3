"""What the regularisation adds to the loss, and what to the gradients: measured by taking it away."""

import contextlib
from collections.abc import Iterator

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.functions.findings import complaint, note
from gradcheck.models.trace import Network, floating
from gradcheck.report import Finding

NOTHING = 1e-7
"""Up to which share of the other one a share of the regularisation is not there."""


@contextlib.contextmanager
def unregularised(network: Network) -> Iterator[bool]:
    """Take the regularisation away for the length of a ``with`` block; yield whether there was any."""
    holder = network.regularisation
    before = None if holder is None else holder.get()
    if holder is None or not before:
        yield False
        return
    holder.put(np.float64(0.0))
    try:
        yield True
    finally:
        holder.put(before)


def shares(network: Network, grads: Arrays, wrong: set[str]) -> Iterator[Finding]:
    """Yield what is wrong with the share of the regularisation in each of some gradients."""
    holder = network.regularisation
    if holder is None:
        return
    if not holder.get():
        yield note("regularisation", "the regularisation is 0: its gradient was not judged; make it larger")
        return
    by_words: dict[str, list[str]] = {}
    for name in network.params:
        words = _mistake(network, name, grads[name]) if name in wrong else None
        if words is not None:
            by_words.setdefault(words, []).append(name)
    for words, names in by_words.items():
        yield complaint("regularisation", words.format(names=" and ".join(names)))


def _mistake(network: Network, name: str, got: Array) -> str | None:
    """Return what is wrong with the share of the regularisation in one gradient; None if nothing is seen."""
    value = network.params[name]
    square = float(np.sum(value**2))
    if not square:
        return None
    with unregularised(network):
        plain = floating(network.evaluate().grads.get(name))
    if plain is None or plain.shape != got.shape:
        return None
    in_gradient = float(np.sum((got - plain) * value)) / square
    in_loss = _in_loss(network, name) / square
    size = max(abs(in_gradient), abs(in_loss))
    if size <= NOTHING or abs(in_gradient - in_loss) <= NOTHING * size:
        return None
    if abs(in_loss) <= NOTHING * size:
        return "the regularisation is forgotten in the loss: the gradient of {names} has it, and the loss does not"
    if abs(in_gradient) <= NOTHING * size:
        return f"the regularisation is forgotten in the gradient of {{names}}: add {in_loss:.6g} times the weights"
    times = in_gradient / in_loss
    hint = ""
    if abs(times - 2) <= NOTHING:
        hint = ": the loss is lacking a factor 2, or has one of 0.5 that the gradient does not know"
    elif abs(times - 0.5) <= NOTHING:
        hint = ": the loss has no factor of 0.5, or the gradient one too many"
    return (
        f"the regularisation in the gradient of {{names}} is {times:.6g} times that of the loss, whose gradient is "
        f"{in_loss:.6g} times the weights{hint}"
    )


def _in_loss(network: Network, name: str) -> float:
    """Return the slope of the regularisation in the loss if the parameter is scaled; exact for a square."""

    def share(scale: float) -> float:
        moved = {name: network.params[name] * scale}
        whole = network.evaluate(moved).loss
        with unregularised(network):
            return whole - network.evaluate(moved).loss

    return (share(1.25) - share(0.75)) / 0.5
