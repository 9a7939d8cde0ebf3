"""Times in files: pytest-benchmark's JSON, a folder of such files, one for each run, and a picture of that."""

import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck.subjects.loading.reading import beginning
from gradcheck.text import one_line
from gradcheck.timing.times import Times, Timing, TimingReport

ROUNDINGS = 3 * 1.2533 / 1.349
"""Three standard errors of a median, from the distance between the quartiles."""

LARGEST = 2**26
UNREADABLE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)
"""What is raised where a file holds something else."""

BENCHMARK = "5.0.0"
"""The version of pytest-benchmark whose format it is."""

WIDTH, HEIGHT, MARGIN, LEGEND, ROW = 640, 320, 40, 420, 14
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
"""Colours that people with any kind of colour vision can distinguish (M. Okabe and K. Ito, 2008)."""


class HistoryError(ValueError):
    """A file that holds no times. The message says which, and why."""


@dataclass(frozen=True)
class Remembered:
    """What a file says about one problem; `times` only where it has every sample."""

    typical: float
    noise: float
    times: Times | None = None


def write(report: TimingReport, path: Path) -> None:
    """Write the times of a report, as pytest-benchmark would."""
    content = {
        "machine_info": {"node": platform.node(), "machine": platform.machine(), "system": platform.system()},
        "commit_info": {},
        "benchmarks": [_benchmark(report, timing) for timing in report.timings if timing.times is not None],
        "datetime": datetime.now(UTC).isoformat(),
        "version": BENCHMARK,
    }
    path.write_text(json.dumps(content, indent=1), encoding="utf-8", newline="\n")


def read(path: Path) -> dict[str, Remembered]:
    """Return what a file knows, by problem. Raises HistoryError."""
    try:
        data = beginning(path, LARGEST)
        if len(data) == LARGEST:
            raise ValueError(f"it has {LARGEST} bytes or more")
        benchmarks = json.loads(data.decode())["benchmarks"]
        return {_problem(each): _known(each) for each in benchmarks}
    except UNREADABLE as problem:
        why = one_line(f"{type(problem).__name__} {problem}")
        raise HistoryError(f"{str(path)!r} holds no times: {why}") from None


def keep(report: TimingReport, folder: Path) -> Path:
    """Write the times of a report behind those that are in a folder already, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(runs(folder)) + 1:04}_{datetime.now(UTC):%Y%m%d_%H%M%S}.json"
    write(report, path)
    return path


def runs(folder: Path) -> list[Path]:
    """Return the files in a folder, the oldest first."""
    return sorted(path for path in folder.glob("*.json") if re.match(r"\d{4,}_", path.name))


def _benchmark(report: TimingReport, timing: Timing) -> dict[str, Any]:
    assert timing.times is not None
    name = f"{report.target}[{timing.problem}]"
    return {
        "group": report.layer,
        "name": name,
        "fullname": name,
        "params": {"problem": timing.problem, "dtype": report.dtype},
        "param": timing.problem,
        "extra_info": {"noise": timing.noise, "on": report.title},
        "options": {"timer": "perf_counter", "disable_gc": False, "warmup": True},
        "stats": _stats(np.asarray(timing.times.samples)),
    }


def _stats(samples: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    q1, median, q3 = (float(each) for each in np.quantile(samples, (0.25, 0.5, 0.75)))
    spread, mean = float(samples.std()), float(samples.mean())
    far = int(np.count_nonzero((samples < q1 - 1.5 * (q3 - q1)) | (samples > q3 + 1.5 * (q3 - q1))))
    unusual = int(np.count_nonzero(np.abs(samples - mean) > spread))
    return {
        "min": float(samples.min()),
        "max": float(samples.max()),
        "mean": mean,
        "stddev": spread,
        "rounds": samples.size,
        "median": median,
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": far,
        "stddev_outliers": unusual,
        "outliers": f"{unusual};{far}",
        "ld15iqr": float(samples[samples >= q1 - 1.5 * (q3 - q1)].min()),
        "hd15iqr": float(samples[samples <= q3 + 1.5 * (q3 - q1)].max()),
        "ops": 1 / mean,
        "total": float(samples.sum()),
        "data": samples.tolist(),
        "iterations": 1,
    }


def _problem(benchmark: Mapping[str, Any]) -> str:
    found = (benchmark.get("params") or {}).get("problem") or benchmark.get("param") or benchmark["name"]
    return str(found)


def _known(benchmark: Mapping[str, Any]) -> Remembered:
    stats = benchmark["stats"]
    scatter = ROUNDINGS * _length(stats["iqr"]) / _time(stats["median"]) / _time(stats["rounds"]) ** 0.5
    noise = (benchmark.get("extra_info") or {}).get("noise")
    times = Times(tuple(map(_time, stats["data"]))) if stats.get("data") else None
    return Remembered(_time(stats["q1"]), _length(scatter if noise is None else noise), times)


def _length(value: Any) -> float:
    """Return a number that may be 0. Raises ValueError."""
    number = float(value)
    if not 0 <= number < float("inf"):
        raise ValueError(f"{number} is no time")
    return number


def _time(value: Any) -> float:
    """Return a number above 0. Raises ValueError."""
    if _length(value) == 0:
        raise ValueError("0 is no time")
    return float(value)


def plot(folder: Path) -> str:
    """Return a picture of the runs in a folder, as SVG: a line for each problem. Raises HistoryError."""
    known = [read(path) for path in runs(folder)]
    series = relative([{name: each.typical for name, each in run.items()} for run in known])
    return _drawn(series, len(known))


def relative(runs: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    """Return, for each problem, its runs and its time in each, as a multiple of that in the first."""
    names = dict.fromkeys(name for run in runs for name in run)
    found = {name: [(at, run[name]) for at, run in enumerate(runs) if name in run] for name in names}
    return {name: [(at, value / values[0][1]) for at, value in values] for name, values in found.items()}


def _drawn(series: Mapping[str, Sequence[tuple[int, float]]], count: int) -> str:
    """Return lines in a frame from 0 to a little above the largest value, and a legend next to it."""
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
