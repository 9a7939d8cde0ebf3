"""What a worker costs: its start, a call on small arrays, a call on large ones, and a whole file judged in it.

    python benchmarks/worker_overhead.py [--level LEVEL] [FILE]
    python benchmarks/worker_overhead.py [--level LEVEL] --allow PACKAGE

With --allow it measures only what importing a package in a worker adds. Each number is the best of several, of a start
with a package the median of five, in wall-clock time: the machine should have nothing else to do.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gradcheck import Plan, verify
from gradcheck.isolation import levels
from gradcheck.isolation.allowed import allowed
from gradcheck.isolation.opening import in_worker

EXAMPLE = Path(__file__).parents[1] / "tests" / "data" / "cs231n" / "vectorised.py"
SOURCE = "import numpy as np\ndef add(x, y): return x + y, (x,)\ndef total(x): return float(x[0])\n"
TIMES = 5
LARGE = 2**24
"""How many numbers a large array has: 128 MB."""


def best(times: int, action: Callable[[], object]) -> float:
    """Return the shortest of several durations, in seconds."""
    durations = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        durations.append(time.perf_counter() - started)
    return min(durations)


def start_and_end(path: Path, level: levels.Level) -> None:
    """Start a worker, bring a file in, and end it."""
    with in_worker(str(path), level):
        pass


def with_package(path: Path, package: str, level: levels.Level) -> None:
    """Print how long a worker takes to start without and with a package, and the address space it has then."""
    space = "def space():\n    return int(open('/proc/self/statm').read().split()[0]) * 4096\n"
    for code, packages in ((space, ()), (f"import {package}\n{space}", (package,))):
        path.write_text(code)
        seconds, found = [], 0
        for _ in range(TIMES):
            started = time.perf_counter()
            with in_worker(str(path), level, levels.Limits(packages=packages)) as loaded:
                found = loaded.namespaces[0].members["space"]()
            seconds.append(time.perf_counter() - started)
        title = f"with {package}" if packages else "without a package"
        print(
            f"{statistics.median(seconds):10.2f} s   start, load and end {title}; {found / 2**20:.0f} MB mapped"
        )
    print(f"{allowed((package,)).mapped / 2**20:10.0f} MB  more address space is allowed")


def calls(path: Path, level: levels.Level) -> dict[str, float]:
    """Return the seconds of calls on small and on large arrays."""
    small, large = np.ones((4, 5)), np.ones(LARGE)
    with in_worker(str(path), level) as loaded:
        members = loaded.namespaces[0].members
        add, total = members["add"], members["total"]
        return {
            "a call on small arrays": best(2000, lambda: add(small.copy(), small.copy())),
            "128 MB in": best(5, lambda: total(large.copy())) - best(5, large.copy),
            "128 MB in and out": best(5, lambda: add(large, 1.0)),
            "128 MB copied, for comparison": best(5, large.copy),
            "128 MB added in this process, for comparison": best(5, lambda: large + 1.0),
        }


def command(path: Path, *options: str) -> None:
    """Run the command from its beginning to its end."""
    words = [sys.executable, "-m", "gradcheck", "verify", str(path), *options]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--level", type=levels.Level, default=levels.strongest())
    parser.add_argument("--allow", metavar="PACKAGE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.py")
        print(f"level {given.level}")
        if given.allow:
            with_package(path, given.allow, given.level)
            return
        path.write_text(SOURCE)
        print(f"{1e3 * best(5, lambda: start_and_end(path, given.level)):10.1f} ms  start, load and end")
        for name, seconds in calls(path, given.level).items():
            print(f"{1e3 * seconds:10.3f} ms  {name}")
    for level in (levels.Level.PROCESS, given.level):
        plan = Plan(isolation=level)
        print(
            f"{best(3, lambda plan=plan: verify([str(given.file)], plan)):10.2f} s   {given.file.name}, {level}"
        )
    print(f"{best(3, lambda: command(given.file, '--in-process')):10.2f} s   the command, in this process")
    print(f"{best(3, lambda: command(given.file, '--processes', '1')):10.2f} s   the command, in a worker")
    print(f"{best(3, lambda: command(given.file, '--processes', '2')):10.2f} s   the command, in two workers")


if __name__ == "__main__":
    main()
