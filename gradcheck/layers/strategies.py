"""Hypothesis strategies: the same aimed draws as in a verification, with shrinking."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from gradcheck.contract import Case, Layer
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import drawn

SEEDS = st.integers(0, 2**16)


class HypothesisChoices:
    """Choices from Hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        """Return an integer between `low` and `high`, both included; it shrinks towards `low`."""
        return self._draw(st.integers(low, high))

    def one_of(self, *options: Any) -> Any:
        """Return one of `options`; it shrinks towards the first."""
        return self._draw(st.sampled_from(options))


@st.composite
def cases(draw: st.DrawFn, layer: Layer | str, *, dtype: str = "float64") -> Case:
    """Return a strategy for legal cases of a layer.

    Parameters
    ----------
    draw : callable
        Passed by Hypothesis.
    layer : Layer or str
        The layer, or its name.
    dtype : str
        ``float64`` by default.

    Raises
    ------
    KeyError
        If there is no layer of that name.
    """
    found = drawn(BY_NAME[layer] if isinstance(layer, str) else layer, HypothesisChoices(draw), draw(SEEDS))
    assume(found is not None)
    assert found is not None
    return found.but(dtype=dtype)
