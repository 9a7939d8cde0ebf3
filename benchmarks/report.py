"""docs/performance.md, its tables and plots: measures what has not been measured, and writes them.

    python benchmarks/report.py

What has been measured is kept in ``build/performance``. The prose of the document is left alone.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

import checking
from measuring import book, tables
from measuring.book import Book, Row
from measuring.checks import Point
from measuring.goals import GOALS

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "build" / "performance"
QUICK = {
    "performance": ("--only", "n32c16h32w32", "--budget", "0"),
    "checking": ("single", "whole", "curve", "--largest", "6"),
}
"""Arguments that measure something of each kind, in less than a minute."""
PAGES = ("performance.md", "performance-shapes.md")

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
"""Distinct with colour blindness too (M. Okabe and K. Ito)."""

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
"""Of an axis of multiples."""

PANELS = [(dtype, part) for dtype in ("float64", "float32") for part in ("forward", "backward")]


def measured(script: str, results: Path, *, is_quick: bool) -> Path:
    """Run a script for what its file does not have yet; return the file."""
    path = results / f"{script}.json"
    few = QUICK[script] if is_quick else ()
    command = [sys.executable, str(ROOT / "benchmarks" / f"{script}.py"), *few, "--json", str(path)]
    subprocess.run(command, check=True)  # noqa: S603 - our own script
    return path


def written(docs: Path, performance: Path, checks_file: Path) -> None:
    """Write the tables of both files into the documents, and the plots next to them."""
    times, checks = book.read(performance), checking.opened(checks_file)
    found = {**dict(tables.performance(times)), **dict(tables.checking(checks))}
    for page in PAGES:
        path = docs / page
        text = path.read_text(encoding="utf-8")
        path.write_text(tables.filled(text, found), encoding="utf-8")
    against_torch(times, docs / "performance.svg")
    roofline(times, docs / "performance-roofline.svg")
    probes(checks.curve, docs / "performance-probes.svg")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the measurements are kept")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the documents are")
    parser.add_argument("--only-write", action="store_true", help="measure nothing; write what is there")
    parser.add_argument("--quick", action="store_true", help="a little of everything, into other folders")
    options = parser.parse_args()
    if options.quick and (options.docs == ROOT / "docs" or options.results == RESULTS):
        parser.error("--quick measures too little for docs: name other folders with --docs and --results")
    options.results.mkdir(parents=True, exist_ok=True)
    files = [
        options.results / f"{script}.json"
        if options.only_write
        else measured(script, options.results, is_quick=options.quick)
        for script in ("performance", "checking")
    ]
    written(options.docs, *files)


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
    title = f"forward, {dtype}: matmul {rate.matmul:.0f} GFLOP/s, copy {rate.copy:.0f} GB/s"
    axis.set_title(title, loc="left")


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


if __name__ == "__main__":
    sys.exit(main())
