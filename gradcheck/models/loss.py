"""What a model's loss has to be: the scores' own, plus half the regularisation times the squared weights."""

from collections.abc import Iterator

import numpy as np

from gradcheck.calling.results import number
from gradcheck.contract import Array
from gradcheck.evidence import compare
from gradcheck.functions.findings import complaint
from gradcheck.layers import BY_NAME
from gradcheck.models.network import REGULARISATION, Network
from gradcheck.report import Finding, Severity, Verdict

EPS = float(np.finfo(np.float64).eps)
EACH = 16.0
"""How many roundings a term of a sum goes through, generously."""

GUARDS = tuple(10.0**-exponent for exponent in range(3, 17))
"""What people add to a probability, so that its logarithm is finite."""


def implemented(network: Network) -> Iterator[Finding]:
    """It is there and runs: both ways of calling it."""
    network.scores()
    network.loss_and_grads()
    yield from ()


def shapes(network: Network) -> Iterator[Finding]:
    """The scores have a row for each sample, a column for each class."""
    network.scores()
    yield from ()


def output(network: Network) -> Iterator[Finding]:
    """The loss is the softmax loss (or the hinge loss) of its scores, and 0.5 reg sum(W**2)."""
    if not network.model.is_plain:
        return
    if network.doubt is not None:
        yield complaint("", network.doubt, Verdict.INCONCLUSIVE)
        return
    scores = network.scores()
    data, loss = network.data_loss(), network.loss_and_grads()[0]
    size = sum(values.size for values in network.params.values()) + scores.size
    bound = EACH * EPS * size * (1 + abs(data) + abs(loss) + float(np.abs(scores).max()))
    known = {name: _of_scores(name, scores, network.y) for name in ("softmax_loss", "svm_loss")}
    guard = guard_of(network)
    if all(abs(data - value) > bound for value in known.values()) and guard is not None:
        most = f"-log({guard:.0e}) = {-np.log(guard):.3g}"
        yield _note(
            f"the loss saturates at {most}, as it takes log(p + {guard:.0e}): an impossible label costs no more"
        )
    elif all(abs(data - value) > bound for value in known.values()):
        expected = known["softmax_loss"]
        message = f"loss(X, y) without regularisation is {number(data)}; expected {number(expected)}"
        yield complaint("", f"{message}, the softmax loss of loss(X)", tensor="loss")
    yield from _regularised(network, loss - data, bound)


def guard_of(network: Network) -> float | None:
    """Return the power of ten that, added to the probabilities within the logarithm, explains a loss; or None."""
    if not network.model.is_plain:
        return None
    scores, data = network.scores(), network.data_loss()
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (shifted / shifted.sum(axis=1, keepdims=True))[np.arange(len(network.y)), network.y]
    bound = EACH * EPS * scores.size * (1 + abs(data))
    return next((eps for eps in GUARDS if abs(data + float(np.mean(np.log(p + eps)))) <= bound), None)


def _of_scores(name: str, scores: Array, y: Array) -> float:
    return float(BY_NAME[name].ours.fast.forward(scores, y)[0])


def _regularised(network: Network, share: float, bound: float) -> Iterator[Finding]:
    """Judge the share of the regularisation in the loss."""
    squares = {name: float(np.sum(values**2)) for name, values in network.params.items()}
    weights = sum(value for name, value in squares.items() if network.params[name].ndim > 1)
    half, everything = REGULARISATION * weights / 2, REGULARISATION * sum(squares.values()) / 2
    if abs(share - half) <= bound:
        return
    if not network.model.halves and abs(share - 2 * half) <= bound:
        yield _note("the regularisation has no factor of 0.5")
    elif abs(share - everything) <= bound:
        yield _note("the biases are regularised, too")
    else:
        message = (
            f"the regularisation adds {number(share)} to the loss; expected {number(half)}, 0.5 reg sum(W**2)"
        )
        yield complaint("", message + _guess(share, half, bound), tensor="loss")


def _guess(share: float, half: float, bound: float) -> str:
    if abs(share - 2 * half) <= bound:
        return ": the factor of 0.5 is missing"
    return ": it is not there" if abs(share) <= bound else ""


def _note(message: str) -> Finding:
    return Finding(check="", severity=Severity.NOTE, verdict=Verdict.PASS, message=message, tensor="loss")


def repeatable(network: Network) -> Iterator[Finding]:
    """The same call gives the same loss twice."""
    once, again = network.loss_and_grads()[0], network.loss_and_grads()[0]
    if once != again:
        message = f"a second loss(X, y) is {number(again)}; expected {number(once)} as at first"
        yield complaint("", message, tensor="loss")


def unchanged(network: Network) -> Iterator[Finding]:
    """The data is not changed."""
    x, y = network.x.copy(), network.y.copy()
    network.loss_and_grads()
    for name, got, expected in (("X", network.x, x), ("y", network.y, y)):
        if compare.difference(name, got, expected) is not None:
            yield complaint("", f"loss changes its argument {name}", tensor=name)
        got[...] = expected


FORWARD = {
    "implemented": implemented,
    "output": output,
    "shapes": shapes,
    "repeatable": repeatable,
    "unchanged": unchanged,
}
