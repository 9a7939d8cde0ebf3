"""Times in files: pytest-benchmark's JSON, written and read, and a folder of such files, one for each run."""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck.timing.race import Times, Timing, TimingReport

ROUNDINGS = 3 * 1.2533 / 1.349
"""Three standard errors of a median, from the distance between the quartiles."""

BENCHMARK = "5.0.0"
"""The version of pytest-benchmark whose format it is."""


class HistoryError(ValueError):
    """A file that is no times. The message says which, and why."""


@dataclass(frozen=True)
class Known:
    """What a file says about one problem; `times` only where it has every sample."""

    typical: float
    noise: float
    times: Times | None = None


def write(report: TimingReport, path: Path) -> None:
    """Write the times of a report, as pytest-benchmark would."""
    told = {
        "machine_info": {"node": platform.node(), "machine": platform.machine(), "system": platform.system()},
        "commit_info": {},
        "benchmarks": [_benchmark(report, timing) for timing in report.timings if timing.times is not None],
        "datetime": datetime.now(UTC).isoformat(),
        "version": BENCHMARK,
    }
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")


def read(path: Path) -> dict[str, Known]:
    """Return what a file knows, by problem. Raises HistoryError."""
    try:
        benchmarks = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
        return {_problem(each): _known(each) for each in benchmarks}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise HistoryError(f"{str(path)!r} holds no times: {type(problem).__name__} {problem}") from None


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


def _known(benchmark: Mapping[str, Any]) -> Known:
    stats = benchmark["stats"]
    scatter = ROUNDINGS * float(stats["iqr"]) / float(stats["median"]) / float(stats["rounds"]) ** 0.5
    noise = (benchmark.get("extra_info") or {}).get("noise")
    times = Times(samples=tuple(map(float, stats["data"]))) if stats.get("data") else None
    return Known(float(stats["q1"]), float(scatter if noise is None else noise), times)
