"""Nothing passes by looking like a result: zeros, the input, NaN, empty tuples, arrays that agree with everything."""

import numpy as np
import pytest

from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import Pair
from gradcheck.judging.part import judge_subject
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.cases import cases_for
from gradcheck.subjects.dialects.pair import PAIR, members_of


class AgreesWithEverything(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __array_ufunc__(self, *args, **kwargs):
        return np.zeros(self.shape)


def tuple_of(results):
    return results if len(results) > 1 else results[0]


WRONG_NUMBERS = {
    "zeros": np.zeros_like,
    "ones": np.ones_like,
    "nan": lambda right: np.full_like(right, np.nan),
    "off by a hair": lambda right: right + 1e-6 * np.abs(right).max(initial=1.0),
    "agrees with everything": lambda right: (right * 0 + 7).view(AgreesWithEverything),
}
NO_ARRAYS = {
    "object dtype": lambda right: right.astype(object),
    "text": lambda right: "right",
    "one number": lambda right: np.float64(np.sum(right)) if right.ndim else np.zeros(2),
    "a list": lambda right: right.tolist() if right.ndim else [0.0],
    "the wrong shape": lambda right: np.zeros((*right.shape, 2)),
    "complex": lambda right: right + 1j,
}
FAKES = [
    *(
        pytest.param(layer, fake, id=f"{layer.name}-{name}")
        for layer in LAYERS
        for name, fake in WRONG_NUMBERS.items()
    ),
    *(
        pytest.param(BY_NAME[layer], fake, id=f"{layer}-{name}")
        for layer in ("affine", "max_pool2d", "softmax_loss")
        for name, fake in NO_ARRAYS.items()
    ),
]


def judged(layer, forward, backward):
    (subject,) = PAIR.subjects(members_of(layer, Pair(forward, backward)))
    with quiet(0):
        return {report.part: report for report in judge_subject(subject, cases_for(subject, 0, 0), CHECKS)}


@pytest.mark.parametrize(("layer", "fake"), FAKES)
@pytest.mark.sample("fake")
@pytest.mark.sample(every=23)
def test_fake_gradient__gets_no_credit(layer, fake):
    def backward(dout, cache):
        right = layer.ours.naive.backward(dout, cache)
        results = right if isinstance(right, tuple) else (right,)
        return tuple_of(tuple(None if value is None else fake(np.asarray(value)) for value in results))

    reports = judged(layer, layer.ours.naive.forward, backward)
    assert reports["backward"].verdict == "fail"
    assert reports["forward"].verdict == "pass"


@pytest.mark.parametrize(("layer", "fake"), FAKES)
@pytest.mark.sample("fake")
def test_fake_output__gets_no_credit(layer, fake):
    def forward(*args, **kwargs):
        out, cache = layer.ours.naive.forward(*args, **kwargs)
        return fake(np.asarray(out)), cache

    reports = judged(layer, forward, layer.ours.naive.backward)
    assert reports["forward"].verdict == "fail"
    assert not reports["backward"].verdict.is_wrong


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize("returned", [(), (1, 2, 3, 4, 5), 3.0], ids=["empty", "five", "a number"])
@pytest.mark.sample("returned", 4)
def test_wrong_number_of_results__gets_no_credit(layer, returned):
    reports = judged(layer, layer.ours.naive.forward, lambda dout, cache: returned)
    assert reports["backward"].verdict == "fail"


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=12)
def test_dout_or_the_input_is_no_gradient(layer):
    def backward(dout, cache):
        right = layer.ours.naive.backward(dout, cache)
        results = right if isinstance(right, tuple) else (right,)
        return tuple_of(tuple(None if v is None else np.resize(dout, v.shape).copy() for v in results))

    verdict = judged(layer, layer.ours.naive.forward, backward)["backward"].verdict
    assert verdict == ("pass" if layer.name in ("identity", "flatten", "positional_encoding") else "fail")


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.sample(every=5)
def test_unimplemented_function__is_missing_and_not_wrong(layer):
    def stub(*args, **kwargs):
        raise NotImplementedError

    reports = judged(layer, stub, stub)
    assert {report.verdict for report in reports.values()} == {"missing"}
    assert {finding.check for report in reports.values() for finding in report.findings} == {"implemented"}
