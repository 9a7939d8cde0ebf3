"""A picture of the times of all runs in a folder: one line for each problem, against its first time."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from gradcheck.timing import history

WIDTH, HEIGHT, MARGIN, LEGEND, ROW = 640, 320, 40, 420, 14
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
"""Told apart by everybody (M. Okabe and K. Ito, 2008)."""


def plot(folder: Path) -> str:
    """Return the picture, as SVG. Raises HistoryError."""
    runs = [history.read(path) for path in history.runs(folder)]
    series = relative([{name: known.typical for name, known in run.items()} for run in runs])
    return drawn(series, len(runs))


def relative(runs: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    """Return, for each problem, its runs and its time in each, as a multiple of that in the first."""
    names = dict.fromkeys(name for run in runs for name in run)
    found = {name: [(at, run[name]) for at, run in enumerate(runs) if name in run] for name in names}
    return {name: [(at, value / values[0][1]) for at, value in values] for name, values in found.items()}


def drawn(series: Mapping[str, Sequence[tuple[int, float]]], count: int) -> str:
    """Return lines in a frame from 0 to a little above the largest value, and a legend beside it."""
    top = 1.1 * max((value for values in series.values() for _, value in values), default=1.0)
    height = max(HEIGHT, 2 * MARGIN + ROW * len(series))
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + LEGEND}" height="{height}" '
        'font-family="sans-serif" font-size="10">',
        f'<rect width="{WIDTH + LEGEND}" height="{height}" fill="white"/>',
        *_level(1.0, top, "as in the first run"),
        *_level(0.0, top, "0"),
    ]
    for number, (name, values) in enumerate(series.items()):
        pieces += _line(name, values, number, count, top)
    return "\n".join([*pieces, "</svg>"]) + "\n"


def _level(value: float, top: float, label: str) -> list[str]:
    y = _down(value, top)
    return [
        f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y:.1f}" y2="{y:.1f}" stroke="#cccccc"/>',
        f'<text x="{MARGIN}" y="{y - 3:.1f}" fill="#666666">{label}</text>',
    ]


def _line(name: str, values: Sequence[tuple[int, float]], number: int, count: int, top: float) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    step = (WIDTH - 2 * MARGIN) / max(count - 1, 1)
    points = [(MARGIN + step * at, _down(value, top)) for at, value in values]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in points]
    row = MARGIN + ROW * number
    legend = f'<text x="{WIDTH}" y="{row}" fill="{colour}">{escape(name)} {values[-1][1]:.2f}</text>'
    return [f'<polyline points="{path}" fill="none" stroke="{colour}"/>', *dots, legend]


def _down(value: float, top: float) -> float:
    return HEIGHT - MARGIN - value / top * (HEIGHT - 2 * MARGIN)
