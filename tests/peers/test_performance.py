"""The benchmark compares `fast` with PyTorch computing the same; its report has plots."""

import numpy as np
import pytest

from gradcheck.contract import parse_case
from gradcheck.kernels.problems import read
from gradcheck.layers import LAYERS
from gradcheck.timing.times import Times

for _needed in ("torch", "matplotlib"):
    pytest.importorskip(_needed, reason='PyTorch and Matplotlib are extras: pip install -e ".[bench]"')

from measuring import book, convolution, curve, jobs, layers, plots, rates, single  # noqa: E402 - they need both

DRAWN = ("dropout", "svm_loss")
"""What PyTorch computes otherwise: it draws another mask, and divides by the number of classes."""


def arrays(results):
    several = results if isinstance(results, tuple) else (results,)
    return [values.detach().numpy() if hasattr(values, "detach") else values for values in several]


@pytest.mark.parametrize("problem", read("adversarial"), ids=str)
def test_a_convolution_is_the_same_in_pytorch(problem):
    found = convolution.contenders(problem.case)
    assert np.array_equal(found["fast"]["forward"]()[0], found["torch"]["forward"]().numpy())
    for mine, theirs in zip(*(arrays(found[name]["backward"]()) for name in ("fast", "torch")), strict=True):
        assert np.array_equal(mine, theirs)


SHARED = [problem.at_batch(2) for problem in read("layers") if problem.case.layer.name not in DRAWN]


@pytest.mark.parametrize("problem", SHARED, ids=str)
def test_a_layer_is_the_same_in_pytorch(problem):
    found = layers.contenders(problem.case)
    forward = [arrays(found[name]["forward"]())[0] for name in ("fast", "torch")]
    # Only that it is the same layer: how exact the layers are is judged elsewhere.
    np.testing.assert_allclose(*forward, rtol=1e-9, atol=1e-9)
    for mine, theirs in zip(*(arrays(found[name]["backward"]()) for name in ("fast", "torch")), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-7)


def test_pytorchs_own_check_passes_on_the_same_kernel():
    case = parse_case("conv2d n1c2h4w4_f2kh3kw3_s1x1_p1x1_d1x1_g1", LAYERS)
    assert single.torch_check(case, fast_mode=True)()
    assert single.torch_check(case, fast_mode=False)()
    assert single.check(single.subject(), case).miss_bound <= 1e-9


def a_book():
    """Return a book with a row for every job, all of which took a second."""
    found = book.opened(None)
    for job in jobs.jobs([1, 2]):
        for part in job.parts:
            times = dict.fromkeys(("fast", "torch"), Times((1.0,)).quartiles)
            found.rows.append(
                book.Row(
                    problem=str(job.problem),
                    sets=job.sets,
                    kind=job.kind,
                    part=part,
                    dtype=job.problem.case.dtype,
                    threads=job.threads,
                    operations=10**9,
                    traffic=10**8,
                    times=times,
                )
            )
    for dtype in jobs.DTYPES:
        found.rates += [rates.Rates(dtype=dtype, threads=count, matmul=10.0, copy=5.0) for count in (1, 2)]
    return found


def test_plots_are_drawn_and_come_out_the_same(tmp_path):
    points = [curve.Point(elements=10**k, probe=10.0**k, forward=1.0, backward=1.0) for k in (3, 4, 5)]
    for name in ("one", "two"):
        plots.against_torch(a_book(), tmp_path / f"times-{name}.svg")
        plots.roofline(a_book(), tmp_path / f"roofline-{name}.svg")
        plots.probes(points, tmp_path / f"probes-{name}.svg")
    for plot in ("times", "roofline", "probes"):
        one, two = (tmp_path.joinpath(f"{plot}-{name}.svg").read_text() for name in ("one", "two"))
        assert one == two
        assert "<svg" in one
    assert "time as a multiple of PyTorch" in (tmp_path / "times-one.svg").read_text()
