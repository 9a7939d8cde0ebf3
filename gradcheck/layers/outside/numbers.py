"""What the tensors of a declared layer are filled with."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Arithmetic, Array, Arrays, Case, Shape
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Winner
from gradcheck.grammar import Params
from gradcheck.layers.outside.axes import DeclarationError
from gradcheck.layers.outside.fitness import kinked, unfit

Wish = str | tuple[float, float] | Callable[[np.random.Generator, Shape], Array]
"""What a declaration says of a tensor's numbers: a word or two, a range of decimals, or a function."""

LARGE = 1e4
"""The factor of the fill ``large`` in a smooth layer: exp overflows."""

MOST_DRAWS = 50
"""How often the numbers of a case are drawn, as long as the reference cannot be judged at them."""

WORDS = re.compile(r"integers|distinct(?: multiples of (?P<gap>[1-9]\d*))?|below (?P<below>\w+)")


@dataclass(frozen=True)
class Filling:
    """The numbers of each tensor of a layer."""

    layer: str
    wishes: Mapping[str, Wish]
    arithmetic: Arithmetic

    def fill(self, case: Case, rng: np.random.Generator) -> Arrays:
        """Return the tensors of a case; numbers at which the reference cannot be judged are drawn again.

        Raises
        ------
        DeclarationError
            If there seem to be no others, or a function of the declaration returns another shape.
        """
        if case.fill == "ties":
            return self._tied(case, rng)
        for _ in range(MOST_DRAWS):
            tensors = self.once(case.shapes, case.params, rng)
            if (why := unfit(case, tensors)) is None:
                scale = LARGE if case.fill == "large" and not self.arithmetic.exact else 1
                return tensors if scale == 1 else tensors | {"x": tensors["x"] * scale}
        raise DeclarationError(f"{self.layer}: on {case.geometry} {why} ({MOST_DRAWS} draws of {MOST_DRAWS})")

    def _tied(self, case: Case, rng: np.random.Generator) -> Arrays:
        """Return numbers at a tie or a kink, if the layer has one at even integers from -2 to 2."""
        others, shape = self.once(case.shapes, case.params, rng), case.shapes["x"]
        draws = (others | {"x": fill.tied(rng, shape)} for _ in range(MOST_DRAWS))
        return next((tensors for tensors in draws if kinked(case, tensors)), others | {"x": np.zeros(shape)})

    def once(self, shapes: Mapping[str, Shape], params: Params, rng: np.random.Generator) -> Arrays:
        """Return plain numbers, wherever the ties and the kinks of the reference are."""
        return {name: self._values(name, shape, params, rng) for name, shape in shapes.items()}

    def _values(self, name: str, shape: Shape, params: Params, rng: np.random.Generator) -> Array:
        wish = self.wishes[name]
        if isinstance(wish, tuple):
            return np.clip(fill.reals(rng, shape, *wish), *wish)  # two places may round beyond the range
        if not isinstance(wish, str):
            return self._from_function(name, np.asarray(wish(rng, shape)), shape)
        found = WORDS.fullmatch(wish)
        assert found is not None
        if found["below"]:
            return np.asarray(rng.integers(0, params[found["below"]], size=shape))
        unit = self.arithmetic.unit(params) if isinstance(self.arithmetic, Linear) else 1
        made = fill.integers(rng, shape) if wish == "integers" else fill.distinct(rng, shape)
        return made * unit * int(found["gap"] or 1)

    def _from_function(self, name: str, values: Array, shape: Shape) -> Array:
        if values.shape != shape or values.dtype.kind not in "fiub":
            raise DeclarationError(
                f"{self.layer}: the numbers of {name} have shape {values.shape} and dtype {values.dtype}; expected "
                f"real numbers of shape {shape}"
            )
        return values.astype(np.float64) if values.dtype.kind == "f" else values


def filling(
    layer: str,
    wishes: Mapping[str, Wish],
    tensors: Mapping[str, object],
    params: Params,
    arithmetic: Arithmetic,
) -> Filling:
    """Return what a declaration fills its tensors with; by default what its arithmetic needs.

    Raises
    ------
    DeclarationError
        If a wish is about an unknown tensor, or is not understood.
    """
    default = "integers" if arithmetic.exact else (-2.0, 2.0)
    if isinstance(arithmetic, Winner):
        default = "distinct"
    for name, wish in wishes.items():
        if name not in tensors:
            raise DeclarationError(f"{layer}: numbers names {name!r}; the tensors are {', '.join(tensors)}")
        _refuse(layer, name, wish, params)
    return Filling(layer, {name: wishes.get(name, default) for name in tensors}, arithmetic)


def _refuse(layer: str, name: str, wish: object, params: Params) -> None:
    if callable(wish):
        return
    if isinstance(wish, str) and (found := WORDS.fullmatch(wish)):
        if found["below"] and found["below"] not in params:
            raise DeclarationError(
                f"{layer}: numbers has {wish!r} for {name}; no parameter is called {found['below']}"
            )
        return
    if isinstance(wish, tuple) and len(wish) == 2 and wish[0] < wish[1]:
        return
    raise DeclarationError(
        f"{layer}: numbers has {wish!r} for {name}; expected (low, high), 'integers', 'distinct', 'distinct multiples "
        "of 4', 'below c' for labels, or a function of a generator and a shape"
    )
