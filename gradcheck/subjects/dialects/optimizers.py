"""Update rules as classes: ``Adam(lr, beta1, beta2)`` with ``update(params, grads)`` or ``calculate_update(w, dw)``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.results import numbers
from gradcheck.calling.signature import described
from gradcheck.contract import Array, SubjectError
from gradcheck.models.rules import RULES, UpdateRule, in_an_object
from gradcheck.subjects.dialects.dialect import Dialect, Members

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("SGD", "Sgd", "GradientDescent", "StochasticGradientDescent"), "sgd"),
    **dict.fromkeys(("Momentum", "SGDMomentum", "MomentumSGD"), "sgd_momentum"),
    **dict.fromkeys(("SGDWithMomentum", "SgdWithMomentum"), "sgd_momentum"),
    **dict.fromkeys(("RMSprop", "RMSProp", "RmsProp", "Rmsprop"), "rmsprop"),
    **dict.fromkeys(("Adam", "AdamOptimizer"), "adam"),
}
"""What a class is called -> the rule that it is."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "learning_rate": ("lr", "learning_rate", "learn_rate", "eta", "alpha", "step_size"),
    "momentum": ("momentum", "momentum_rate", "beta", "gamma", "mu", "rho"),
    "decay_rate": ("decay_rate", "decay", "rho", "beta", "gamma", "alpha"),
    "beta1": ("beta1", "beta_1", "b1", "mu"),
    "beta2": ("beta2", "beta_2", "b2", "rho"),
    "epsilon": ("epsilon", "eps", "e"),
}
"""Option -> what the arguments of a constructor are called."""

PARAMS = frozenset({"params", "parameters", "param_list", "model_params", "weights"})
GRADS = frozenset({"grads", "gradients", "grad"})
BETAS = "betas"
"""What an argument of a constructor is called that is passed all parameters, all gradients, or both rates of Adam."""

HELD = ("objects", "dict", "list")
"""How a constructor is passed parameters: as objects with their gradients, or as arrays."""

METHODS = ("update", "calculate_update", "step", "update_params", "apply_gradients")
FORMS = ("dict", "list", "array")
"""What a method takes: all parameters and their gradients, in a dict or a list; or one of each."""


@dataclass(frozen=True)
class Optimizer:
    """A class, its method, what it takes, and the arguments of its constructor by the options that they are.

    `held` are the arguments that are passed the parameters, and their gradients, when it is made; `takes_grads` says
    that a step is passed the gradients then.
    """

    name: str
    method: str
    form: str
    options: Mapping[str, str]
    held: tuple[str, ...] = ()
    takes_grads: bool = False

    def __call__(self, members: Members, w: Array, dw: Array, config: Any) -> tuple[Array | None, Any]:
        """Return the next weights, and the object; the first step has options, of which the object is made."""
        thing = self.made(members, config) if isinstance(config, Mapping) else config
        if self.held:
            taken = guarded(self.name, getattr, thing, "taken")
            return numbers(guarded(self.name, taken, self.method, w, dw)), thing
        flat = guarded(self.name, members["taken_step"], thing, self.method, w, dw, self.form)
        return numbers(flat), thing

    def made(self, members: Members, config: Mapping[str, Any]) -> Any:
        """Return a new object. Raises SubjectError."""
        passed: dict[str, Any] = {}
        for option, argument in self.options.items():
            value = config[option]
            passed[argument] = (*passed.get(argument, ()), value) if argument == BETAS else value
        if self.held:
            how = (list(self.held), passed, self.form, self.takes_grads)
            return guarded(self.name, members["HeldStep"], members[self.name], *how)
        return guarded(self.name, members[self.name], **passed)


def update_rules(members: Members) -> tuple[UpdateRule, ...]:
    """Return the update rules that are classes of a namespace."""
    return tuple(_rules(members))


def _rules(members: Members) -> Iterator[UpdateRule]:
    for name, kind in KINDS.items():
        # A class SGD may have momentum, too.
        kinds = ("sgd_momentum", "sgd") if kind == "sgd" else (kind,)
        found = (_rule(name, each, members) for each in kinds if callable(members.get(name)))
        yield from islice(filter(None, found), 1)


def _rule(name: str, kind: str, members: Members) -> UpdateRule | None:
    """Return the rule that a class is; None where that is not known."""
    options = _options(name, kind, members)
    found = None if options is None else _that_runs(name, kind, options, members)
    if found is None:
        return None
    return UpdateRule(
        name, in_an_object(RULES[kind], found.options), partial(found, members), keeps_state=True
    )


def _options(name: str, kind: str, members: Members) -> dict[str, str] | None:
    """Return the arguments of a constructor by option; None where one is not known, or an option is in the code."""
    facts, found = described(members[name]), dict[str, str]()
    for each in facts.parameters:
        if each.default is each.empty and each.name.lower() in PARAMS | GRADS:
            continue
        if each.name == BETAS and "beta1" in RULES[kind].defaults:
            found |= {"beta1": BETAS, "beta2": BETAS}
            continue
        left = (option for option in RULES[kind].defaults if option not in found)
        option = next((option for option in left if each.name.lower() in OPTIONS[option]), None)
        if option is not None:
            found[option] = each.name
        elif each.default is each.empty or each.default:  # an option of another rule, which is not off
            return None
    is_whole = set(RULES[kind].defaults) - {"epsilon"} <= set(found)
    return found if facts.is_class and is_whole else None


def _that_runs(name: str, kind: str, options: dict[str, str], members: Members) -> Optimizer | None:
    """Return the class in the first form in which a step moves weights, else in one that its arguments name."""
    known = described(members[name]).methods
    method = next((each for each in METHODS if each in known), None)
    if method is None:
        return None
    forms = _held(name, method, options, members)
    forms = [Optimizer(name, method, form, options) for form in FORMS] if forms is None else forms
    steps = [(each, _moved(each, RULES[kind].options, members)) for each in forms]
    if moving := next((each for each, moved in steps if moved), None):
        return moving
    parameters = described(guarded(name, members["method_of"], members[name], method)).parameters
    says_several = any(each.name.lower().startswith("param") for each in parameters)
    return next((each for each, moved in steps if moved is not None and says_several), None)


def _held(name: str, method: str, options: Mapping[str, str], members: Members) -> list[Optimizer] | None:
    """Return the forms of a class that is passed its parameters when it is made; None where it is not."""
    needed = [each.name for each in described(members[name]).parameters if each.default is each.empty]
    held = tuple(each for each in needed if each.lower() in PARAMS | GRADS)
    if not held or held[0].lower() not in PARAMS:
        return None
    given = described(guarded(name, members["method_of"], members[name], method)).parameters[1:]
    asked = [each for each in given if each.default is each.empty]
    if len(asked) > 1 or any(each.name.lower() not in GRADS for each in asked):
        return []
    forms = HELD[1:] if asked or len(held) > 1 else HELD
    return [Optimizer(name, method, form, options, held, bool(asked)) for form in forms]


def _moved(found: Optimizer, options: Mapping[str, Any], members: Members) -> bool | None:
    """Return whether a small step moves weights; None where it gives none of their shape."""
    w = np.arange(1.0, 4.0)
    try:
        moved, _ = found(members, w, w / 2, options)
    except SubjectError:
        return None
    return None if moved is None or moved.shape != w.shape else not np.array_equal(moved, w)


OPTIMIZERS = Dialect(
    name="optimizers",
    title="update rules as classes: SGD(lr), Momentum, RMSprop, Adam, with update(params, grads)",
    names=tuple(KINDS),
    subjects=lambda members: (),
    models=update_rules,
    support="objects",
)
