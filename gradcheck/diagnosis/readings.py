"""What a result would be if something else had been read, or done: "dw is computed from the sign of dout".

The second resort where no known mistake fits: `structure` looks at the parts of the right result first. Each reading is
the right computation on other arguments, or with one step exchanged, and it knows nothing of how the author wrote it. A
sentence is believed only if it gives the author's numbers in every scene of the tensor, wrong or right. Where several
do, they agree on all that was seen, and the first is reported.

To teach it another way to go wrong, add a generator to `WAYS`, the likeliest first.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.diagnosis.matching import Group, Scene, Stage
from gradcheck.diagnosis.parts import sets_of
from gradcheck.diagnosis.results import Results, agree
from gradcheck.evidence.reference import Reference
from gradcheck.layers import geometry

FEWEST, LEAST = 2, 3
"""Scenes in which a reading must give what is wrong, and scenes at all: in a single one too much does."""

MOST = 6
"""Scenes of either kind that are looked at, the cheapest first."""

USUAL = (0.0, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)
"""Numbers that people write in place of an option."""


@dataclass(frozen=True)
class Place:
    """One tensor of a part in a scene."""

    part: str
    tensor: str
    scene: Scene

    @property
    def right(self) -> Array:
        """What it should be."""
        return self.scene.right.arrays[self.tensor]

    @property
    def given(self) -> Array:
        """What the author gives."""
        return self.scene.given.arrays[self.tensor]

    @property
    def inputs(self) -> Arrays:
        """The tensors of the case, of real numbers."""
        reference = self.scene.trial.reference
        return {name: values for name, values in reference.tensors.items() if values.dtype.kind == "f"}

    @property
    def absent(self) -> tuple[str, ...]:
        """What the layer may be given, as a bias, and the case does not have."""
        return tuple(name for name in self.scene.trial.layer.shapes.differentiable if name not in self.inputs)

    def same(self, one: Array, other: Array) -> bool:
        """Return whether two arrays are the same but for rounding."""
        return agree(
            self.scene.trial,
            self.part,
            self.tensor,
            Results({self.tensor: one}),
            Results({self.tensor: other}),
        )

    def with_inputs(self, **changed: Array) -> Array:
        """Return the result on other tensors."""
        return self._of(self.scene.trial.reference_for(self.scene.trial.first, **changed), self._dout)

    def with_changed(self, name: str, change: Callable[[Array], Array]) -> Array:
        """Return the result on a changed tensor; the right one, where a case has no such tensor."""
        return self.right if name in self.absent else self.with_inputs(**{name: change(self.inputs[name])})

    def with_params(self, changed: Mapping[str, Any], tensors: Arrays | None = None) -> Array:
        """Return the result with other options, and other tensors."""
        trial = self.scene.trial
        params, own = {**trial.params, **changed}, {**trial.reference.tensors, **(tensors or {})}
        return self._of(Reference(trial.layer, trial.reference.pair, params, own), self._dout)

    def with_upstream(self, dout: Array) -> Array:
        """Return the result for another upstream gradient."""
        return self._of(self.scene.trial.reference, dout)

    @property
    def _dout(self) -> Array:
        return np.asarray(self.scene.trial.dout, dtype=np.float64)

    def _of(self, reference: Reference, dout: Array) -> Array:
        if self.part == "backward":
            return np.asarray(reference.gradients(dout)[self.tensor.removeprefix("d")])
        out, cache = reference.here
        outputs = self.scene.trial.layer.shapes.by_name(out)
        return np.asarray(outputs[self.tensor] if self.tensor in outputs else getattr(cache, self.tensor))


Way = Callable[[Place], Iterator[tuple[str, Callable[[], Array]]]]
"""Yields sentences, each with the result that it leads to."""


def reading(stage: Stage, group: Group) -> str | None:
    """Return a sentence that gives a tensor's numbers in all its scenes, or None; of several the likeliest."""
    tensor = group.tensor
    if tensor is None or len(group.wrong) < FEWEST or len(group.wrong) + len(group.right) < LEAST:
        return None
    at = [Place(stage.part, tensor, stage.scenes[i]) for i in (*group.wrong[:MOST], *group.right[:MOST])]
    if any(tensor not in place.scene.given.arrays for place in at):
        return None
    found: dict[str, bool] | None = None
    for place in at:
        here = dict(_fitting(place, found))
        before = found or {}
        found = {text: changes or before.get(text, False) for text, changes in here.items()}
        if not found:
            return None
    return next((text for text, changes in (found or {}).items() if changes), None)


def _fitting(place: Place, among: Collection[str] | None) -> Iterator[tuple[str, bool]]:
    """Yield the sentences that give the author's numbers here, and whether these are not the right ones."""
    given, right = place.given.shape, place.right.shape
    yield from (
        (text, given != right)
        for text, shape in _shapes(place)
        if shape == given and (among is None or text in among)
    )
    if given != right:
        return
    for way in WAYS:
        for text, made in way(place):
            if among is not None and text not in among:
                continue
            values = made_of(made)
            if values is not None and values.shape == place.given.shape and place.same(values, place.given):
                yield text, not place.same(values, place.right)


def made_of(made: Callable[[], Array]) -> Array | None:
    """Return what a reading gives; None where it is no legal call."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(made())
    except (ArithmeticError, IndexError, LookupError, TypeError, ValueError):
        return None


# Other arguments


def _mixed(values: Array) -> Array:
    """Return the numbers of all samples in the order of a reshape where each sample should stay together."""
    return values.reshape(-1, len(values)).T.reshape(values.shape)


def _reshaped(values: Array, one: int, other: int) -> Array:
    """Return what a reshape makes of values whose axes lie in another order, and are to be exchanged."""
    shape = list(values.shape)
    shape[one], shape[other] = shape[other], shape[one]
    return values.reshape(shape).swapaxes(one, other)


OTHERS: dict[str, Callable[[Array], Array]] = {
    "the sign of {}": np.sign,
    "|{}|": np.abs,
    "-{}": np.negative,
    "{} squared": np.square,
    "max({}, 0)": lambda values: np.maximum(values, 0),
    "1 - {}": lambda values: 1 - values,
    "{} less its mean over the batch": lambda values: values - values.mean(axis=0),
    "the mean of {} over the batch": lambda values: np.broadcast_to(values.mean(axis=0), values.shape),
    "1 / {}": np.reciprocal,
    "the first sample of {} alone": lambda values: np.broadcast_to(values[:1], values.shape),
    "the first channel of {} alone": lambda values: np.broadcast_to(values[:, :1], values.shape),
    "{} reshaped so that its samples are mixed": _mixed,
    "{} reshaped where samples and channels must be exchanged": lambda values: _reshaped(values, 0, 1),
    "{} reshaped where rows and columns must be exchanged": lambda values: _reshaped(values, 2, 3),
}
"""What may be read in the place of a tensor."""

OF_SAMPLES = ("sample", "channel", "columns")
"""Words of those that are meant for x and dout alone."""


def _of_other_upstreams(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    trial = place.scene.trial
    if place.part != "backward" or trial.subject.interface.fused:
        return
    dout = np.asarray(trial.dout, dtype=np.float64)
    for what, change in OTHERS.items():
        if what != "-{}":  # the whole tensor has the wrong sign then, and `structure` says so
            yield (
                f"{place.tensor} is computed from {what.format('dout')}, not from dout",
                lambda change=change: place.with_upstream(change(dout)),  # type: ignore[misc]
            )
    yield f"{place.tensor} does not depend on dout", lambda: place.with_upstream(np.ones_like(dout))
    for name, values in {**place.inputs, "the output": trial.reference.here[0]}.items():
        if values.shape == dout.shape and name != "mask":
            yield (
                f"{place.tensor} is computed from {name}, not from dout",
                partial(place.with_upstream, values),
            )


def _of_other_inputs(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    for name in (*place.inputs, *place.absent):
        for what, change in OTHERS.items():
            if name == "x" or not any(word in what for word in OF_SAMPLES):
                text = f"{place.tensor} is computed from {what.format(name)}, not from {name}"
                yield text, partial(place.with_changed, name, change)
        yield f"{place.tensor} does not depend on {name}", partial(place.with_changed, name, np.ones_like)


def _of_other_options(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    for name, value in place.scene.trial.params.items():
        if type(value) is not float:
            continue
        for usual in USUAL:
            text = f"{place.tensor} is computed with {name} = {usual:g}, whatever {name} is given"
            yield text, partial(place.with_params, {name: usual})
        others = {f"-{name}": -value, f"1 - {name}": 1 - value, f"{name} squared": value * value}
        others |= {f"2 * {name}": 2 * value, f"the root of {name}": value**0.5 if value >= 0 else value}
        for what, other in others.items():
            text = f"{place.tensor} is computed with {what} in place of {name}"
            yield text, partial(place.with_params, {name: other})


# Other steps


def _with_more_terms(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield sums of the right result and a multiple of a tensor that does not belong there."""
    trial = place.scene.trial
    upstream = {"dout": np.asarray(trial.dout, dtype=np.float64)} if place.part == "backward" else {}
    for name, values in {**place.inputs, **upstream}.items():
        if values.shape != place.right.shape or not values.any() or not np.isfinite(place.given).all():
            continue
        share = float(((place.given - place.right) * values).sum() / (values * values).sum())
        for text, factor in (
            (f"{name} is added to {place.tensor}, and does not belong there", 1.0),
            (f"{name} is subtracted from {place.tensor}, and does not belong there", -1.0),
            (f"a multiple of {name} is added to {place.tensor}, and does not belong there", share),
        ):
            if factor is share and (abs(share) < 1e-12 or abs(abs(share) - 1) < 1e-9):
                continue
            yield text, lambda factor=factor, values=values: place.right + factor * values  # type: ignore[misc]


def _in_another_order(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield the right numbers, moved by a reshape that should have been an exchange of axes."""
    right = place.right
    for one, other in combinations(range(right.ndim), 2):
        text = f"{place.tensor} is reshaped where the axes {one} and {other} must be exchanged"
        yield text, partial(_reshaped, right, one, other)
        yield text, lambda one=one, other=other: right.swapaxes(one, other).reshape(right.shape)  # type: ignore[misc]


def _with_a_product(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield the product of what must be added: the bias or the shift."""
    for name in ("b", "beta"):
        if place.tensor == "out" and (name in place.inputs or name in place.absent):
            yield f"{name} is multiplied where it must be added", partial(_product, place, name)


def _product(place: Place, name: str) -> Array:
    if name in place.absent:
        return place.right
    without = place.with_changed(name, np.zeros_like)
    return np.asarray(without * (place.right - without))


def _with_other_statistics(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield a norm's output with another centre, or another spread, than the mean and the standard deviation."""
    trial = place.scene.trial
    if place.tensor != "out" or "eps" not in trial.params or trial.params.get("mode", "train") != "train":
        return
    found, shape = sets_of(trial), place.right.shape
    sets, axes = found.values, found.axes

    def made(centre: Array, spread: Array) -> Array:
        return (found.scale * ((sets - centre) / spread).reshape(shape) + found.shift).reshape(shape)

    if not found.is_centred:
        return
    eps, names = trial.params["eps"], NAMES[-1 if "g" in trial.params else sets.ndim]
    mean = sets.mean(axis=axes, keepdims=True)
    std = np.sqrt(sets.var(axis=axes, keepdims=True) + eps)
    for text, centre in _centres(sets, axes, names):
        own = np.sqrt(np.mean((sets - centre) ** 2, axis=axes, keepdims=True) + eps)
        yield f"x is centred on {text}, not on its mean", partial(made, centre, own)
        yield f"x is centred on {text}, not on its mean; its spread is right", partial(made, centre, std)
    for text, spread in _spreads(sets, axes, eps, names):
        yield f"x is divided by {text}, not by its standard deviation", partial(made, mean, spread)


NAMES = {
    2: ("samples", "features"),
    3: ("samples", "channels", "positions"),
    4: ("samples", "channels", "rows", "columns"),
    5: ("samples", "axis 1", "axis 2", "axis 3", "axis 4"),
    6: ("samples", "axis 1", "axis 2", "axis 3", "axis 4", "axis 5"),
    -1: ("samples", "groups", "channels of a group", "rows", "columns"),
}
"""What the axes are called, by how many there are; -1: of a group norm."""


def _over(axes: tuple[int, ...], names: tuple[str, ...]) -> str:
    return " and ".join(names[axis] for axis in axes)


def _centres(sets: Array, axes: tuple[int, ...], names: tuple[str, ...]) -> Iterator[tuple[str, Array]]:
    mean, total = sets.mean(axis=axes, keepdims=True), sets.sum(axis=axes, keepdims=True)
    count = sets.size // max(total.size, 1)
    yield "its median", np.median(sets, axis=axes, keepdims=True)
    yield "its largest value", sets.max(axis=axes, keepdims=True)
    yield "its smallest value", sets.min(axis=axes, keepdims=True)
    yield "its first value", _first(sets, axes)
    yield "its sum", total
    for over in _subsets(sets.ndim):
        yield f"a mean over {_over(over, names)}", sets.mean(axis=over, keepdims=True)
    for axis in set(range(sets.ndim)) - set(axes):
        yield f"the mean of the first of the {names[axis]}", np.take(mean, [0], axis)
    for number, length in enumerate(sets.shape):
        yield f"its sum divided by the number of {names[number]}", total / length
    if count > 1:
        yield "its sum divided by one less than its count", total / (count - 1)


def _spreads(
    sets: Array, axes: tuple[int, ...], eps: float, names: tuple[str, ...]
) -> Iterator[tuple[str, Array]]:
    deviations = sets - sets.mean(axis=axes, keepdims=True)
    squares = (deviations**2).sum(axis=axes, keepdims=True)
    count = sets.size // max(squares.size, 1)
    std = np.sqrt(squares / count + eps)
    yield "its mean absolute deviation", np.abs(deviations).mean(axis=axes, keepdims=True) + eps
    yield "its largest deviation", np.abs(deviations).max(axis=axes, keepdims=True) + eps
    yield "its range", sets.max(axis=axes, keepdims=True) - sets.min(axis=axes, keepdims=True) + eps
    yield "the root of the sum of squares", np.sqrt(squares + eps)
    yield "its standard deviation plus eps", np.sqrt(squares / count) + eps
    yield "the root of its variance less eps", np.sqrt(squares / count - eps)
    for over in _subsets(sets.ndim):
        spread = np.sqrt(np.mean(deviations**2, axis=over, keepdims=True) + eps)
        yield f"a spread over {_over(over, names)}", spread
        own = np.sqrt(sets.var(axis=over, keepdims=True) + eps)
        yield f"a spread over {_over(over, names)} around the mean over these", own
    for axis in set(range(sets.ndim)) - set(axes):
        yield f"the standard deviation of the first of the {names[axis]}", np.take(std, [0], axis)
    for number, length in enumerate(sets.shape):
        text = f"the root of its sum of squares divided by the number of {names[number]}"
        yield text, np.sqrt(squares / length + eps)


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, count + 1):
        yield from combinations(range(count), size)


def _first(sets: Array, axes: tuple[int, ...]) -> Array:
    for axis in axes:
        sets = np.take(sets, [0], axis)
    return sets


# Windows

AXES = {
    3: ("filters", "channels", "taps"),
    4: ("filters", "channels", "rows", "columns"),
    5: ("filters", "channels", "planes", "rows", "columns"),
}
"""What the axes of w are called, by how many there are."""
MODES = {"ones": {"constant_values": 1}, "copies of the edge": {}, "a reflection of x": {}, "x again": {}}
NUMPY = {"ones": "constant", "copies of the edge": "edge", "a reflection of x": "reflect", "x again": "wrap"}


def _of_other_windows(place: Place) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield what a convolution or a pool gives with its kernel turned, or with its padding or stride elsewhere."""
    params = place.scene.trial.params
    if "pad" not in params:
        return
    if "w" in place.inputs:
        for number, axis in enumerate(AXES[place.inputs["w"].ndim]):
            text = f"{place.tensor} is computed from w with its {axis} in reverse"
            yield text, partial(place.with_changed, "w", partial(np.flip, axis=number))
        text = f"{place.tensor} is computed from the first filter of w for every filter"
        yield text, partial(place.with_changed, "w", lambda w: np.broadcast_to(w[:1], w.shape))
    if "kernel" in params:
        yield (
            f"{place.tensor} is computed over all channels of x at once",
            partial(
                place.with_changed, "x", lambda x: np.broadcast_to(x.max(axis=1, keepdims=True), x.shape)
            ),
        )
    if not geometry.is_planar(params):
        return
    (top, bottom), (left, right) = params["pad"]
    sides = {
        "below and on the right alone": ((0, top + bottom), (0, left + right)),
        "above and on the left alone": ((top + bottom, 0), (left + right, 0)),
        "below alone, in place of above and below": ((0, top + bottom), (left, right)),
        "on the right alone, in place of both sides": ((top, bottom), (0, left + right)),
    }
    for where, pad in sides.items():
        yield f"all padding is {where}", partial(place.with_params, {"pad": pad})
    yield (
        "the strides of rows and columns are exchanged",
        partial(place.with_params, {"stride": params["stride"][::-1]}),
    )
    if place.tensor == "out":
        for what in MODES:
            yield f"the padding holds {what}, not zeros", partial(_padded, place, what)


def _padded(place: Place, what: str) -> Array:
    pad = place.scene.trial.params["pad"]
    x = np.pad(place.inputs["x"], ((0, 0), (0, 0), *pad), NUMPY[what], **MODES[what])  # type: ignore[call-overload]
    return place.with_params({"pad": ((0, 0), (0, 0))}, {"x": x})


def _shapes(place: Place) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the shapes that an output of windows has where its size is computed in another way."""
    params, right = place.scene.trial.params, place.right.shape
    if place.tensor != "out" or "pad" not in params or "output_pad" in params or len(right) != 4:
        return
    kernel = params.get("kernel") or (params["kh"], params["kw"])
    steps, dilations = params["stride"], params.get("dilation", (1, 1))
    for text, size in SIZES.items():
        sizes = [
            size(
                params["hw"[axis]],
                sum(params["pad"][axis]),
                dilations[axis] * (kernel[axis] - 1) + 1,
                steps[axis],
            )
            for axis in (0, 1)
        ]
        yield f"out has the wrong number of rows: {text}", (*right[:2], sizes[0], right[3])
        yield f"out has the wrong number of columns: {text}", (*right[:3], sizes[1])
        yield f"out has the wrong size: {text}", (*right[:2], *sizes)


SIZES: dict[str, Callable[[int, int, int, int], int]] = {
    "+ 1 is missing": lambda size, pad, reach, step: (size + pad - reach) // step,
    "the padding counts once, but lies on both sides": lambda size, pad, reach, step: (
        (size + pad // 2 - reach) // step + 1
    ),
    "the padding does not count": lambda size, pad, reach, step: (size - reach) // step + 1,
    "the stride does not count": lambda size, pad, reach, step: size + pad - reach + 1,
    "the kernel does not count": lambda size, pad, reach, step: (size + pad) // step,
    "one is added before the division": lambda size, pad, reach, step: (size + pad - reach + 1) // step,
    "it is rounded up": lambda size, pad, reach, step: -((reach - size - pad) // step) + 1,
}
"""What is wrong with the formula, and the size that it gives: of x, all padding, the kernel's reach, the stride."""


WAYS: tuple[Way, ...] = (
    _of_other_upstreams,
    _of_other_inputs,
    _of_other_options,
    _with_more_terms,
    _in_another_order,
    _with_a_product,
    _with_other_statistics,
    _of_other_windows,
)
