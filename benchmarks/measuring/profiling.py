"""Where the time of the suite's own commands goes."""

import cProfile
import pstats
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from gradcheck.judging import matrix, run
from gradcheck.mistakes.catalogue import MUTANTS

ROOT = Path(__file__).parents[2]
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


def verify() -> Profile:
    """Profile ``gradcheck verify``, of naive and fast."""
    return _profiled("gradcheck verify", lambda: run.verify(("gradcheck.naive", "gradcheck.fast")))


def mutants() -> Profile:
    """Profile ``gradcheck mutants``, the kill matrix."""
    return _profiled("gradcheck mutants", lambda: matrix.matrix(MUTANTS))


def tests() -> Profile:
    """Add up what the files of the test line take, in one process."""
    command = [sys.executable, "-m", "pytest", "-q", "--durations=0", "--durations-min=0.005"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout  # noqa: S603 - our own tests
    sums: Counter[str] = Counter()
    for taken, path in DURATION.findall(told):
        sums[path] += float(taken)
    costs = [Cost(where=path, calls=1, own=taken, all=taken) for path, taken in sums.most_common(MOST)]
    return Profile(what="pytest", seconds=sum(sums.values()), costs=costs)


COMMANDS = {"verify": verify, "mutants": mutants, "tests": tests}


def _profiled(what: str, command: Callable[[], object]) -> Profile:
    """Run a command under the profiler, which makes small functions look dearer than they are."""
    profiler = cProfile.Profile()
    profiler.runcall(command)
    found = [_cost(place, *numbers[1:4]) for place, numbers in pstats.Stats(profiler).stats.items()]  # type: ignore[attr-defined]
    by_own = sorted(found, key=lambda cost: -cost.own)
    by_check = sorted(
        (c for c in found if c.where.startswith("gradcheck/checks/")), key=lambda cost: -cost.all
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
