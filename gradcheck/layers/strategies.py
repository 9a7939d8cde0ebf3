"""Hypothesis strategies: the same aimed draws as in a verification, with shrinking; and tests that run on them."""

import functools
from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import assume
from hypothesis import strategies as st

from gradcheck.contract import Case, Layer
from gradcheck.layers.drawn import drawn
from gradcheck.layers.outside.registry import discover, given_from, known_layers
from gradcheck.text import unknown

Test = Callable[..., Any]

SEEDS = st.integers(0, 2**16)

TRIES = 4
"""Draws until one is legal and small."""


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
    known = known_layers()[layer] if isinstance(layer, str) else layer
    choose, seed = HypothesisChoices(draw), draw(SEEDS)
    # Several tries: Hypothesis complains of a strategy that has to reject one draw of three.
    tries = (drawn(known, choose, seed) for _ in range(TRIES))
    found = next((case for case in tries if case is not None), None)
    assume(found is not None)
    assert found is not None
    return found.but(dtype=dtype)


def given_case(layer: Layer | str, *, dtype: str = "float64") -> Callable[[Test], Test]:
    """Run a test on cases of a layer that Hypothesis draws; a failing case is shrunk and remembered.

    Parameters
    ----------
    layer : Layer or str
        The layer, or its name.
    dtype : str
        The dtype of the tensors; ``float64`` by default.

    Returns
    -------
    callable
        A decorator for a test with an argument `case`.

    Raises
    ------
    ValueError
        If there is no layer of that name.

    Notes
    -----
    `gradcheck.tensors` returns a case's inputs and `gradcheck.upstream` its dout; ``case.params`` has its
    hyper-parameters, and ``case.options`` the keyword arguments of `fast`. A failing case is printed as the line that
    ``pytest --gradcheck-replay`` accepts.
    """
    name = layer if isinstance(layer, str) else layer.name
    if isinstance(layer, str) and layer not in known_layers():
        discover()
        if layer not in known_layers():
            raise ValueError(unknown("layer", layer, known_layers()))

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def annotated(*args: Any, **kwargs: Any) -> Any:
            source = given_from(name)
            more = f" --gradcheck-layers {source}" if source else ""
            hypothesis.note(f'again: pytest --gradcheck-replay "{kwargs["case"]}"{more}')
            return test(*args, **kwargs)

        given: Test = hypothesis.given(case=cases(layer, dtype=dtype))(annotated)
        given.gradcheck_layer = name  # type: ignore[attr-defined]  # the plugin looks for it
        given.gradcheck_test = test  # type: ignore[attr-defined]
        return given

    return decorate
