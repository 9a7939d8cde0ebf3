"""NaN, infinities, overflow and underflow are results, and nothing to warn about: not even where that is an error."""

import warnings

import numpy as np
import pytest

from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Winner
from gradcheck.layers import LAYERS, geometry


def both_ways(package, case, arrange=np.copy):
    """Return the output, once backward has run as well, where every warning is an error."""
    pair = getattr(case.layer.ours, package.__name__.removeprefix("gradcheck."))
    tensors = {name: arrange(values) for name, values in fill.tensors(case).items()}
    dout = arrange(fill.upstream(case))
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        out, cache = pair.forward(**tensors, **case.options)
        pair.backward(dout, cache)
    return out


def sees_all(case):
    """Tell whether no entry of x falls between windows, or behind the last."""
    params = case.params
    if "stride" not in params or "output_pad" in params:
        return True
    kernel = geometry.kernel_of(params)
    gaps = (
        any(s > k for s, k in zip(params["stride"], kernel, strict=True))
        or max(params.get("dilation", (1,))) > 1
    )
    return not gaps and case.layer.cases.refusable(params) is None


COVERING = [
    next(case for geometry in layer.cases.battery if sees_all(case := layer.case(geometry)))
    for layer in LAYERS
]
SPECIAL = [
    case.but(fill=special)
    for case in COVERING
    for special in ("nan", "inf")
    if special in case.layer.numbers.kinds
]


@pytest.mark.parametrize("case", SPECIAL, ids=str)
def test_nan_and_infinity_raise_no_warning_and_reach_the_output(package, case):
    out = both_ways(package, case)
    bounded = case.fill == "inf" and (case.layer.name in ("sigmoid", "tanh") or "Wh" in case.shapes)
    assert bounded or not np.isfinite(out).all()


FIRST = [layer.case(layer.cases.battery[0]) for layer in LAYERS]
ALARMING = {
    "infinity": lambda kind: np.inf,
    "NaN": lambda kind: np.nan,
    "large": lambda kind: kind.max,
    "small": lambda kind: kind.smallest_subnormal,
}
DTYPES = [
    (case, dtype)
    for case in FIRST
    for dtype in ("float16", "float64", "complex128")
    if dtype != "complex128" or not isinstance(case.layer.arithmetic, Winner)
]


@pytest.mark.parametrize(
    ("case", "dtype"), DTYPES, ids=[f"{case.layer.name}-{dtype}" for case, dtype in DTYPES]
)
@pytest.mark.parametrize("value", ALARMING.values(), ids=ALARMING)
@pytest.mark.sample("package", "case.layer.name")
@pytest.mark.sample("value")
def test_arithmetic_with_special_values_is_silent_both_ways(package, case, dtype, value):
    part = value(np.finfo(dtype))
    number = complex(part, part) if dtype == "complex128" else part

    def alternate(values):
        if values.dtype.kind != "f":
            return values
        even = np.arange(values.size).reshape(values.shape) % 2 == 0
        return np.where(even, number, -number).astype(dtype)

    assert both_ways(package, case, alternate).dtype == dtype
