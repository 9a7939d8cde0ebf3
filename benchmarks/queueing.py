"""What 100,000 submissions take: a queue that is simulated, with times that are measured on this machine.

    python benchmarks/queueing.py [--count N] [--seconds S ...] [--stopped SHARE]
    python benchmarks/queueing.py measure       what one result costs the grading itself, and a task the Dask scheduler

One submission takes as long as one of `--seconds`, by chance; a share of them is stopped at the limit of 300 s. The
grading sends at most two for each worker, and takes what comes back one at a time: it decodes, scores, and writes to
the journal. The scheduler, too, handles one task at a time. Pages and gradebook are written when all are graded.
"""

import argparse
import heapq
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classroom import ROOT

STOPPED = 300.0
"""Seconds that a submission takes that is stopped."""

WORKERS = (1, 2, 8, 32, 128, 512, 2048)
AHEAD = 2


@dataclass(frozen=True)
class Costs:
    """Seconds of one submission besides its judging.

    Attributes
    ----------
    sent : float
        The grading packs and submits it.
    scheduled : float
        The scheduler assigns it, and passes the result on.
    kept : float
        The grading decodes and scores the report, and writes it to the journal.
    written : float
        The pages, at the end.
    """

    sent: float = 0.001
    scheduled: float = 0.007
    kept: float = 0.018
    written: float = 0.016


@dataclass(frozen=True)
class Outcome:
    """What a simulation found: the seconds until all are graded, and how busy each was, as a share of these."""

    seconds: float
    workers: float
    grading: float
    scheduler: float


def simulated(count: int, workers: int, durations: Sequence[float], costs: Costs, seed: int = 0) -> Outcome:
    """Return what grading so many submissions takes; the durations are taken in the order that `seed` gives."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    free = [0.0] * workers  # when each worker is free
    heapq.heapify(free)
    grading = scheduler = busy = 0.0  # until when the grading and the scheduler are busy
    done: list[float] = []  # when the results of what is on the way are there
    spent_grading = spent_scheduling = end = 0.0
    sent = taken = 0
    while taken < count:
        while sent < count and len(done) < AHEAD * workers:
            grading += costs.sent
            spent_grading += costs.sent
            scheduler = max(scheduler, grading) + costs.scheduled
            spent_scheduling += costs.scheduled
            started = max(heapq.heappop(free), scheduler)
            seconds = rng.choice(durations)
            heapq.heappush(free, started + seconds)
            busy += seconds
            heapq.heappush(done, started + seconds)
            sent += 1
        grading = max(grading, heapq.heappop(done)) + costs.kept
        spent_grading += costs.kept
        taken += 1
        end = grading
    return Outcome(end, busy / (end * workers), spent_grading / end, spent_scheduling / end)


def table(count: int, durations: Sequence[float], costs: Costs) -> str:
    """Return a row for each number of workers."""
    rows = ["workers   hours   submissions/minute   workers busy   grading busy   scheduler busy"]
    for workers in WORKERS:
        found = simulated(count, workers, durations, costs)
        rows.append(
            f"{workers:>7} {found.seconds / 3600:>7.1f} {60 * count / found.seconds:>20.0f}"
            f" {found.workers:>13.0%} {found.grading:>14.0%} {found.scheduler:>16.0%}"
        )
    most = 1 / max(costs.sent + costs.kept, costs.scheduled)
    rows.append(
        f"no more than {60 * most:.0f} a minute, with any number of workers; then {_hours(count, costs)}"
    )
    return "\n".join(rows)


def _hours(count: int, costs: Costs) -> str:
    return f"{count * costs.written / 3600:.1f} hours for the pages"


def measured(times: int) -> None:
    """Print what one result costs the grading, and a task the scheduler, on this machine."""
    from gradcheck.grading import batch, reading, results
    from gradcheck.grading.grading import _entry
    from gradcheck.grading.journal import Journal
    from gradcheck.grading.submissions import Submission
    from gradcheck.judging.run import verify_whole

    rubric = reading.read("cs231n-a2")
    plan = batch.plan_of(rubric, 1)
    path = str(ROOT / "examples" / "cs231n_layers.py")
    target = verify_whole(path, plan)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.sqlite", "rubric", "suite", 1)
        kept = []
        for number in range(times):
            started = time.perf_counter()
            entry = _entry(
                batch.Judged(Submission(f"s{number}", path, path), target, 1.0), f"{number}", rubric
            )
            journal.add(entry)
            kept.append(time.perf_counter() - started)
        print(
            f"kept: {statistics.median(kept) * 1e3:.1f} ms; {journal.path.stat().st_size / times / 1e3:.0f} kB"
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        entries = list(journal.entries())
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(f"memory of one entry: {more / times:.0f} kB")
        out = Path(folder) / "out"
        out.mkdir()
        started = time.perf_counter()
        results.write(entries, rubric, 1, out)
        print(f"written: {(time.perf_counter() - started) / times * 1e3:.1f} ms")
        journal.close()
    _measure_scheduler(times)


def _measure_scheduler(times: int) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        data = b"\0" * 20_000
        client.gather([client.submit(len, data, pure=False) for _ in range(10)])
        started = time.perf_counter()
        futures = [client.submit(len, data, pure=False) for _ in range(times)]
        sent = time.perf_counter() - started
        client.gather(futures)
        print(
            f"sent: {sent / times * 1e3:.1f} ms; scheduled: {(time.perf_counter() - started) / times * 1e3:.1f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, nargs="+", default=[5.0])
    parser.add_argument("--stopped", type=float, default=0.01, help="the share that is stopped at its limit")
    for name, usual in vars(Costs()).items():
        parser.add_argument(f"--{name}", type=float, default=usual, help="seconds of one submission")
    parser.add_argument("what", nargs="?", choices=("simulate", "measure"), default="simulate")
    given = parser.parse_args()
    if given.what == "measure":
        measured(200)
        return
    costs = Costs(given.sent, given.scheduled, given.kept, given.written)
    stopped = round(given.stopped * 1000)
    usual = [given.seconds[number % len(given.seconds)] for number in range(1000 - stopped)]
    print(table(given.count, [*usual, *[STOPPED] * stopped], costs))


if __name__ == "__main__":
    main()
