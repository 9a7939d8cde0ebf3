"""A whole network under test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradcheck.contract import Array, Shape


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
