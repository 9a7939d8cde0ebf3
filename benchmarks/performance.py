"""How fast `fast` is: beside PyTorch, a textbook's im2col, naive, and what the machine can do at best.

    python benchmarks/performance.py --json performance.json

Every distinct convolution of real networks, and the layers beside them, forward and backward apart, in both precisions,
on one thread and on all. An interrupted run goes on where it stopped: what is in the file is not measured again.
"""

import argparse
import contextlib
import os
import sys
import time
from pathlib import Path

from gradcheck.timing.machine import limited
from measuring import book, growth, rates
from measuring.jobs import Job, jobs
from measuring.run import rows

BUDGET = 0.3
"""Seconds for the rounds of one row, beyond the least that there must be: ten minutes in all."""


def main() -> None:
    """Run from the command line."""
    options = _options()
    with contextlib.suppress(ImportError):
        import torch  # noqa: F401 - now, so that its threads are limited, and its version told
    found = book.opened(options.json)
    print(found.machine)
    started = time.perf_counter()
    for job in jobs(options.threads):
        wanted = {
            part: key for part, key in job.parts.items() if options.only in key and key not in found.keys
        }
        if wanted:
            with limited(job.threads):
                _measure(job, wanted, found, options.budget)
            book.saved(found, options.json)
    if not options.only and not found.growth:
        found.growth = growth.measured()
        book.saved(found, options.json)
    print(f"{len(found.rows)} rows, {time.perf_counter() - started:.0f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="where to keep the rows")
    parser.add_argument(
        "--only", default="", help="rows with this in their name: a layer, a geometry, float32"
    )
    parser.add_argument("--budget", type=float, default=BUDGET, help=f"seconds for a row ({BUDGET})")
    parser.add_argument("--threads", type=_counts, default=_counts(f"1,{os.cpu_count() or 1}"), help="1,2")
    return parser.parse_args()


def _counts(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(word) for word in text.split(",")}))


def _measure(job: Job, wanted: dict[str, str], found: book.Book, budget: float) -> None:
    dtype = job.problem.case.dtype
    if found.rate(dtype, job.threads) is None:
        found.rates.append(rates.measured(dtype, job.threads))
        print(found.rates[-1], flush=True)
    # Loops know no threads: once is enough.
    with_loops = "course" in job.sets and job.threads == 1
    for row in rows(job, wanted, budget, with_loops=with_loops):
        found.rows.append(row)
        times = "  ".join(f"{name} {1000 * each.best:.3g}" for name, each in row.times.items())
        print(f"{row.key}: ms {times}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
