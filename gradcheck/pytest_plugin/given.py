"""Tests of people's own, over cases that Hypothesis draws."""

import functools
from collections.abc import Callable
from typing import Any

import hypothesis

from gradcheck.contract import Layer
from gradcheck.layers import BY_NAME
from gradcheck.layers.strategies import cases

Test = Callable[..., Any]


def given_case(layer: Layer | str, *, dtype: str = "float64") -> Callable[[Test], Test]:
    """Run a test on cases of a layer, which Hypothesis draws, cuts down where one fails, and keeps.

    Parameters
    ----------
    layer : Layer or str
        The layer, or its name.
    dtype : str
        Of the numbers, ``float64`` by default.

    Returns
    -------
    callable
        A decorator, of a test that takes an argument `case`.

    Raises
    ------
    ValueError
        If there is no layer of that name.

    Notes
    -----
    `gradcheck.tensors` makes a case's inputs, `gradcheck.upstream` its dout; ``case.params`` has its hyper-parameters,
    and ``case.options`` the keyword arguments of `fast`. A failing case is printed as the line that
    ``pytest --gradcheck-replay`` takes.
    """
    name = layer if isinstance(layer, str) else layer.name
    if name not in BY_NAME:
        raise ValueError(f"there is no layer {name!r}; there are {', '.join(BY_NAME)}")

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def told(*args: Any, **kwargs: Any) -> Any:
            hypothesis.note(f'again: pytest --gradcheck-replay "{kwargs["case"]}"')
            return test(*args, **kwargs)

        given: Test = hypothesis.given(case=cases(name, dtype=dtype))(told)
        given.gradcheck_layer = name  # type: ignore[attr-defined]  # the plugin looks for it
        given.gradcheck_test = test  # type: ignore[attr-defined]
        return given

    return decorate
