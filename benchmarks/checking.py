"""How fast checking is: one check, a whole gradient, a probe of a hundred million numbers, and where the time goes.

    python benchmarks/checking.py --json checking.json

Each part is measured once and kept in the file; name those to measure again.
"""

import argparse
import contextlib
import cProfile
import pstats
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from gradcheck import checks
from gradcheck.judging import matrix, run
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.timing.machine import Machine, limited, machine
from gradcheck.timing.times import Quartiles
from measuring.book import saved
from measuring.checks import Point, one_check, points, whole_gradient

ROOT = Path(__file__).parents[1]
CHECKS = Path(checks.__file__).parent.relative_to(ROOT)
LARGEST = 8
MOST = 12
DURATION = re.compile(r"^(\d+\.\d+)s +(?:call|setup|teardown) +([^:\s]+)", flags=re.MULTILINE)


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """A function, how often it was called, its own seconds, and those with all that it calls.

    Of a test file there is only the sum.
    """

    where: str
    calls: int
    own: float
    all: float


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a command took, its costliest functions, and, of a verification, what each check cost."""

    what: str
    seconds: float
    costs: list[Cost]
    checks: list[Cost] = []


class Checking(msgspec.Struct, kw_only=True):
    """All of it, as far as it has been measured."""

    schema: str = "gradcheck-checking/1"
    machine: Machine | None = None
    single: dict[str, Quartiles] = {}
    whole: dict[str, Quartiles] = {}
    curve: list[Point] = []
    profiles: dict[str, Profile] = {}

    def has(self, part: str) -> bool:
        """Return whether a part has been measured."""
        return part in self.profiles or bool(getattr(self, part, None))


def opened(path: Path | None) -> Checking:
    """Return what a file has, or nothing."""
    if path is None or not path.exists():
        return Checking()
    return msgspec.json.decode(path.read_bytes(), type=Checking)


def verify() -> Profile:
    """Profile ``gradcheck verify``, of naive and fast."""
    return _profiled("gradcheck verify", lambda: run.verify(("gradcheck.naive", "gradcheck.fast")))


def mutants() -> Profile:
    """Profile ``gradcheck mutants``, the kill matrix."""
    return _profiled("gradcheck mutants", lambda: matrix.matrix(MUTANTS))


def tests() -> Profile:
    """Add up what the files of the test line take, in one process."""
    command = [sys.executable, "-m", "pytest", "-q", "--durations=0", "--durations-min=0.005"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout  # noqa: S603 - our own tests
    sums: Counter[str] = Counter()
    for taken, path in DURATION.findall(output):
        sums[path] += float(taken)
    costs = [Cost(where=path, calls=1, own=taken, all=taken) for path, taken in sums.most_common(MOST)]
    return Profile(what="pytest", seconds=sum(sums.values()), costs=costs)


COMMANDS = {"verify": verify, "mutants": mutants, "tests": tests}


def _profiled(what: str, command: Callable[[], object]) -> Profile:
    """Run a command under the profiler, which overestimates small functions."""
    profiler = cProfile.Profile()
    profiler.runcall(command)
    found = [_cost(place, *numbers[1:4]) for place, numbers in pstats.Stats(profiler).stats.items()]  # type: ignore[attr-defined]
    by_own = sorted(found, key=lambda cost: -cost.own)
    by_check = sorted(
        (cost for cost in found if cost.where.startswith(f"{CHECKS}/")), key=lambda cost: -cost.all
    )
    return Profile(what=what, seconds=sum(c.own for c in found), costs=by_own[:MOST], checks=by_check[:MOST])


def _cost(place: tuple[str, int, str], calls: int, own: float, everything: float) -> Cost:
    path, _, function = place
    inside = Path(path)
    is_ours = inside.is_relative_to(ROOT)
    shown = str(inside.relative_to(ROOT)) if is_ours else "/".join(inside.parts[-2:])
    return Cost(
        where=f"{shown}: {function}" if path != "~" else function, calls=calls, own=own, all=everything
    )


PARTS = ("single", "whole", "curve", *COMMANDS)


def measure(part: str, found: Checking, largest: int) -> object:
    """Measure one part into `found`, and return it."""
    if part in COMMANDS:
        found.profiles[part] = COMMANDS[part]()
        return found.profiles[part]
    measures: dict[str, Callable[[], object]] = {
        "single": one_check,
        "whole": whole_gradient,
        "curve": lambda: list(points(largest)),
    }
    # A check of this size is too short to wake a second thread for; the large probes want all of them.
    with limited(None if part == "curve" else 1):
        setattr(found, part, measures[part]())
    return getattr(found, part)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; what is missing by default"
    )
    parser.add_argument("--json", type=Path, help="where to keep the results")
    parser.add_argument(
        "--largest", type=int, default=LARGEST, help=f"power of ten of the last probe ({LARGEST})"
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    with contextlib.suppress(ImportError):
        import torch  # noqa: F401 - now, so that its threads are limited
    found = opened(options.json)
    for part in options.parts or [part for part in PARTS if not found.has(part)]:
        print(part, measure(part, found, options.largest), sep=": ", flush=True)
        found.machine = machine()
        saved(found, options.json)


if __name__ == "__main__":
    sys.exit(main())
