"""The benchmark compares `fast` with PyTorch computing the same; its report has plots."""

import sys
from pathlib import Path

import numpy as np
import pytest

from gradcheck.contract import parse_case
from gradcheck.kernels.problems import read
from gradcheck.layers import LAYERS
from gradcheck.timing.times import Times

for _needed in ("torch", "matplotlib"):
    pytest.importorskip(_needed, reason='PyTorch and Matplotlib are extras: pip install -e ".[bench]"')

import checking  # noqa: E402 - as the next line
import report  # noqa: E402 - it needs Matplotlib
from measuring import book, checks, contenders, pytorch  # noqa: E402 - the last one needs PyTorch

DRAWN = ("dropout", "svm_loss")
"""What PyTorch computes otherwise: it draws another mask, and divides by the number of classes."""


def arrays(results):
    several = results if isinstance(results, tuple) else (results,)
    return [values.detach().numpy() if hasattr(values, "detach") else values for values in several]


@pytest.mark.parametrize("problem", read("adversarial"), ids=str)
def test_convolution__is_the_same_in_pytorch(problem):
    found = contenders.of_convolution(problem.case)
    assert np.array_equal(found["fast"]["forward"]()[0], found["torch"]["forward"]().numpy())
    for mine, theirs in zip(*(arrays(found[name]["backward"]()) for name in ("fast", "torch")), strict=True):
        assert np.array_equal(mine, theirs)


SHARED = [problem.at_batch(2) for problem in read("layers") if problem.case.layer.name not in DRAWN]


@pytest.mark.parametrize("problem", SHARED, ids=str)
def test_layer__is_the_same_in_pytorch(problem):
    found = contenders.of_layer(problem.case)
    forward = [arrays(found[name]["forward"]())[0] for name in ("fast", "torch")]
    # Only that it is the same layer: how exact the layers are is judged elsewhere.
    np.testing.assert_allclose(*forward, rtol=1e-9, atol=1e-9)
    for mine, theirs in zip(*(arrays(found[name]["backward"]()) for name in ("fast", "torch")), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-7)


def test_pytorchs_own_check_passes_on_the_same_kernel():
    case = parse_case("conv2d n1c2h4w4_f2kh3kw3_s1x1_p1x1_d1x1_g1", LAYERS)
    assert pytorch.check(case, fast_mode=True)()
    assert pytorch.check(case, fast_mode=False)()
    assert checks.check(checks.subject(), case).miss_bound <= 1e-9


def a_book():
    """Return a book with a row for every job, all of which took a second."""
    found = book.opened(None)
    for job in book.jobs([1, 2]):
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
    for dtype in book.DTYPES:
        found.rates += [book.Rates(dtype=dtype, threads=count, matmul=10.0, copy=5.0) for count in (1, 2)]
    return found


def test_plots_are_drawn_and_come_out_the_same(tmp_path):
    points = [checks.Point(elements=10**k, probe=10.0**k, forward=1.0, backward=1.0) for k in (3, 4, 5)]
    for name in ("one", "two"):
        report.against_torch(a_book(), tmp_path / f"times-{name}.svg")
        report.roofline(a_book(), tmp_path / f"roofline-{name}.svg")
        report.probes(points, tmp_path / f"probes-{name}.svg")
    for plot in ("times", "roofline", "probes"):
        one, two = (tmp_path.joinpath(f"{plot}-{name}.svg").read_text() for name in ("one", "two"))
        assert one == two
        assert "<svg" in one
    assert "time as a multiple of PyTorch" in (tmp_path / "times-one.svg").read_text()


def test_report__fills_every_place_of_the_pages_and_leaves_the_prose_alone(tmp_path):
    root = Path(__file__).parents[2]
    for page in report.PAGES:
        text = (root / "docs" / page).read_text()
        (tmp_path / page).write_text(
            report.tables.filled(text, dict.fromkeys(report.tables.places(text), "EMPTY"))
        )
    points = [checks.Point(elements=10**k, probe=10.0**k, forward=1.0, backward=1.0) for k in (3, 4, 5)]
    taken = {"gradcheck": Times((1.0,)).quartiles}
    profile = checking.Profile(what="gradcheck verify", seconds=1.0, costs=[])
    found = checking.Checking(
        single=taken, whole=taken, curve=points, profiles=dict.fromkeys(checking.COMMANDS, profile)
    )
    book.saved(a_book(), tmp_path / "performance.json")
    book.saved(found, tmp_path / "checking.json")
    report.written(tmp_path, tmp_path / "performance.json", tmp_path / "checking.json")
    for page in report.PAGES:
        text = (tmp_path / page).read_text()
        assert "EMPTY" not in text
        assert text.startswith((root / "docs" / page).read_text()[:500])
    assert len(list(tmp_path.glob("performance*.svg"))) == 3


def test_quick_report__does_not_write_into_the_documents(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["report.py", "--quick"])
    with pytest.raises(SystemExit):
        report.main()
    assert "name other folders with --docs and --results" in capsys.readouterr().err
