"""A softmax loss whose logarithm is kept from 0, in any family: log(p + eps), log(max(p, eps)), log(clip(p, ...)).

The number is found by trying: it is what an impossible label's probability seems to be. Such a loss is judged as the
loss without the number, and a note says what it costs. A loss that the number does not explain is left as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Call, LeftOut, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers.loss import IGNORED, kept_rows
from gradcheck.subjects.dialects.adapter import habit, loss_of

LARGEST = 1e-3
"""A larger number is no guard: it changes the loss of ordinary probabilities in the third digit."""

TOLERANCE = 2.0**8 * float(np.finfo(np.float64).eps)
"""How far a loss may be from the one that the number explains, relative to 1 plus the loss."""

LEAST_SHARE = 2.0**-63
"""Of a gradient below this share of log(p)'s the difference is judged: the ratio may have underflowed."""

READABLE_LOSS = 0.01
"""Of a loss below it, too: it is a difference of numbers near 1, and its ratio has few digits."""


IMPOSSIBLE = 500.0
"""A score at which the label of a sigmoid has next to no probability, and its loss is the score."""

READABLE_SCORE = 5.0
"""Up to this score 1 - p has nearly all digits, and so has its logarithm."""


@dataclass(frozen=True)
class Guard:
    """How a number keeps the logarithm from 0: what is taken for p, its slope, and how it is written."""

    eps: float
    instead: Callable[[float, Array], Array]
    slope: Callable[[float, Array], Array]
    written: str

    def of(self, p: Array) -> Array:
        """Return what the logarithm is taken of."""
        return self.instead(self.eps, p)

    def share(self, p: Array) -> Array:
        """Return the gradient's share of that of log(p)."""
        return np.asarray(p * self.slope(self.eps, p) / self.of(p))


def _guards(eps: float) -> tuple[Guard, ...]:
    return (
        Guard(eps, lambda e, p: p + e, lambda e, p: np.ones_like(p), "log(p + {0:.3g})"),
        Guard(eps, lambda e, p: np.maximum(p, e), lambda e, p: 1.0 * (p > e), "log(max(p, {0:.3g}))"),
        Guard(
            eps,
            lambda e, p: np.clip(p, e, 1 - e),
            lambda e, p: 1.0 * ((p > e) & (p < 1 - e)),
            "log(clip(p, {0:.3g}, 1 - {0:.3g}))",
        ),
    )


def noted(subject: Subject) -> Subject:
    """Return a softmax loss with such a number as the loss without it, and with a note; other subjects unchanged."""
    # What promises everything, as `naive` and `fast` do, promises the loss itself.
    if not subject.interface.lenient or subject.interface.misfit:
        return subject
    if subject.layer.name == "bce_with_logits_loss":
        return _within_its_scores(subject)
    if subject.layer.name != "softmax_loss":
        return subject
    guard = _guard_of(subject)
    if guard is None:
        return subject
    shrinks = _gradient_shrinks(subject, guard)
    gradient = {
        True: ", and its gradient vanishes there: such a label is not learnt",
        False: ", and its gradient is that of log(p), which does not saturate",
        None: "",
    }[shrinks]
    most = f"-log({guard.eps:.3g}) = {-np.log(guard.eps):.3g}"
    taken = guard.written.format(guard.eps)
    why = f"the loss saturates at {most}, as it takes {taken}: an impossible label costs no more{gradient}"
    forward = partial(_unguarded, subject.forward, guard, bool(shrinks))
    return replace(subject, forward=forward, notes=(*subject.notes, habit(why)))


def _within_its_scores(subject: Subject) -> Subject:
    """Return a loss of a sigmoid that is kept from 0, with a note, as one that is asked for scores below it."""
    params = subject.interface.express({"n": 1, "dims": (1,)})
    given = (
        ({"x": np.array([[x]]), "y": np.array([[y]])}) for x, y in ((-IMPOSSIBLE, 1.0), (IMPOSSIBLE, 0.0))
    )
    losses = [loss_of(subject, params, tensors) for tensors in given]
    most = min((loss for loss in losses if loss is not None), default=IMPOSSIBLE)
    if not -np.log(LARGEST) < most < IMPOSSIBLE / 2:
        return subject
    beyond = f"no score beyond {READABLE_SCORE:g}"
    why = f"the loss saturates at {most:.3g}: an impossible label costs no more; judged on {beyond}"
    unasked = f"scores beyond {READABLE_SCORE:g}: its loss saturates"
    interface = replace(subject.interface, refused=(*subject.interface.refused, unasked))
    forward = partial(_below, subject.forward, unasked)
    return replace(subject, forward=forward, interface=interface, notes=(*subject.notes, habit(why)))


def _below(forward: Callable[[Params, Arrays], Call], why: str, params: Params, tensors: Arrays) -> Call:
    """Return forward's call on scores that are not large. Raises LeftOut on others."""
    if np.abs(tensors["x"]).max(initial=0.0) > READABLE_SCORE:
        raise LeftOut(why)
    return forward(params, tensors)


def _guard_of(subject: Subject) -> Guard | None:
    """Return the guard that explains the loss of probabilities near 0, near 1 and between; None if there is none."""
    most = _loss(subject, [0, -1000], 1)
    eps = float(np.exp(-most)) if most is not None else 0.0
    if not 0 < eps < LARGEST:
        return None
    near = float(np.log(eps))
    # 40 makes a probability of exactly 1; a softmax that overflows at 1000 is judged by the check `large`.
    scores: tuple[list[float], ...] = ([0, near], [0, near + 2], [0, 0], [1.5, -1, 0.5], [0, 40])
    losses = [_loss(subject, row, 1) for row in scores]
    chances = [_label_chances(np.array([row], dtype=float), np.array([1])) for row in scores]
    return next((guard for guard in _guards(eps) if _explains(guard, chances, losses)), None)


def _explains(guard: Guard, chances: list[Array], losses: list[float | None]) -> bool:
    wanted = [float(-np.log(guard.of(p)[0])) for p in chances]
    return all(
        loss is not None and abs(loss - value) <= TOLERANCE * (1 + abs(value))
        for loss, value in zip(losses, wanted, strict=True)
    )


def _given(subject: Subject, scores: list[float], label: int) -> tuple[Params, Arrays]:
    """Return what forward is passed for one sample."""
    params = subject.interface.express({"n": 1, "c": len(scores), **IGNORED})
    return params, {"x": np.array([scores], dtype=float), "y": np.array([label])}


def _loss(subject: Subject, scores: list[float], label: int) -> float | None:
    return loss_of(subject, *_given(subject, scores, label))


def _gradient_shrinks(subject: Subject, guard: Guard) -> bool | None:
    """Return whether the gradient is that of the guarded loss; False if it is log(p)'s, None if it is neither."""
    scores = [0, float(np.log(guard.eps)) - 1]
    x, y = np.array([scores], dtype=float), np.array([1])
    try:
        dx = numbers(subject.forward(*_given(subject, scores, 1)).backward(np.ones(())).get("x"))
    except SubjectError:
        return None
    plain, share = _gradient(x, y, 1.0), guard.share(_label_chances(x, y))[:, np.newaxis]
    if dx is None or dx.shape != x.shape:
        return None
    return next((shrinks for shrinks in (False, True) if np.allclose(dx, plain * share**shrinks)), None)


def _label_chances(x: Array, y: Array) -> Array:
    """Return the probability of each sample's label."""
    return np.asarray(np.exp(_log_chances(x)[np.arange(len(y)), y]))


def _log_chances(x: Array) -> Array:
    shifted = np.asarray(x, dtype=np.float64) - x.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _gradient(x: Array, y: Array, dout: float) -> Array:
    """Return the gradient of the loss without the number: softmax - onehot."""
    return np.asarray((np.exp(_log_chances(x)) - np.eye(x.shape[1])[y]) * (dout / len(y)))


def _unguarded(
    forward: Callable[[Params, Arrays], Call], guard: Guard, shrinks: bool, params: Params, tensors: Arrays
) -> Call:
    """Call forward, and return its loss and its gradient as those without the number."""
    kept = kept_rows(params, tensors["y"])
    x, y = tensors["x"][kept], tensors["y"][kept]
    call = forward(params, tensors)
    assert isinstance(call, LocalCall)

    def back(dout: Array) -> dict[str, Any]:
        returned = call.backward(dout)
        return {**returned, "x": _whole_gradient(guard, (x, y, kept), float(dout), returned["x"])}

    out = _whole_loss(guard, x, y, call.outputs["out"])
    return replace(call, outputs={**call.outputs, "out": out}, backward=back if shrinks else call.backward)


def _whole_loss(guard: Guard, x: Array, y: Array, out: Any) -> Any:
    """Return the loss without the number's effect.

    That is taken away as a ratio, so that a loss that is a wrong multiple stays the same multiple.
    """
    loss = numbers(out)
    if loss is None or not len(y) or not _known(x, y).all():
        return out
    logs = _log_chances(x)[np.arange(len(y)), y]
    plain, guarded = -logs.mean(), -np.log(guard.of(np.exp(logs))).mean()
    is_ratio = abs(guarded) > READABLE_LOSS and plain > 0
    return _as_before(out, loss * (plain / guarded) if is_ratio else loss + (plain - guarded))


def _whole_gradient(guard: Guard, given: tuple[Array, Array, Array], dout: float, dx: Any) -> Any:
    """Return the gradient without the number's effect, likewise; `given` are the samples that count, and which ones."""
    x, y, kept = given
    values, known = numbers(dx), _known(x, y)
    if values is None or values.shape != (len(kept), x.shape[1]) or not known.any():
        return dx
    every = np.array(values)
    whole = every[kept]
    share = guard.share(_label_chances(x[known], y[known]))[:, np.newaxis]
    is_ratio = share > LEAST_SHARE
    missing = _gradient(x[known], y[known], dout * known.sum() / len(y)) * (1 - share)
    whole[known] = np.where(is_ratio, whole[known] / np.where(is_ratio, share, 1.0), whole[known] + missing)
    every[kept] = whole
    return _as_before(dx, every)


def _known(x: Array, y: Array) -> Array:
    """Return for which samples the number's effect is known: not for NaN, which would hide that the loss has lost it.

    A score of -inf masks a class that is not the label.
    """
    spoiled = (np.isnan(x) | np.isposinf(x)).any(axis=1)
    return np.asarray(~spoiled & np.isfinite(x[np.arange(len(y)), y]))


def _as_before(was: Any, now: Array) -> Any:
    """Return numbers in the type and precision of what the subject returned."""
    return np.asarray(now).astype(was.dtype)[()] if hasattr(was, "dtype") else float(now)
