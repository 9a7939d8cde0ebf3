"""naive and fast against PyTorch's kernels, and PyTorch's kernels before the suite."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcheck import fast, naive
from gradcheck.checks import CHECKS
from gradcheck.contract import Pair, parse_case
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import gain_of
from gradcheck.evidence.reference import Reference
from gradcheck.judging.part import judge_subject
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.cases import cases_for
from gradcheck.layers.ours import pair_of
from gradcheck.layers.strategies import cases
from gradcheck.report import Severity
from gradcheck.subjects.dialects.pair import PAIR

pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')

TORCH = runpy.run_path(str(Path(__file__).with_name("torch_layers.py")))
NAMES = [layer.name for layer in LAYERS]
ROUNDINGS = 8 * np.finfo(np.float64).eps


def torch_pair(name):
    return pair_of(SimpleNamespace(**TORCH), name, BY_NAME[name].shapes.outputs)


def results(pair, case):
    """Return output, running statistics and gradients by name, those that are there, in float64."""
    reference = Reference(case.layer, pair, case.params, fill.tensors(case))
    out, cache = reference.here
    gradients = reference.gradients(fill.upstream(case))
    tracked = {name: getattr(cache, name) for name in case.layer.shapes.tracked}
    found = {"out": out, **tracked, **{f"d{name}": values for name, values in gradients.items()}}
    return {name: values for name, values in found.items() if values is not None}


def allowed(case):
    """Return 0 where arithmetic is exact, and else a rounding for each term, times what the layer magnifies."""
    if case.layer.arithmetic.exact:
        return 0.0
    return ROUNDINGS * case.layer.arithmetic.terms(case.params) * gain_of(case, fill.tensors(case)) ** 2


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_naive_fast_and_pytorch_agree_bitwise_where_arithmetic_is_exact(name, data):
    case = parse_case(data.draw(cases(name).map(str)), LAYERS)
    assume(case.exact or not case.layer.arithmetic.exact)  # not on means over three, which are rounded
    # PyTorch refuses a batch norm of one value per channel; a stride that leaves a remainder, it takes.
    assume(not case.layer.shapes.tracked or case.layer.cases.refusable(case.params) is None)
    theirs = results(torch_pair(name), case)
    for ours in (results(case.layer.ours.naive, case), results(case.layer.ours.fast, case)):
        assert ours.keys() == theirs.keys()
        for tensor, values in theirs.items():
            same = {"rtol": 0, "atol": allowed(case), "strict": True}
            np.testing.assert_allclose(ours[tensor], values, err_msg=tensor, **same)


NAN, INF = float("nan"), float("inf")
TILTED = {"kernel": (3, 2), "stride": 2, "pad": ((0, 1), (1, 0)), "ceil_mode": True}

CONVENTIONS = {
    "relu at 0 and NaN": ("relu", [[0.0, -0.0, NAN, INF, -INF]], {}),
    "leaky_relu at 0 and NaN": ("leaky_relu", [[0.0, -0.0, NAN, INF, -INF]], {"slope": 0.25}),
    "max: the first winner": (
        "max_pool2d",
        [[[[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]]],
        {"kernel": 2, "stride": 1},
    ),
    "max: NaN wins": ("max_pool2d", [[[[1.0, NAN], [2.0, 3.0]]]], {"kernel": 2}),
    "max: padding never wins": ("max_pool2d", [[[[-INF, -INF], [-INF, -INF]]]], {"kernel": 2, "pad": 1}),
    "max: first window sticks out": (
        "max_pool2d",
        [[[[1.0, 2.0]]]],
        {"kernel": 2, "stride": 2, "ceil_mode": True},
    ),
    "avg: first window sticks out": (
        "avg_pool2d",
        [[[[1.0, 2.0]]]],
        {"kernel": 2, "stride": 2, "ceil_mode": True},
    ),
    "max: dropped window": (
        "max_pool2d",
        [[[[1.0, 2.0, 3.0]] * 3]],
        {"kernel": 2, "stride": 3, "ceil_mode": True},
    ),
    "max: tilted": ("max_pool2d", [[[[1.0, 5.0, 3.0]] * 4]], TILTED),
    "avg: tilted": ("avg_pool2d", [[[[6.0, 12.0, 24.0]] * 4]], {**TILTED, "count_include_pad": False}),
}


@pytest.mark.parametrize("package", [naive, fast], ids=["naive", "fast"])
@pytest.mark.parametrize(("name", "x", "options"), CONVENTIONS.values(), ids=CONVENTIONS)
def test_conventions_are_pytorchs(package, name, x, options):
    found = []
    for pair in (Pair.of(package, name), torch_pair(name)):
        out, cache = pair.forward(np.array(x), **options)
        dout = np.arange(2.0, 2.0 + out.size).reshape(out.shape)
        found.append((out, pair.backward(dout, cache)))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("subject", PAIR.subjects(TORCH), ids=lambda subject: subject.layer.name)
def test_pytorch__has_no_fault_for_the_suite(subject):
    with np.errstate(all="ignore"):
        parts = judge_subject(subject, cases_for(subject, 6, 0), CHECKS)
    assert [
        finding for part in parts for finding in part.findings if finding.severity is Severity.FAULT
    ] == []
    assert {part.verdict for part in parts} == {"pass"}
