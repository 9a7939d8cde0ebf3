"""Every known mistake in a convolution, wrapped as a kernel, is caught."""

import pytest

from gradcheck.kernels import dtypes, problems
from gradcheck.kernels.frameworks import NUMPY
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.signature import signature_of
from gradcheck.kernels.verify import Plan, verify
from gradcheck.mutants import MUTANTS
from gradcheck.mutation import apply_afresh

CONVOLUTIONS = [mutant for mutant in MUTANTS if mutant.layer == "conv2d"]
PLANS = [Plan(dtype=dtypes.BY_NAME[name]) for name in ("float32", "float64")]


@pytest.fixture(scope="module")
def battery():
    return [problem for problem in problems.battery() if problem.case.layer.name == "conv2d"]


@pytest.mark.parametrize("mutant", CONVOLUTIONS, ids=str)
def test_a_known_mistake_is_caught(mutant, battery):
    pair = apply_afresh(mutant)
    kernel = FunctionKernel(
        str(mutant), NUMPY, pair.forward, signature_of(pair.forward, mutant.name), pair.backward
    )
    assert any(verify(kernel, battery, plan).verdict.is_wrong for plan in PLANS)
