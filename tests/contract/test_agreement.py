"""naive, fast and finite differences agree on whatever geometry Hypothesis draws."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcheck.contract import parse_case
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Quadratic, gain_of
from gradcheck.evidence.exact import whole_gradient
from gradcheck.evidence.numeric import smooth_gradient
from gradcheck.evidence.reference import Reference
from gradcheck.layers import LAYERS
from gradcheck.layers.strategies import cases

EPS = np.finfo(np.float64).eps

EXACT = [layer.name for layer in LAYERS if layer.arithmetic.exact]
SMOOTH = [layer.name for layer in LAYERS if not layer.arithmetic.exact]
COLOURED = [layer.name for layer in LAYERS if layer.arithmetic.exact and layer.arithmetic.colours]

TRIES = 10
MOST_NUMBERS = 150
"""Differences entry by entry take two forwards for each number."""

WAYS = ("naive judges fast", "fast judges naive")


def of_each(layers):
    return pytest.mark.parametrize("layer", layers)


def draw(data, layer, *dtypes, where=lambda case: True):
    """Draw a case as the line that names it: a failing example reads like a report."""
    dtype = data.draw(st.sampled_from(dtypes)) if dtypes else "float64"
    found = (parse_case(data.draw(cases(layer, dtype=dtype).map(str)), LAYERS) for _ in range(TRIES))
    case = next(filter(where, found), None)
    assume(case is not None)
    return case


def draw_exact(data, layer, *dtypes):
    """Draw a case on which nothing is rounded: no mean over three, no slope of a tenth."""
    return draw(data, layer, *dtypes, where=lambda case: case.exact and case.size <= MOST_NUMBERS)


def results(pair, case):
    """Return output, gradients and running statistics by name, for the case's own dout."""
    layer, tensors = case.layer, fill.tensors(case)
    out, cache = pair.forward(**tensors, **layer.ours.options(case.params))
    returned = pair.backward(fill.upstream(case), cache)
    gradients = returned if isinstance(returned, tuple) else (returned,)
    tracked = {name: getattr(cache, name) for name in layer.shapes.tracked}
    named = zip(layer.shapes.differentiable, gradients, strict=True)
    return {"out": out, **tracked, **{f"d{name}": values for name, values in named}}


class Probe(NamedTuple):
    """One implementation's forward, to differentiate, and the other's gradients, to be judged."""

    reference: Reference
    judged: dict
    dout: np.ndarray


def probed(case, way):
    layer, dout = case.layer, fill.upstream(case)
    pairs = (
        (layer.ours.naive, layer.ours.fast)
        if way.startswith("naive")
        else (layer.ours.fast, layer.ours.naive)
    )
    reference, other = (Reference(layer, pair, case.params, fill.tensors(case)) for pair in pairs)
    return Probe(reference, other.gradients(dout), dout)


def exact_truth(case, probe, name, *, one_at_a_time=False):
    """Return a whole gradient by differences; of averages in steps of what divides evenly."""
    layer, params = case.layer, case.params
    f, x = probe.reference.of(name), probe.reference.tensors[name]
    step = layer.arithmetic.unit(params) if isinstance(layer.arithmetic, Linear) else 1
    colours = (
        None if one_at_a_time or layer.arithmetic.colours is None else layer.arithmetic.colours(params, name)
    )
    central = isinstance(layer.arithmetic, Quadratic)
    return whole_gradient(lambda v: f(v * step), x / step, probe.dout, colours, central=central) / step


def rounding(case):
    """Return how far rounding may take a smooth layer's result: one EPS for each term, times what magnifies it.

    Dividing by a small deviation magnifies rounding by the layer's gain, once in the normalised values and
    once more in their gradient; the data, dout and gamma are at most 2 each.
    """
    gain = gain_of(case, fill.tensors(case))
    return 8 * EPS * case.layer.arithmetic.terms(case.params) * gain**2


@of_each(EXACT)
@given(data=st.data())
@pytest.mark.sample(every=3)
def test_naive_and_fast_are_equal_where_arithmetic_is_exact(layer, data):
    case = draw_exact(data, layer, "float64", "float32")
    one, other = results(case.layer.ours.naive, case), results(case.layer.ours.fast, case)
    for name, values in one.items():
        np.testing.assert_array_equal(other[name], values, err_msg=name, strict=values is not None)


@of_each(SMOOTH)
@given(data=st.data())
@pytest.mark.sample(every=4)
def test_naive_and_fast_are_equal_but_for_rounding_where_it_is_not(layer, data):
    case = draw(data, layer)
    one, other = results(case.layer.ours.naive, case), results(case.layer.ours.fast, case)
    for name, values in one.items():
        np.testing.assert_allclose(
            other[name], values, rtol=0, atol=rounding(case), err_msg=name, strict=True
        )


@pytest.mark.parametrize("way", WAYS)
@of_each(EXACT)
@given(data=st.data())
@pytest.mark.sample(every=7)
def test_exact_differences_equal_the_others_gradients(layer, way, data):
    case = draw_exact(data, layer)
    probe = probed(case, way)
    for name in case.wanted:
        truth = exact_truth(case, probe, name)
        np.testing.assert_array_equal(probe.judged[name], truth, err_msg=f"d{name}", strict=True)


@of_each(COLOURED)
@given(data=st.data())
@pytest.mark.sample(every=10)
def test_perturbing_a_colour_at_once_gives_what_one_entry_at_a_time_gives(layer, data):
    case = draw_exact(data, layer)
    probe = probed(case, "fast judges naive")
    for name in case.wanted:
        truth = exact_truth(case, probe, name, one_at_a_time=True)
        np.testing.assert_array_equal(exact_truth(case, probe, name), truth, err_msg=f"d{name}")


@pytest.mark.parametrize("way", WAYS)
@of_each(SMOOTH)
@given(data=st.data())
@pytest.mark.sample(every=9)
def test_numeric_gradients_bound_the_others_gradients_closely(layer, way, data):
    case = draw(data, layer, where=lambda case: case.size <= MOST_NUMBERS and rounding(case) < 1e-8)
    reference, judged, dout = probed(case, way)
    for name in case.wanted:
        truth, bound = smooth_gradient(reference.of(name), reference.tensors[name], dout)
        allowed = bound + rounding(case)
        assert judged[name].shape == truth.shape
        assert (np.abs(judged[name] - truth) <= allowed).all(), f"d{name}"
        assert allowed.max() < 1e-6 * max(1.0, np.abs(truth).max()), f"the bound for d{name} says nothing"
