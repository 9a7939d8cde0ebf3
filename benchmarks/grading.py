"""What grading a class takes, and what it survives; docs/grading.md has the numbers.

    python benchmarks/grading.py speed [--count N]              right and half-right files: processor time of one
    python benchmarks/grading.py class [--count N]              files of all kinds, with the memory of the processes
    python benchmarks/grading.py kills [--count N] [--times N]  kill -9 at random moments
    python benchmarks/grading.py order [--count N]              the same class again, in another order
    python benchmarks/grading.py hostile [--count N]            the files of tests/redteam among good ones
    python benchmarks/grading.py dask [--count N] [--times N]   two workers against one, in pairs

Each works in a folder of its own and removes it; `--seed` draws other files and moments. Processor time counts on a
machine with other work, too.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from classroom import ROOT, submissions, written

HALF = ("right", "half-right")
TWO_LAYERS = """\
schema = "gradcheck-rubric/1"
name = "two-layers"
dialect = "cs231n"

[[function]]
layer = "affine"
forward = 1
backward = 2

[[function]]
layer = "relu"
forward = 1
backward = 2

[limits]
call_seconds = 1
total_seconds = 30
memory_mb = 1024
"""
"""For the hostile files, which have these two layers."""

HOSTILE = ROOT / "tests" / "redteam" / "files"
POINTS = {"affine_forward": 1, "affine_backward": 2, "relu_forward": 1, "relu_backward": 2}
GOOD = "import numpy as np\n" + "".join(
    f"def {head}:\n    {body}\n"
    for head, body in (
        ("affine_forward(x, w, b)", "return x.reshape(len(x), -1) @ w + b, (x, w)"),
        (
            "affine_backward(dout, cache)",
            "x, w = cache; return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(0)",
        ),
        ("relu_forward(x)", "return np.maximum(x, 0), x"),
        ("relu_backward(dout, cache)", "return dout * (cache > 0)"),
    )
)

LONGEST = 3.0
"""How much longer a grading may run before it is killed than its share of the whole: a start takes a part of that."""

OURS = re.compile(r"gradcheck-(runtime|scratch|zip|allowed)-|\.gradcheck-new-")


def command(paths: Sequence[Path], out: Path, *words: object) -> list[str]:
    """Return the command that grades."""
    given = ["grade", *paths, "--out", out, *words]
    return [sys.executable, "-m", "gradcheck", *map(str, given)]


def graded(paths: Sequence[Path], out: Path, *words: object, temporary: Path | None = None) -> float:
    """Grade, and return the seconds that it took. Raises CalledProcessError."""
    started = time.perf_counter()
    how = {"check": True, "capture_output": True, "env": _environment(temporary)}
    subprocess.run(command(paths, out, *words), **how)  # type: ignore[call-overload]  # noqa: S603
    return time.perf_counter() - started


def _environment(temporary: Path | None) -> dict[str, str]:
    return dict(os.environ) if temporary is None else {**os.environ, "TMPDIR": str(temporary)}


def grades(out: Path) -> dict[str, tuple[float, str, float]]:
    """Return what each submission got."""
    rows = json.loads((out / "grades.json").read_text())["submissions"]
    return {row["name"]: (row["score"], row["verdict"], row["pending"]) for row in rows}


def points(out: Path) -> dict[str, list[object]]:
    """Return the points of each part of each submission."""
    return {name: json.loads((out / name / "report.json").read_text())["points"] for name in grades(out)}


def stored(out: Path) -> dict[str, bytes]:
    """Return what the journal has, as it is on the disk."""
    if not (out / "journal.sqlite").exists():
        return {}
    base = sqlite3.connect(out / "journal.sqlite")
    try:
        return dict(base.execute("SELECT name, entry FROM graded"))
    except sqlite3.OperationalError:
        return {}
    finally:
        base.close()


def speed(place: Path, count: int, seed: int) -> tuple[float, float]:
    """Return the processor time of right and half-right files, one by one, before and after what a batch shares.

    The third line is that of a rubric with `cases = 0`.
    """
    from gradcheck.evidence import kept
    from gradcheck.grading import batch, reading
    from gradcheck.isolation import image
    from gradcheck.judging.run import verify_whole

    plan = batch.plan_of(reading.read("cs231n-a2"), seed)
    written(place / "class", submissions(count + 2, seed, HALF, stubs=0))
    paths = sorted(map(str, (place / "class").iterdir()))
    found = []
    for what, is_shared, cases in (
        ("without what a batch shares", False, None),
        ("with what a batch shares", True, None),
        ("with it, and with the fixed cases only", True, 0),
    ):
        plan = replace(plan, cases=cases)
        kept.keep(batch.KEPT if is_shared else 0)
        for path in paths[:2]:  # the first ones of a batch fill what it keeps
            verify_whole(path, plan)
        image.prepare(is_wanted=False)  # what it has used by now is no part of the following
        image.prepare(is_wanted=is_shared)
        before, started = times_of(), time.perf_counter()
        for path in paths[2:]:
            verify_whole(path, plan)
        seconds = time.perf_counter() - started
        image.prepare(is_wanted=False)  # its forks are counted when it has ended
        judge, workers = (now - then for now, then in zip(times_of(), before, strict=True))
        found.append((judge + workers) / count)
        print(
            f"{what}: {found[-1]:.2f} s of processor time a file"
            f" ({judge / count:.2f} s judge, {workers / count:.2f} s worker), {seconds / count:.2f} s by the clock;"
            f" two idle cores: {120 / found[-1]:.0f} files a minute",
            flush=True,
        )
    print(
        f"{found[0] / found[1]:.2f} and {found[0] / found[2]:.2f} times as fast; load {os.getloadavg()[0]:.1f}"
    )
    return found[0], found[1]


def times_of() -> tuple[float, float]:
    """Return the processor time of this process, and of those that it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, others = (each.ru_utime + each.ru_stime for each in both)
    return own, others


def whole_class(place: Path, count: int, processes: int, seed: int) -> int:
    """Return the most memory that the grading and its judges had together, in bytes; print that of each, too."""
    written(place / "class", submissions(count, seed))
    process = subprocess.Popen(  # noqa: S603
        command([place / "class"], place / "out", "--processes", processes, "--seed", seed),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    own, together, started = 0, 0, time.perf_counter()
    while process.poll() is None:
        sizes = {number: _memory(number) for number in (process.pid, *_judges(process.pid))}
        own, together = max(own, sizes[process.pid]), max(together, sum(sizes.values()))
        time.sleep(0.5)
    assert process.returncode == 0
    print(f"{count} files: {time.perf_counter() - started:.0f} s")
    print(f"memory: {own / 1e6:.0f} MB of the grading, {together / 1e6:.0f} MB with its {processes} judges")
    return together


def _judges(above: int) -> list[int]:
    """Return the processes that one has started; workers of submissions are further down."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                if int(file.read().rpartition(")")[2].split()[1]) == above:
                    found.append(int(name))
        except OSError:
            continue
    return found


def _memory(process: int) -> int:
    """Return the bytes of a process's own memory; what it shares with others is counted in shares."""
    try:
        with open(f"/proc/{process}/smaps_rollup") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, ValueError):
        return 0


def kills(place: Path, count: int, times: int, seed: int) -> int:
    """Kill a grading at random moments; return how often. Nothing may be lost, or be graded twice."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    texts = (f"{GOOD}import time\ntime.sleep({rng.uniform(0, 0.4)})\n" for _ in range(count))
    written(place / "class", [rng.choice((text, text.replace("> 0", "> 1"))) for text in texts])
    (place / "rubric.toml").write_text(TWO_LAYERS)
    how = ("--seed", seed, "--rubric", place / "rubric.toml")
    out, known, done = place / "out", dict[str, bytes](), 0
    usual = graded([place / "class"], place / "usual", *how, temporary=place)
    for _ in range(times):
        running = subprocess.Popen(  # noqa: S603
            command([place / "class"], out, *how),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(place),
        )
        try:
            running.wait(rng.uniform(0.0, max(1.0, LONGEST * usual / times)))
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            done += 1
        running.wait()
        now = stored(out)
        assert {name: now.get(name) for name in known} == known, "an entry was lost, or made again"
        known = now
    graded([place / "class"], out, *how, temporary=place)
    now = stored(out)
    assert {name: now[name] for name in known} == known
    assert len(now) == count
    assert points(out) == points(place / "usual")
    assert (left := remaining(place)) == [], left
    print(f"killed {done} of {times} times, with {len(known)} of {count} files graded by then: nothing lost,")
    print("nothing graded twice, the same points as without a kill, no process and no folder left")
    return done


def remaining(temporary: Path) -> list[str]:
    """Return folders of ours, and processes that work in one, a few seconds after a grading."""
    end = time.monotonic() + 15
    while (found := _remaining(temporary)) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def _remaining(temporary: Path) -> list[str]:
    found = [entry.name for entry in temporary.iterdir() if OURS.match(entry.name)]
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path("/proc", name, "cmdline").read_bytes().decode(errors="replace")
            if str(temporary) in line and int(name) != os.getpid() and "benchmarks" not in line:
                found.append(f"process {name}")
        except OSError:
            continue
    return found


def order(place: Path, count: int, seed: int) -> None:
    """Grade a class again: in another order, with other processes. The grades must be the same."""
    written(place / "class", submissions(count, seed))
    paths = sorted((place / "class").iterdir())
    shuffled = random.Random(seed).sample(paths, count)  # noqa: S311 - no secret
    for name, given, processes in (("one", paths, 2), ("other", shuffled, 3), ("alone", paths[::-1], 1)):
        graded(given, place / name, "--seed", seed, "--processes", processes)
    assert points(place / "one") == points(place / "other") == points(place / "alone")
    assert grades(place / "one") == grades(place / "other") == grades(place / "alone")
    print(f"{count} files in three orders, by 2, 3 and 1 processes: the same points of every part")


def hostile(place: Path, count: int, processes: int) -> dict[str, tuple[float, str, float]]:
    """Grade hostile files among as many good ones. None may gain, and no good one may lose a point."""
    files = sorted(HOSTILE.glob("*.py"))[:: max(1, len(list(HOSTILE.glob("*.py"))) // count)][:count]
    (place / "class").mkdir()
    for number, path in enumerate(files):
        (place / "class" / f"{number:03}-evil").mkdir()
        shutil.copy(path, place / "class" / f"{number:03}-evil" / "layers.py")
        (place / "class" / f"{number:03}-good").mkdir()
        (place / "class" / f"{number:03}-good" / "layers.py").write_text(GOOD)
    (place / "rubric.toml").write_text(TWO_LAYERS)
    seconds = graded(
        [place / "class"],
        place / "out",
        *("--rubric", place / "rubric.toml", "--processes", processes),
        temporary=place,
    )
    found = grades(place / "out")
    assert len(found) == 2 * len(files)
    bad = {name for name, grade in found.items() if name.endswith("good") and grade != (6, "pass", 0)}
    assert not bad, bad
    gained = [path.stem for number, path in enumerate(files) if not _is_due(path, found[f"{number:03}-evil"])]
    assert not gained, gained
    assert (left := remaining(place)) == [], left
    print(
        f"{len(files)} hostile and {len(files)} good files in {seconds:.0f} s: no hostile one has more than is due,"
    )
    print("each good one has all points, no process and no folder is left")
    return found


def _is_due(path: Path, grade: tuple[float, str, float]) -> bool:
    """Return whether a hostile file got no more than its functions deserve; what is pending is no gain."""
    expected = re.search(r"^# expect: (.*)$", path.read_text(), flags=re.M)
    assert expected is not None
    due = sum(worth for name, worth in POINTS.items() if re.search(rf"\b{name} [a-z|]*pass", expected[1]))
    return grade[0] - grade[2] <= due


def dask(place: Path, count: int, times: int, seed: int) -> list[float]:
    """Return how much faster two workers of one process each are than one, pair by pair.

    By the clock that is true of an idle machine only. The processor times say what two idle cores would give: one
    worker uses one of them, and two share both with the grading and the scheduler.
    """
    written(place / "class", submissions(count, seed, HALF, stubs=0))
    (place / "rubric.toml").write_text(TWO_LAYERS.replace("call_seconds = 1", "call_seconds = 10"))
    ratios = []
    for turn in range(times):
        seconds = {}
        for number in (1, 2) if turn % 2 else (2, 1):
            with cluster(place, number) as (address, processes):
                words = ("--seed", seed, "--dask", address, "--rubric", place / "rubric.toml")
                graded([place / "class"], place / f"warm{turn}-{number}", *words)  # each keeps its results
                before, own = [_with_all_below(each) for each in processes], times_of()[1]
                seconds[number] = graded([place / "class"], place / f"out{turn}-{number}", *words)
                used = [_with_all_below(each) - then for each, then in zip(processes, before, strict=True)]
                print(
                    f"{number} workers: {seconds[number]:.1f} s; processor time: scheduler {used[0]:.1f} s, workers"
                    f" {sum(used[1:]):.1f} s, grading {times_of()[1] - own:.1f} s",
                    flush=True,
                )
        ratios.append(seconds[1] / seconds[2])
    print(
        f"median of {times} pairs: {statistics.median(ratios):.2f} times as fast; load {os.getloadavg()[0]:.1f}"
    )
    return ratios


def _with_all_below(process: int) -> float:
    """Return the processor time of a process and of all below it, those that have ended included."""
    try:
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    own = sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return own + sum(_with_all_below(each) for each in _judges(process))


@contextmanager
def cluster(place: Path, workers: int) -> Iterator[tuple[str, list[int]]]:
    """Start a scheduler and workers of one process each; give the address, and the processes in this order."""
    file = place / f"scheduler-{time.monotonic_ns()}.json"
    loopback = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    with ExitStack() as stack:
        processes = [stack.enter_context(_running("scheduler", *loopback))]
        while not file.exists() or not file.read_text():
            time.sleep(0.05)
        address = str(json.loads(file.read_text())["address"])
        own = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(place))
        processes += [stack.enter_context(_running("worker", address, *own)) for _ in range(workers)]
        yield address, processes


@contextmanager
def _running(*words: str) -> Iterator[int]:
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "dask", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("speed", "class", "kills", "order", "hostile", "dask"))
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if given.what == "speed":
            speed(place, given.count, given.seed)
        elif given.what == "class":
            whole_class(place, given.count, given.processes, given.seed)
        elif given.what == "kills":
            kills(place, given.count, given.times, given.seed)
        elif given.what == "order":
            order(place, given.count, given.seed)
        elif given.what == "hostile":
            hostile(place, given.count, given.processes)
        else:
            dask(place, given.count, given.times, given.seed)


if __name__ == "__main__":
    main()
