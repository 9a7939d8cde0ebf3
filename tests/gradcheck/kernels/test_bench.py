"""Times: who is slower beyond the noise, and by how much; files, history, plot."""

import json
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from gradcheck.kernels import dtypes
from gradcheck.kernels.problems import of_line
from gradcheck.timing import gate, history
from gradcheck.timing.history import HistoryError, Remembered
from gradcheck.timing.race import REST, compared, race
from gradcheck.timing.times import Times

SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"
KERNELS = Path(__file__).with_name("numpy_kernels.py")


def pretended(seconds, scatter, rng):
    """Return a work that takes so long, and now and then much longer, as on a machine that others use."""
    return lambda: seconds * (1 + scatter * rng.exponential()) * (3 if rng.random() < 0.1 else 1)


def raced(slower, scatter, seed):
    """Return the verdict on a kernel that is so much slower."""
    rng = np.random.default_rng(seed)
    plan = gate.TimingPlan(dtype=dtypes.BY_NAME["float32"], allowed=0.1)
    one, other = pretended(0.02 * slower, scatter, rng), pretended(0.02, scatter, rng)
    found = race([one, other, other], 1e9, lambda times: plan.is_settled(*compared(*times)))
    return gate.weighed(of_line(SMALL), plan, *found[:2], *compared(*found)).verdict


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("scatter", [0.01, 0.1])
@pytest.mark.sample(every=10)
def test_speed_gate__catches_15_percent_and_passes_an_equal_kernel(seed, scatter):
    assert raced(1.15, scatter, seed) == "fail"
    assert raced(1.0, scatter, seed) == "pass"


def test_slowdown_longer_than_a_round__is_no_noise():
    slow, rng = np.repeat([1.0, 3.0, 1.0, 2.0, 1.5], 10), np.random.default_rng(0)
    slower, one, same = (
        Times(samples=tuple(factor * slow * (1 + 0.01 * rng.random(50)))) for factor in (1.15, 1.0, 1.0)
    )
    ratio, noise = compared(slower, one, same)
    assert ratio == pytest.approx(1.15, abs=noise)
    assert noise < 0.01


def test_rounds__each_begin_with_another_work():
    order = []
    works = [lambda name=name: order.append(name) or 1.0 for name in "abc"]
    race(works, 1e9, lambda times: len(times[0].samples) >= 9)
    assert "".join(order[6:15]) == "abcbcacab"


def test_noise_that_hides_what_is_allowed_is_inconclusive():
    times = Times(samples=(1.0, 1.0))
    plan = gate.TimingPlan(dtype=dtypes.BY_NAME["float32"], allowed=0.1)
    assert gate.weighed(of_line(SMALL), plan, times, times, 1.05, 0.2).verdict == "inconclusive"
    assert gate.weighed(of_line(SMALL), plan, times, times, 1.2, 0.2).verdict == "inconclusive"
    assert gate.weighed(of_line(SMALL), plan, times, times, 1.4, 0.2).verdict == "fail"


def bench(kernel, name, *options):
    """Run the command, on the processors' clock: whoever else uses the machine does not count."""
    return kernel(name, "--bench", "--problem", SMALL, "--clock", "cpu", "--budget", 10, *options)


def test_kernel_twice_as_slow__fails_against_the_other(kernel):
    result = bench(kernel, "twice", "--against", f"{KERNELS}:usual", "--fail-slower", "25%")
    assert result.exit_code == 1, result.stdout
    assert "% slower" in result.stdout
    assert bench(kernel, "usual", "--against", f"{KERNELS}:twice", "--fail-slower", "25%").exit_code == 0


@pytest.mark.slow
def test_times_are_kept_compared_and_drawn(kernel, tmp_path):
    folder, saved, picture = tmp_path / "history", tmp_path / "times.json", tmp_path / "times.svg"
    for name in ("usual", "twice"):
        assert bench(kernel, name, "--history", folder, "--plot", picture).exit_code == 0
    assert bench(kernel, "usual", "--save", saved).exit_code == 0
    assert bench(kernel, "twice", "--baseline", saved, "--fail-slower", "25%").exit_code == 1
    first, second = history.runs(folder)
    assert first.name.startswith("0001_")
    assert history.read(second)[SMALL].typical > 1.3 * history.read(first)[SMALL].typical
    drawn = ET.parse(picture).getroot()
    (line,) = drawn.iter("{http://www.w3.org/2000/svg}polyline")
    (x0, y0), (x1, y1) = (point.split(",") for point in line.get("points").split())
    assert float(x1) > float(x0)
    assert float(y1) < float(y0)


@pytest.mark.slow
def test_file_of_times__has_the_fields_of_pytest_benchmark(kernel, tmp_path):
    path = tmp_path / "times.json"
    bench(kernel, "usual", "--save", path)
    told = json.loads(path.read_text())
    assert set(told) == {"machine_info", "commit_info", "benchmarks", "datetime", "version"}
    (benchmark,) = told["benchmarks"]
    assert benchmark["name"].endswith(f":usual[{SMALL}]")
    assert benchmark["stats"]["min"] <= benchmark["stats"]["q1"] <= benchmark["stats"]["median"]
    assert benchmark["stats"]["rounds"] == len(benchmark["stats"]["data"])


def test_pytest_benchmark_s_own_file_is_a_baseline(tmp_path):
    path = tmp_path / "0001_own.json"
    stats = {"q1": 2.0, "median": 2.1, "iqr": 0.2, "rounds": 16}
    path.write_text(
        json.dumps({"benchmarks": [{"name": f"test_it[{SMALL}]", "param": SMALL, "stats": stats}]})
    )
    known = history.read(path)[SMALL]
    assert known == Remembered(2.0, pytest.approx(0.0663, rel=1e-2))


def test_invalid_file_of_times__is_reported(kernel, tmp_path):
    path = tmp_path / "times.json"
    path.write_text("{}")
    with pytest.raises(HistoryError, match="holds no times"):
        history.read(path)
    assert "holds no times" in bench(kernel, "usual", "--baseline", path).stderr
    assert "is not a share" in bench(kernel, "usual", "--fail-slower", "much").stderr


def test_inexpressible_problem__is_not_timed(kernel):
    result = bench(kernel, "without_groups")
    assert result.exit_code == 2
    assert "it takes no dilation" in result.stdout


def test_new_problem__has_no_line_to_the_first_run():
    series = history.relative([{"a": 2.0}, {"a": 3.0, "b": 5.0}])
    assert series == {"a": [(0, 1.0), (1, 1.5)], "b": [(1, 1.0)]}


@pytest.mark.parametrize(("title", "rest"), [("NumPy", 0), ("PyTorch", REST)])
def test_race__waits_for_the_threads_of_another_framework_only(title, rest, monkeypatch):
    rests = []

    def race(works, budget, enough, rest):
        rests.append(rest)
        return [Times((1.0,)) for _ in works]

    monkeypatch.setattr(gate, "_work", lambda kernel, problem, plan: lambda: 1.0)
    monkeypatch.setattr(gate, "race", race)
    plan = gate.TimingPlan(dtype=dtypes.BY_NAME["float32"], against=SimpleNamespace(title=title))
    gate._raced(SimpleNamespace(title="NumPy"), of_line(SMALL), plan)
    assert rests == [rest]
