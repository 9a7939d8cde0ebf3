"""A network that is called as a whole: how its parameters are set, and its gradients read."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from operator import setitem
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.derivative.line import EPS
from gradcheck.functions.frameworks import NUMPY, library_of
from gradcheck.models.recorder import Recorder
from gradcheck.models.spying import Spot, spots_of, watched
from gradcheck.models.trace import Evaluation, Swap, floating

__tracebackhide__ = True


@dataclass(frozen=True)
class Holder:
    """Where a parameter is kept: how to read it, and how to put numbers there."""

    get: Callable[[], Any]
    put: Callable[[Array], None]
    is_coarse: bool = False
    """Whether numbers in double precision are rounded when they are put there."""


def in_array(array: Array) -> Holder:
    """Return the holder of an array itself: its numbers are overwritten."""

    def put(values: Array) -> None:
        array[...] = values

    return Holder(lambda: array, put, is_coarse=array.dtype.itemsize < 8)


def in_item(items: Any, key: Any) -> Holder:
    """Return the holder of an item of a mapping."""
    first, library = items[key], library_of(items[key])
    if library is None or library is NUMPY:
        return Holder(lambda: items[key], partial(setitem, items, key))

    def put(values: Array) -> None:
        items[key] = library.put(values, first) if isinstance(values, np.ndarray) else values
        if getattr(first, "requires_grad", False):
            items[key].requires_grad_()

    return Holder(lambda: items[key], put, is_coarse=library.is_float(first) and library.eps(first) > EPS)


def in_attribute(owner: Any, name: str) -> Holder:
    """Return the holder of an attribute."""
    return Holder(lambda: getattr(owner, name), lambda values: setattr(owner, name, values))


def in_tensor(tensor: Any) -> Holder:
    """Return the holder of a small library's tensor: of the array within."""
    for name in ("cached_data", "data", "_data", "value"):
        if isinstance(getattr(tensor, name, None), np.ndarray):
            return in_attribute(tensor, name)
    raise TypeError(
        f"check_network: a parameter is a {type(tensor).__name__} without an array in data or cached_data; expected "
        "NumPy arrays, or tensors that hold one: pass the arrays that the network reads"
    )


Returned = tuple[Any, Any]
"""A loss, and gradients by the names of the parameters."""


@dataclass(frozen=True)
class Composed:
    """A network in NumPy, or in a small library on NumPy."""

    name: str
    call: Callable[[], Returned]
    holders: Mapping[str, Holder]
    roots: tuple[Any, ...] = ()
    own_spots: tuple[Spot, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    regularisation: Holder | None = None
    samples: int | None = None

    @cached_property
    def params(self) -> Arrays:
        """The parameters in double precision."""
        return {
            name: np.array(numbers_of(holder.get()), dtype=np.float64)
            for name, holder in self.holders.items()
        }

    @cached_property
    def spots(self) -> list[Spot]:
        """Where the layers are looked up."""
        own = {id(spot.original) for spot in self.own_spots}
        return [*self.own_spots, *(spot for spot in spots_of(self.roots) if id(spot.original) not in own)]

    def evaluate(
        self, params: Mapping[str, Array] | None = None, swap: Swap | None = None, is_watched: bool = False
    ) -> Evaluation:
        """Call the network with changed parameters, or with a value swapped at a joint."""
        recorder = Recorder(swap)
        watch = watched(self.spots, recorder) if is_watched or swap else contextlib.nullcontext()
        with self._with(params or {}), watch:
            loss, grads = self.call()
        value = floating(loss)
        number = np.asarray(loss, dtype=np.float64) if value is None else np.asarray(value)
        if number.size != 1:
            raise TypeError(
                f"check_network: {self.name} returned a loss of shape {number.shape}; expected one number"
            )
        coarse = value is not None and value.dtype.itemsize < 8
        coarse = coarse or any(holder.is_coarse for holder in self.holders.values())
        return Evaluation(float(number.reshape(())), grads, tuple(recorder.calls), coarse)

    @contextlib.contextmanager
    def _with(self, params: Mapping[str, Array]) -> Iterator[None]:
        """Put copies of all parameters in their places, some of them changed, and then those that were there."""
        before = {name: holder.get() for name, holder in self.holders.items()}
        kept = {name: np.array(numbers_of(value)) for name, value in before.items()}  # of those in place
        for name, holder in self.holders.items():
            holder.put(np.array(params.get(name, self.params[name])))
        try:
            yield
        finally:
            for name, holder in self.holders.items():
                holder.put(before[name] if not _shares(before[name], holder) else kept[name])


def _shares(before: Any, holder: Holder) -> bool:
    """Return whether what was there has been overwritten, so that its numbers have to be put back."""
    return holder.get() is before


def numbers_of(value: Any) -> Array:
    """Return the numbers of a parameter. Raises TypeError."""
    found = floating(value)
    if found is None:
        kind = (
            f"an array of dtype {value.dtype}"
            if isinstance(value, np.ndarray)
            else f"a {type(value).__name__}"
        )
        raise TypeError(f"check_network: a parameter is {kind}; expected an array of a floating dtype")
    return found


def upstream(value: Any, seed: int) -> Array:
    """Return what the output of a chain is weighed with, which makes it a loss: 1 where it is one already."""
    numbers = floating(value)
    if numbers is None:
        raise TypeError(
            f"check_network: the network ends in a {type(value).__name__}; expected a floating array or a loss"
        )
    if numbers.size == 1:
        return np.ones(numbers.shape)
    rng = np.random.default_rng(seed)
    return np.asarray(rng.choice([-1.0, 1.0], numbers.shape) * rng.uniform(0.5, 2.0, numbers.shape))
