"""Update rules of optimisers: what each one is by definition, its state, and the mistakes that people make in it.

A rule has no derivative to be judged by. Its definition is a few lines, and what somebody wrote is compared with that.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck.contract import Array

Config = Mapping[str, Any]
"""Options and state by name, as the course cs231n writes them."""

Step = Callable[[Array, Array, Config], tuple[Array, dict[str, Any]]]
"""w, dw, options and state -> the next w, and the next state."""


@dataclass(frozen=True)
class Mistake:
    """A wrong rule, and why it is wrong."""

    name: str
    step: Step
    why: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An update rule.

    Attributes
    ----------
    name : str
        What the course calls it.
    step : callable
        Its definition.
    defaults, options : mapping
        Its options by default, and others far from these, with which every part of the formula shows.
    state : mapping
        What is carried from step to step, by name: what it is before the first step.
    mistakes : tuple of Mistake
        What is known to go wrong.
    accepted : tuple of Mistake
        Other forms that are right by convention; a match is a note.
    """

    name: str
    step: Step
    defaults: Mapping[str, float]
    options: Mapping[str, float]
    state: Mapping[str, float]
    mistakes: tuple[Mistake, ...]
    accepted: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class UpdateRule:
    """An update rule under test.

    Attributes
    ----------
    name : str
        What it is called in the author's file.
    rule : Rule
        What it is to be.
    function : callable
        ``f(w, dw, config)``, which returns the next w, and the config.
    keeps_state : bool
        Whether the config that comes back is an object, of which nothing is seen, and the first one has the options.
    """

    name: str
    rule: Rule
    function: Callable[..., Any]
    keeps_state: bool = False


def _sgd(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
    return w - c["learning_rate"] * dw, {}


def _uphill(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
    return w + c["learning_rate"] * dw, {}


def _momentum(kept: float, added: float, moved: float, *, damped: bool = False, late: bool = False) -> Step:
    """Return the rule with signs: of the old velocity, of the gradient in the new one, and of that in the step.

    `damped`: whether the gradient is multiplied by 1 - momentum. `late`: whether the learning rate multiplies the
    velocity, not the gradient.
    """

    def step(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
        rate, share = c["learning_rate"], 1 - c["momentum"] if damped else 1.0
        v = kept * c["momentum"] * c["velocity"] + added * share * (1.0 if late else rate) * dw
        return w + moved * (rate if late else 1.0) * v, {"velocity": v}

    return step


def _nesterov(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
    v = c["momentum"] * c["velocity"] - c["learning_rate"] * dw
    return w + c["momentum"] * v - c["learning_rate"] * dw, {"velocity": v}


def _rmsprop(
    *, swapped: bool = False, inside: bool = False, rooted: bool = True, squared: bool = True
) -> Step:
    """Return the rule: with its decay swapped, eps inside the root, no root, or no square, if that is asked for."""

    def step(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
        kept = 1 - c["decay_rate"] if swapped else c["decay_rate"]
        cache = kept * c["cache"] + (1 - kept) * (dw * dw if squared else dw)
        eps = c["epsilon"]
        root = cache + eps if not rooted else np.sqrt(cache + eps) if inside else np.sqrt(cache) + eps
        return w - c["learning_rate"] * dw / root, {"cache": cache}

    return step


def _adam(
    *,
    corrected: bool = True,
    late: bool = False,
    inside: bool = False,
    rooted: bool = True,
    swapped: bool = False,
    squared: bool = True,
    scaled_eps: bool = False,
    rebiased: bool = False,
) -> Step:
    """Return the rule, with one of its parts wrong if that is asked for.

    `late`: t rises after it was used. `scaled_eps`: the form in which the correction multiplies the learning rate.
    `rebiased`: what is kept in the config is what was corrected already.
    """

    def step(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
        t = c["t"] + 1
        one, two = (c["beta2"], c["beta1"]) if swapped else (c["beta1"], c["beta2"])
        m = one * c["m"] + (1 - one) * dw
        v = two * c["v"] + (1 - two) * (dw * dw if squared else dw)
        used = t - 1 if late else t
        first, second = (1 - one**used, 1 - two**used) if corrected else (1.0, 1.0)
        eps = c["epsilon"] / np.sqrt(second) if scaled_eps else c["epsilon"]
        mean, size = m / first, v / second
        root = size + eps if not rooted else np.sqrt(size + eps) if inside else np.sqrt(size) + eps
        kept = {"m": mean, "v": size, "t": t} if rebiased else {"m": m, "v": v, "t": t}
        return w - c["learning_rate"] * mean / root, kept

    return step


def _forgetting(step: Step, *names: str) -> Step:
    """Return a rule that does not keep some of its state."""

    def forgetful(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
        moved, state = step(w, dw, c)
        return moved, {name: c[name] if name in names else value for name, value in state.items()}

    return forgetful


SGD = Rule(
    name="sgd",
    step=_sgd,
    defaults={"learning_rate": 1e-2},
    options={"learning_rate": 0.3},
    state={},
    mistakes=(
        Mistake(
            "sign-flipped",
            _uphill,
            "the step goes along the gradient, uphill: it is w - learning_rate * dw",
        ),
    ),
)
SGD_MOMENTUM = Rule(
    name="sgd_momentum",
    step=_momentum(1, -1, 1),
    defaults={"learning_rate": 1e-2, "momentum": 0.9},
    options={"learning_rate": 0.3, "momentum": 0.6},
    state={"velocity": 0.0},
    mistakes=(
        Mistake(
            "sign-flipped",
            _momentum(1, 1, 1),
            "the gradient is added to the velocity, so that the step goes uphill: v = momentum * v - "
            "learning_rate * dw",
        ),
        Mistake(
            "velocity-subtracted",
            _momentum(1, -1, -1),
            "the velocity, which points downhill already, is subtracted: next_w = w + v",
        ),
        Mistake(
            "velocity-of-other-sign",
            _momentum(1, 1, -1),
            "the velocity in the config has the other sign: it is v = momentum * v - learning_rate * dw, and "
            "next_w = w + v",
        ),
        Mistake(
            "momentum-sign",
            _momentum(-1, -1, 1),
            "the old velocity is subtracted: v = momentum * v - learning_rate * dw",
        ),
        Mistake(
            "gradient-damped",
            _momentum(1, -1, 1, damped=True),
            "the gradient is multiplied by 1 - momentum: here the velocity is no mean, v = momentum * v - "
            "learning_rate * dw",
        ),
        Mistake(
            "rate-times-velocity",
            _momentum(1, 1, -1, late=True),
            "the learning rate multiplies the velocity, as in PyTorch: here it multiplies the gradient in it, v = "
            "momentum * v - learning_rate * dw",
        ),
        Mistake("nesterov", _nesterov, "this is Nesterov's momentum: here next_w = w + v"),
        Mistake(
            "velocity-not-kept",
            _forgetting(_momentum(1, -1, 1), "velocity"),
            "the new velocity is not put into the config, so that every step begins from rest: config['velocity'] = v",
        ),
    ),
)
RMSPROP = Rule(
    name="rmsprop",
    step=_rmsprop(),
    defaults={"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    options={"learning_rate": 0.3, "decay_rate": 0.7, "epsilon": 0.05},
    state={"cache": 0.0},
    mistakes=(
        Mistake(
            "decay-swapped",
            _rmsprop(swapped=True),
            "decay_rate and 1 - decay_rate are exchanged: cache = decay_rate * cache + (1 - decay_rate) * dw**2",
        ),
        Mistake(
            "eps-inside-the-root",
            _rmsprop(inside=True),
            "epsilon is added before the root is taken, and afterwards is its definition: np.sqrt(cache) + epsilon",
        ),
        Mistake("root-missing", _rmsprop(rooted=False), "the root is missing: np.sqrt(cache) + epsilon"),
        Mistake(
            "square-missing",
            _rmsprop(squared=False),
            "the cache is a mean of the gradients, not of their squares: dw**2",
        ),
        Mistake(
            "cache-not-kept",
            _forgetting(_rmsprop(), "cache"),
            "the new cache is not put into the config: config['cache'] = cache",
        ),
    ),
)
ADAM = Rule(
    name="adam",
    step=_adam(),
    defaults={"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    options={"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.05},
    state={"m": 0.0, "v": 0.0, "t": 0},
    mistakes=(
        Mistake(
            "no-bias-correction",
            _adam(corrected=False),
            "the means are not corrected for their start at 0: m / (1 - beta1**t) and v / (1 - beta2**t)",
        ),
        Mistake(
            "t-updated-after",
            _adam(late=True),
            "t rises after it was used, so that the first step divides by 1 - beta**0 = 0: raise it first",
        ),
        Mistake(
            "eps-inside-the-root",
            _adam(inside=True),
            "epsilon is added before the root is taken, and afterwards is its definition: np.sqrt(v) + epsilon",
        ),
        Mistake("root-missing", _adam(rooted=False), "the root is missing: np.sqrt(v) + epsilon"),
        Mistake(
            "betas-swapped", _adam(swapped=True), "beta1 and beta2 are exchanged: m has beta1, v has beta2"
        ),
        Mistake("square-missing", _adam(squared=False), "v is a mean of the gradients, not of their squares"),
        Mistake(
            "correction-kept",
            _adam(rebiased=True),
            "the corrected means are put into the config, and corrected again in the next step: keep m and v as they "
            "are, and correct copies",
        ),
        Mistake("t-not-kept", _forgetting(_adam(), "t"), "t is not put into the config: config['t'] = t"),
        Mistake(
            "means-not-kept",
            _forgetting(_adam(), "m", "v"),
            "the new means are not put into the config: config['m'], config['v'] = m, v",
        ),
    ),
    accepted=(
        Mistake(
            "eps-scaled",
            _adam(scaled_eps=True),
            "its correction multiplies the learning rate, and epsilon is added to the root of the uncorrected v: the "
            "paper's other form",
        ),
    ),
)

RULES = {rule.name: rule for rule in (SGD, SGD_MOMENTUM, RMSPROP, ADAM)}

EPSILONS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-9, 1e-10, 1e-12, 0.0)
"""What people write into their code for epsilon, the usual one first."""

OF_OTHERS = {
    "gradient-damped": "its velocity is a mean of gradients: the new one is multiplied by 1 - momentum",
    "eps-inside-the-root": "epsilon is added before the root is taken",
}
"""What the course does not do and others do on purpose, by the name that it has as a mistake -> what a note says."""


def in_an_object(rule: Rule, options: Collection[str]) -> Rule:
    """Return a rule as a class may have it that takes some options: an epsilon may stand in its code."""
    own = [
        Mistake(each.name, each.step, OF_OTHERS[each.name])
        for each in rule.mistakes
        if each.name in OF_OTHERS
    ]
    forms = [Mistake("", rule.step, ""), *rule.accepted, *own]
    mistakes = tuple(each for each in rule.mistakes if each.name not in OF_OTHERS)
    if "epsilon" not in rule.defaults or "epsilon" in options:
        return replace(rule, mistakes=mistakes, accepted=tuple(forms[1:]))
    written = tuple(_with_epsilon(form, each) for form in forms for each in EPSILONS)
    usual = {**rule.options, "epsilon": EPSILONS[0]}
    return replace(rule, options=usual, mistakes=mistakes, accepted=written)


def _with_epsilon(form: Mistake, epsilon: float) -> Mistake:
    """Return a form with an epsilon of its own."""

    def step(w: Array, dw: Array, c: Config) -> tuple[Array, dict[str, Any]]:
        return form.step(w, dw, {**c, "epsilon": epsilon})

    said = f"its epsilon is {epsilon:g}, in the code"
    return Mistake(form.name, step, f"{said}; {form.why}" if form.why else said)
