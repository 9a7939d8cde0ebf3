"""The plots of docs/performance.md, as SVG that comes out the same from the same numbers."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from measuring.book import Book, Row
from measuring.curve import Point
from measuring.goals import GOALS

STYLE = {
    "svg.hashsalt": "gradcheck",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.grid": True,
    "grid.color": "#e5e5e5",
    "axes.axisbelow": True,
    "legend.frameon": False,
}
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Told apart by whoever sees fewer colours as well (M. Okabe and K. Ito)."""

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
"""Of an axis of multiples."""

PANELS = [(dtype, part) for dtype in ("float64", "float32") for part in ("forward", "backward")]


def against_torch(book: Book, path: Path) -> None:
    """Plot the time of every convolution as a multiple of PyTorch's, the quickest first."""
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(2, 2, figsize=(9, 6), sharey=True, layout="constrained")
        for axis, (dtype, part) in zip(axes.flat, PANELS, strict=True):
            rows = [row for row in book.rows if (row.dtype, row.part) == (dtype, part)]
            _ratios(axis, [row for row in rows if row.kind != "layer"], book.threads)
            aim = _aim(f"dense {part}, {dtype}: time against PyTorch, mean")
            axis.axhline(aim, color="black", linewidth=0.8, linestyle=":")
            axis.set_title(f"{part}, {dtype} (dotted: the aim, {aim:g})", loc="left")
        axes[0, 0].legend(loc="upper left", ncols=2)
        figure.supylabel("time as a multiple of PyTorch's")
        figure.supxlabel(
            "the convolutions of the networks, from the quickest; the aim is for the mean of the dense"
        )
        _saved(figure, path)


def _ratios(axis: Axes, rows: Sequence[Row], counts: Sequence[int]) -> None:
    for colour, count in zip(COLOURS, counts, strict=False):
        for kind, marker in (("dense", "o"), ("grouped", "x")):
            found = sorted(
                ratio
                for row in rows
                if (row.kind, row.threads) == (kind, count) and (ratio := row.ratio("torch")) is not None
            )
            label = f"{'depthwise' if kind == 'grouped' else kind}, {count} thread{'s' * (count > 1)}"
            axis.plot(range(len(found)), found, marker, color=colour, markersize=4, alpha=0.8, label=label)
    axis.axhline(1, color="black", linewidth=0.8)
    axis.set_yscale("log")
    axis.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_xticks([])


def _aim(what: str) -> float:
    return next(goal.bound for goal in GOALS if goal.what == what)


def roofline(book: Book, path: Path) -> None:
    """Plot the rate of every convolution over its operations a byte, under what the machine can do."""
    count = max(book.threads)
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
        for axis, dtype in zip(axes, ("float64", "float32"), strict=True):
            _roof(axis, book, dtype, count)
            rows = [row for row in book.rows if (row.dtype, row.threads) == (dtype, count) and row.operations]
            _rates(axis, [row for row in rows if row.part == "forward" and row.kind != "layer"])
            axis.set_xlabel("operations a byte of arguments and results")
        axes[0].set_ylabel("GFLOP/s")
        axes[0].legend(loc="lower right")
        _saved(figure, path)


def _roof(axis: Axes, book: Book, dtype: str, count: int) -> None:
    rate = book.rate(dtype, count)
    assert rate is not None
    corner = rate.matmul / rate.copy
    axis.loglog([0.1, corner, 1000], [0.1 * rate.copy, rate.matmul, rate.matmul], color="black", linewidth=1)
    told = f"forward, {dtype}: matmul {rate.matmul:.0f} GFLOP/s, copy {rate.copy:.0f} GB/s"
    axis.set_title(told, loc="left")


def _rates(axis: Axes, rows: Sequence[Row]) -> None:
    for name, colour, marker in (("torch", COLOURS[1], "+"), ("fast", COLOURS[0], "o")):
        found = [
            (row.operations / row.traffic, row.operations / row.times[name].best / 1e9)
            for row in rows
            if name in row.times and row.operations
        ]
        label = "PyTorch" if name == "torch" else name
        axis.plot(*zip(*found, strict=True), marker, color=colour, markersize=4, linestyle="", label=label)


def probes(points: Sequence[Point], path: Path) -> None:
    """Plot what a probe costs, and the layer itself, over the number of elements."""
    with mpl.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
        elements = [point.elements for point in points]
        axis.loglog(elements, [point.probe for point in points], "o-", color=COLOURS[0], label="a probe")
        label = "two forwards and a backward"
        axis.loglog(elements, [point.layer for point in points], "s-", color=COLOURS[1], label=label)
        last = points[-1]
        guide = [last.probe * count / last.elements for count in elements]
        axis.loglog(elements, guide, ":", color="black", linewidth=0.8, label="in proportion to the elements")
        axis.set_xlabel("elements of x")
        axis.set_ylabel("seconds")
        axis.legend(loc="upper left")
        _saved(figure, path)


def _saved(figure: plt.Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)
