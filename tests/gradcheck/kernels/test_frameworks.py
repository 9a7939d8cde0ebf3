"""Every family of arrays: a right kernel passes, and a wrong one fails where it is wrong."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"
PLAIN = "conv2d n2c3h6w7_f4kh3kw2_s2x1_p1x0_d1x1_g1"
EXTRA = '{} is an extra: pip install -e ".[peers]"'

APART = ("jax",)
"""JAX starts threads and warns of every fork after that, so it stays out of the process that runs the other tests."""

ROWS = {
    "torch": ("PyTorch", SMALL, {"wrong_gradient": ("dw",), "as_double": (None,)}),
    "jax": ("JAX", SMALL, {"wrong_gradient": ("dw",), "without_dilation": ("out", "dx", "dw")}),
    "numba": ("numba", SMALL, {"pad_of_height": ("out",)}),
    "autograd": ("autograd", PLAIN, {"wrong_gradient": ("dw",)}),
    "little": ("little 1.0", SMALL, {"without_bias": ("out",)}),
}


def target(family, name):
    if family != "little":
        pytest.importorskip(family, reason=EXTRA.format(family))
    return f"{HERE / f'{family}_kernels.py'}:{name}"


@pytest.mark.parametrize("family", ROWS)
def test_right_kernel__passes(kernel, family):
    title, problem, _ = ROWS[family]
    result = kernel(target(family, "conv2d"), "--problem", problem, "--strict", apart=family in APART)
    assert result.exit_code == 0, result.stdout
    assert f"1 problem of conv2d in float32: 1 pass; {title}" in result.stdout


@pytest.mark.parametrize(("family", "name"), [(family, name) for family in ROWS for name in ROWS[family][2]])
def test_wrong_kernel__fails_where_it_is_wrong(findings, family, name):
    _, problem, wrong = ROWS[family]
    options = ("--problem", problem, "--check", "exact")
    found = findings(target(family, name), *options, apart=family in APART)
    assert found == {("exact", tensor, "fail") for tensor in wrong[name]}


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
@pytest.mark.parametrize("family", ["torch", "jax"])
def test_right_kernel__passes_in_other_formats(kernel, family, dtype):
    options = ("--problem", f"{SMALL}_bnone", "--dtype", dtype, "--strict")
    result = kernel(target(family, "conv2d"), *options, apart=family in APART)
    assert result.exit_code == 0, result.stdout


def test_framework_function__is_called_by_its_keywords(kernel):
    pytest.importorskip("torch", reason=EXTRA.format("torch"))
    assert kernel("torch.nn.functional:conv2d", "--problem", SMALL, "--strict").exit_code == 0


def test_jax_s_own_function_takes_a_pad_for_each_side(kernel):
    pytest.importorskip("jax", reason=EXTRA.format("jax"))
    uneven = "conv2d n2c3h4w5_f6kh3kw2_s2x1_p1-2x0-1_d1x2_g3"
    result = kernel("jax.lax:conv_general_dilated", "--problem", uneven, "--strict", apart=True)
    assert result.exit_code == 0, result.stdout


def test_jax_does_not_run_in_the_process_of_the_tests():
    """Comes after the tests above in this process: JAX's handler of forks would make this one a warning, and fail."""
    pytest.importorskip("jax", reason=EXTRA.format("jax"))
    process = os.fork()
    if not process:
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0


def test_required_bias__is_given(kernel):
    assert kernel(target("numba", "conv2d"), "--problem", f"{SMALL}_bnone", "--strict").exit_code == 0


def test_memory_that_is_not_in_c_order_is_noticed(findings):
    found = findings(target("torch", "contiguous_only"), "--problem", SMALL)
    assert ("layout", "out", "fail") in found
    assert not any(check == "exact" for check, _, _ in found)


def test_bits_that_are_others_each_time_are_noticed_and_may_be_declared(findings):
    name = target("torch", "another_each_time")
    assert ("repeat", "out", "fail") in findings(name, "--problem", SMALL, "--check", "repeat")
    assert findings(name, "--problem", SMALL, "--check", "repeat", "--declare", "repeat") == set()
