"""Every known mistake in a layer that can be a kernel, wrapped as one, is caught."""

import pytest

from gradcheck.kernels import dtypes, problems
from gradcheck.kernels.engine import KernelPlan, judge_kernel
from gradcheck.kernels.fills import KERNEL_LAYERS
from gradcheck.kernels.frameworks import NUMPY
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.signature import signature_of
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import apply_afresh

PLANS = [KernelPlan(dtype=dtypes.BY_NAME[name]) for name in ("float32", "float64")]


@pytest.fixture(scope="module")
def battery():
    return {
        name: [each for each in problems.battery() if each.case.layer.name == name] for name in KERNEL_LAYERS
    }


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [each for each in MUTANTS if each.layer in KERNEL_LAYERS], ids=str)
@pytest.mark.sample("mutant.layer")
def test_known_mistake__is_caught(mutant, battery):
    pair = apply_afresh(mutant)
    kernel = FunctionKernel(
        str(mutant), NUMPY, pair.forward, signature_of(pair.forward, mutant.name), pair.backward
    )
    assert any(judge_kernel(kernel, battery[mutant.layer], plan).verdict.is_wrong for plan in PLANS)
