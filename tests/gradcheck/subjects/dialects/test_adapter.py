"""From names and arguments, as a dialect states them, to calls."""

import numpy as np
import pytest

from gradcheck.contract import Malformed, Missing
from gradcheck.subjects.dialects.adapter import FunctionPair, pair_call, parameter, written

PAIR = FunctionPair(
    layer="relu",
    forward="theirs",
    backward="theirs_back",
    arguments={"a": "x", "n": parameter("n")},
    back_arguments={"d": "dout", "cache": "cache", "a": "x"},
)
X = np.array([1.0, -1.0])


def called(**members):
    return pair_call(PAIR, members, {"n": 2}, {"x": X})


def test_arguments_are_tensors_and_what_is_made_of_the_case_in_their_order():
    given = written({"n": parameter("n"), "weights": "w", "b": "b"}, {"n": 2}, {"w": X})
    assert list(given.items()) == [("n", 2), ("weights", X), ("b", None)]


def test_function_pair__passes_to_both_functions_what_it_states():
    seen = []
    call = called(
        theirs=lambda *given: seen.append(given) or ("out", "cache"),
        theirs_back=lambda *given: seen.append(given) or X,
    )
    assert (call.outputs, call.cache, call.missing) == ({"out": "out"}, "cache", None)
    assert call.backward("dout") == {"x": X}
    assert seen == [(X, 2), ("dout", "cache", X)]


def stub(a, n):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({}, "theirs is not defined"),
        ({"theirs": lambda a, n: None}, "theirs returned no output"),
        ({"theirs": stub}, r"theirs raised NotImplementedError"),
    ],
    ids=["undefined", "none", "stub"],
)
def test_missing_forward__leaves_a_backward_without_cache(members, why):
    call = called(**members, theirs_back=lambda d, cache, a: X if cache is None else None)
    assert call.outputs == {"out": None}
    assert call.missing.startswith(why)
    assert call.backward(X) == {"x": X}


def test_undefined_backward__is_missing():
    with pytest.raises(Missing, match="theirs_back is not defined"):
        called(theirs=lambda a, n: (a, None)).backward(X)


def test_output__without_a_cache_is_malformed():
    with pytest.raises(Malformed, match="theirs returned one array; expected two results: out, cache"):
        called(theirs=lambda a, n: a)
