"""A whole network under test: how it is made and called, and one with numbers of ours in it, on data of ours."""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Malformed, Missing, Shape

SAMPLES = 3
REGULARISATION = 0.375
"""Large enough that what is missing of it shows."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A whole network under test. No layer says what it computes: it is judged by the derivative of its own loss.

    Attributes
    ----------
    name : str
        Its class, and how it was made if not plainly: ``FullyConnectedNet(normalization='batchnorm')``.
    make : callable
        Regularisation -> an object with `params`. Raises SubjectError.
    loss : callable
        Object, data, labels or None, regularisation -> what its loss returned: the loss and its gradients, or
        without labels the scores. Raises SubjectError.
    shape : tuple of int
        Of one sample.
    classes : int
        How many there are.
    is_plain : bool
        Whether it computes the same in training and at test time, so that its loss follows from its scores.
    halves : bool
        Whether the interface asks for a factor of 0.5 in the regularisation.
    """

    name: str
    make: Callable[[float], Any]
    loss: Callable[[Any, Array, Array | None, float], Any]
    shape: Shape
    classes: int
    is_plain: bool = True
    halves: bool = True


@dataclass(frozen=True)
class Fetched(Mapping[str, Array]):
    """Arrays by name, each fetched when it is looked up."""

    names: tuple[str, ...]
    fetch: Callable[[str], Array]

    def __getitem__(self, name: str) -> Array:
        if name not in self.names:
            raise KeyError(name)
        return self.fetch(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Network:
    """A model, its parameters by name, and a batch."""

    model: Model
    made: Any
    unregularised: Any
    params: Arrays
    x: Array
    y: Array

    @classmethod
    def of(cls, model: Model, seed: int) -> "Network":
        """Make the model and draw its numbers. Raises SubjectError."""
        made, unregularised = model.make(REGULARISATION), model.make(0.0)
        rng = np.random.default_rng((seed, *model.name.encode()))
        params = {name: _drawn(rng, values) for name, values in _read(model, made).items()}
        x = rng.standard_normal((SAMPLES, *model.shape))
        return cls(model, made, unregularised, params, x, rng.permutation(SAMPLES) % model.classes)

    @property
    def function(self) -> str:
        """What is called."""
        return f"{self.model.name}.loss"

    def scores(self) -> Array:
        """Return the scores of the batch. Raises SubjectError."""
        returned = self._call(self.made, self.params, None, REGULARISATION)
        if returned is None:
            raise Missing(f"{self.function} returned no scores")
        return array_of("scores", returned, (SAMPLES, self.model.classes))

    def loss_and_grads(self, params: Arrays | None = None) -> tuple[float, Arrays]:
        """Return the loss and the gradients by the names of the parameters, as they came. Raises SubjectError."""
        loss, grads = self._pair(self.made, params or self.params, REGULARISATION)
        return float(loss), {name: self._grad(grads, name) for name in self.params if self._has(grads, name)}

    def data_loss(self) -> float:
        """Return the loss without regularisation. Raises SubjectError."""
        return float(self._pair(self.unregularised, self.params, 0.0)[0])

    def as_function(self, names: tuple[str, ...]) -> Callable[..., tuple[float, Mapping[str, Array]]]:
        """Return loss and gradients as a function of the parameters of these names, for real numbers only.

        A gradient is fetched when it is asked for: of most calls only the loss is wanted.

        Code that copies complex numbers into real arrays loses a part of the derivative without a word.
        """

        def function(*values: Array) -> tuple[float, Mapping[str, Array]]:
            if any(np.iscomplexobj(value) for value in values):
                raise TypeError("real numbers only")
            params = {**self.params, **dict(zip(names, values, strict=True))}
            loss, grads = self._pair(self.made, params, REGULARISATION)
            return float(loss), Fetched(names, lambda name: np.asarray(self._grad(grads, name)))

        return function

    @cached_property
    def doubt(self) -> str | None:
        """Why nothing that compares losses can give a verdict, or None. Raises SubjectError."""
        moved = {name: values + 0.25 for name, values in self.params.items()}
        if self.loss_and_grads(moved)[0] == self.loss_and_grads()[0]:
            return "no verdict: its loss does not change with what `params` is set to"
        dtype = np.asarray(self._pair(self.made, self.params, REGULARISATION)[0]).dtype
        if dtype != np.float64:
            return f"no verdict: its loss has dtype {dtype}, too coarse for numerical derivatives"
        return None

    def _call(self, made: Any, params: Arrays, y: Array | None, regularisation: float) -> Any:
        copies = {name: values.copy() for name, values in params.items()}
        guarded(f"{self.model.name}.params", setattr, made, "params", copies)
        return self.model.loss(made, self.x, y, regularisation)

    def _pair(self, made: Any, params: Arrays, regularisation: float) -> tuple[Array, Any]:
        returned = self._call(made, params, self.y, regularisation)
        if returned is None:
            raise Missing(f"{self.function} returned None; expected loss, grads")
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise Malformed(
                f"{self.function} returned {type(returned).__name__}; expected two results: loss, grads"
            )
        loss, grads = returned
        if loss is None or (np.ndim(loss) == 0 and loss == 0 and not guarded(self.function, len, grads)):
            raise Missing(f"{self.function} returned no loss and no gradients")
        return array_of("loss", loss, ()), grads

    def _has(self, grads: Any, name: str) -> bool:
        return bool(guarded(self.function, operator.contains, grads, name))

    def _grad(self, grads: Any, name: str) -> Any:
        value = guarded(self.function, operator.getitem, grads, name)
        return value.copy() if isinstance(value, np.ndarray) else value


def _read(model: Model, made: Any) -> Mapping[str, Array]:
    """Return the parameters that a new model has. Raises SubjectError."""
    where = f"{model.name}.params"
    params = guarded(where, getattr, made, "params")
    names = guarded(where, list, params)
    values = {name: guarded(where, operator.getitem, params, name) for name in names}
    if not values or all(value is None for value in values.values()):
        raise Missing(f"{where} is empty")
    for name, value in values.items():
        if not isinstance(value, np.ndarray):
            raise Malformed(f"{where}[{name!r}] is a {type(value).__name__}; expected an array")
    return values


def _drawn(rng: np.random.Generator, start: Array) -> Array:
    """Return numbers that hide nothing: weights that keep the size of what they multiply, biases and scales spread.

    Where one bias is low and another high, some units are off and some are on, and a missing mask shows.
    """
    noise = rng.standard_normal(start.shape)
    if start.ndim < 2:
        return np.asarray(start + np.linspace(-0.75, 0.75, start.size).reshape(start.shape) + 0.2 * noise)
    inputs = start.shape[0] if start.ndim == 2 else start[0].size
    return np.asarray(noise / np.sqrt(max(inputs, 1)))
