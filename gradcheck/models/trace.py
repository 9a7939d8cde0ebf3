"""What one call of a network shows: its loss, its gradients, and at each joint what came in and what went back."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.functions.frameworks import library_of

OUT = "out"
"""The joint behind a layer; any other name is that of an input."""


@dataclass(frozen=True)
class Place:
    """A joint: what a call of a layer returns, or what it gets as one of its inputs.

    Calls are numbered in the order in which they begin.
    """

    call: int
    side: str
    number: int = 0
    """Which of several outputs."""


@dataclass(frozen=True)
class Swap:
    """A value that is passed on at a joint in place of what comes there."""

    place: Place
    value: Array


@dataclass
class Call:
    """One call of a layer's forward, and what the calls of its backward received and returned.

    Attributes
    ----------
    number : int
        Its place in the order of the calls.
    name, back_name : str
        What was called, and what computes its gradients.
    unit : str
        The name by which its backward is known to be the other half.
    parent : int or None
        The call within which it was made.
    inputs : dict
        Its floating arrays, by the names of the parameters, as they came.
    outs : list of ndarray
        Its outputs.
    douts : list of ndarray or None
        The upstream gradient of each output, as backward received it.
    grads : dict
        The gradients of the inputs that backward returned.
    times : int
        How often its backward was called.
    is_loss : bool
        Whether it returned a loss and its gradient at once, without an upstream gradient.
    """

    number: int
    name: str
    back_name: str
    unit: str = ""
    parent: int | None = None
    inputs: Arrays = field(default_factory=dict)
    outs: list[Array] = field(default_factory=list)
    douts: list[Array | None] = field(default_factory=list)
    grads: Arrays = field(default_factory=dict)
    times: int = 0
    is_loss: bool = False
    keys: tuple[Any, ...] = ()
    """The objects by which a call of backward is known to belong here."""
    given: tuple[Any, ...] = ()
    """The inputs themselves, to see what is passed on as it is."""
    returned: tuple[Any, ...] = ()
    """The outputs themselves."""

    def gradient(self, place: Place) -> Array | None:
        """Return the gradient that the network itself has at a joint of this call; None if it has none."""
        if place.side == OUT:
            return self.douts[place.number] if place.number < len(self.douts) else None
        return self.grads.get(place.side)

    def value(self, place: Place) -> Array:
        """Return what passes a joint of this call."""
        return self.outs[place.number] if place.side == OUT else self.inputs[place.side]

    def uses(self, other: "Call") -> bool:
        """Return whether this call gets what another one returns, as it is or as a view."""
        pairs = itertools.product(self.given, other.returned)
        return any(
            one is out
            or (isinstance(one, np.ndarray) and isinstance(out, np.ndarray) and np.may_share_memory(one, out))
            for one, out in pairs
        )

    def inputs_with_gradients(self) -> Iterable[Place]:
        """Return the joints before this call at which its backward returned a gradient."""
        return [Place(self.number, name) for name in self.inputs if name in self.grads]


@dataclass(frozen=True)
class Evaluation:
    """The loss, the gradients by the names of the parameters, and the calls of layers within, if they were watched."""

    loss: float
    grads: Mapping[str, Any]
    calls: tuple[Call, ...] = ()
    is_coarse: bool = False
    """Whether the loss was computed in less than double precision."""
    settle: Callable[[], Any] = lambda: None
    """Computes the gradients in `calls`, where that waits until they are asked for."""


class Network(Protocol):
    """A network that can be evaluated at changed parameters, and with a value swapped at one of its joints."""

    @property
    def name(self) -> str:
        """What is called."""

    @property
    def samples(self) -> int | None:
        """How many samples the data has, where that is known."""

    @property
    def regularisation(self) -> Any:
        """The holder of the factor of the regularisation, or None."""

    @property
    def params(self) -> Arrays:
        """The parameters by name."""

    @property
    def called(self) -> Mapping[str, str]:
        """How the gradients of parameters are written, where that is not ``dW1``."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was understood or left out."""

    def evaluate(
        self, params: Mapping[str, Array] | None = None, swap: Swap | None = None, is_watched: bool = False
    ) -> Evaluation:
        """Call the network."""


class Moved:
    """A network at other parameters, which are moved at random."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.name, self.called, self.notes = network.name, network.called, network.notes
        self.samples, self.regularisation = network.samples, network.regularisation
        rng = np.random.default_rng((seed, 1))
        self.params = {name: _nearby(value, rng) for name, value in network.params.items()}

    def evaluate(
        self, params: Mapping[str, Array] | None = None, swap: Swap | None = None, is_watched: bool = False
    ) -> Evaluation:
        """Call the network with the moved parameters, some of them changed."""
        return self.network.evaluate({**self.params, **(params or {})}, swap, is_watched)


def _nearby(value: Array, rng: np.random.Generator) -> Array:
    share = rng.choice([-1.0, 1.0], value.shape) * rng.uniform(0.025, 0.05, value.shape)
    return np.asarray(value + share * (1 + np.abs(value)))


def floating(value: Any) -> Array | None:
    """Return the numbers of a floating array of NumPy's or of a small library's; None for anything else."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind == "f" else None
    if isinstance(value, np.floating):
        return np.asarray(value)
    if hasattr(value, "__dlpack__"):  # of PyTorch, JAX or another library
        library = library_of(value)
        return library.get(value) if library is not None and library.is_float(value) else None
    convert = getattr(value, "numpy", None)
    if value is None or isinstance(value, type) or not callable(convert):
        return None
    try:
        array = np.asarray(convert())
    except Exception:  # noqa: BLE001 - what a small library's tensor does there is its own affair
        return None
    return array if array.dtype.kind == "f" else None
