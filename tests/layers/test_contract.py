"""What every layer promises whatever its formula: dtypes, purity, memory, layouts, empty batches."""

import numpy as np
import pytest

from gradcheck.calling.arrays import arrays_in
from gradcheck.checks.layout import LAYOUTS
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Winner
from gradcheck.layers import LAYERS

DTYPES = ("float16", "float32", "float64", "longdouble")
ANALYTIC = [layer for layer in LAYERS if not isinstance(layer.arithmetic, Winner)]

CASES = [layer.case(geometry) for layer in LAYERS for geometry in layer.cases.battery]
FIRST = [layer.case(layer.cases.battery[0]) for layer in LAYERS]
BARE = [case.but(params={**case.params, "bias": "none"}) for case in FIRST if "bias" in case.params]
CASES += BARE
FIRST += BARE
WITHOUT_SAMPLES = [
    case.but(params={**case.params, "n": 0}) for case in CASES if case.layer.cases.allows_empty
]


def of_each(cases):
    return pytest.mark.parametrize("case", cases, ids=str)


class Run:
    """One forward and backward of a case, with everything that went in and came out."""

    def __init__(self, package, case, arrange=np.copy):
        pair = getattr(case.layer.ours, package.__name__.removeprefix("gradcheck."))
        self.tensors = {name: arrange(values) for name, values in fill.tensors(case).items()}
        self.dout = arrange(fill.upstream(case))
        self.out, self.cache = pair.forward(**self.tensors, **case.options)
        self.backward = pair.backward
        self.gradients = self.again()

    def again(self):
        returned = self.backward(self.dout, self.cache)
        return [
            values
            for values in (returned if isinstance(returned, tuple) else (returned,))
            if values is not None
        ]

    @property
    def results(self):
        return [np.asarray(self.out), *self.gradients]


@of_each(FIRST)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.sample("package", "case.layer.name")
@pytest.mark.sample("dtype")
def test_result_dtype__is_that_of_the_input(package, case, dtype):
    run = Run(package, case, lambda values: values.astype(dtype) if values.dtype.kind == "f" else values)
    tracked = [getattr(run.cache, name) for name in case.layer.shapes.tracked]
    assert {values.dtype for values in (run.out, *run.gradients, *tracked)} == {np.dtype(dtype)}


@of_each([case for case in FIRST if case.layer in ANALYTIC])
def test_complex_numbers_keep_their_imaginary_part(package, case):
    run = Run(package, case, lambda values: values * (1 + 0.5j) if values.dtype.kind == "f" else values)
    assert run.out.dtype == np.complex128
    assert run.out.imag.any()


@of_each(CASES)
@pytest.mark.sample("package", "case.layer.name")
def test_arguments_and_cache_stay_as_they_were(package, case):
    run = Run(package, case)
    fresh = fill.tensors(case)
    before = [values.copy() for values in arrays_in(run.cache)]
    again = run.again()
    for name, values in run.tensors.items():
        np.testing.assert_array_equal(values, fresh[name], err_msg=name)
    np.testing.assert_array_equal(run.dout, fill.upstream(case), err_msg="dout")
    for now, then in zip(arrays_in(run.cache), before, strict=True):
        np.testing.assert_array_equal(now, then)
    for now, then in zip(again, run.gradients, strict=True):
        np.testing.assert_array_equal(now, then)


@of_each(CASES)
@pytest.mark.sample("package", "case.layer.name")
def test_results_own_their_memory(package, case):
    run = Run(package, case)
    arguments = [*run.tensors.values(), run.dout, *arrays_in(run.cache)]
    others = [*run.results, *run.again()]
    for index, result in enumerate(run.results):
        assert result.flags.c_contiguous
        assert index == 0 or result.flags.writeable
        for argument in (*arguments, *others[:index], *others[index + 1 :]):
            assert not np.shares_memory(result, argument)


@of_each(CASES)
@pytest.mark.parametrize("arrange", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.sample("package", "case.layer.name")
@pytest.mark.sample("arrange")
def test_memory_layout__makes_no_difference(package, case, arrange):
    arranged = Run(package, case, arrange)
    plain = Run(package, case, lambda values: np.array(arrange(values), order="C"))
    for one, other in zip(arranged.results, plain.results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-14, strict=True)
        assert one.flags.c_contiguous


@of_each(FIRST)
def test_swapped_byte_order__is_the_same_numbers(package, case):
    run = Run(package, case, lambda values: values.astype(values.dtype.newbyteorder("S")))
    for one, other in zip(run.results, Run(package, case).results, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype.isnative


@of_each(WITHOUT_SAMPLES)
@pytest.mark.sample("package", "case.layer.name")
def test_empty_batch__gives_nothing_and_learns_nothing(package, case):
    run = Run(package, case)
    assert run.out.shape == case.output_shape
    shapes = case.shapes
    assert [values.shape for values in run.gradients] == [shapes[name] for name in case.wanted]
    assert not any(values.any() for values in run.gradients)


WITHOUT_AXES = {
    "relu": {},
    "leaky_relu": {},
    "sigmoid": {},
    "tanh": {},
    "gelu": {},
    "silu": {},
    "elu": {},
    "softplus": {},
    "identity": {},
    "dropout": {"mask": np.array(True)},
}


@pytest.mark.parametrize("layer", WITHOUT_AXES)
def test_single_number__stays_an_array(package, layer):
    x = np.array(0.5)
    out, cache = getattr(package, f"{layer}_forward")(x, **WITHOUT_AXES[layer])
    for result in (out, getattr(package, f"{layer}_backward")(x, cache)):
        assert isinstance(result, np.ndarray)
        assert result.shape == ()


@pytest.mark.parametrize("layer", ["softmax_loss", "svm_loss", "mse_loss"])
def test_loss__is_an_array_too(package, layer):
    x = np.ones((1, 1))
    loss, _ = getattr(package, f"{layer}_forward")(x, x if layer == "mse_loss" else np.array([0]))
    assert isinstance(loss, np.ndarray)
    assert loss.shape == ()
