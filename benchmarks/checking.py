"""How fast checking is: one check, a whole gradient, a probe of a hundred million numbers, and where the time goes.

    python benchmarks/checking.py --json checking.json

Each part is measured once and kept in the file; name those to measure again.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from gradcheck.timing.machine import limited, machine
from measuring import curve, profiling, single, whole
from measuring.book import saved
from measuring.checkbook import Checking, opened

LARGEST = 8
PARTS = ("single", "whole", "curve", *profiling.COMMANDS)


def measure(part: str, found: Checking, largest: int) -> object:
    """Measure one part into `found`, and return it."""
    if part in profiling.COMMANDS:
        found.profiles[part] = profiling.COMMANDS[part]()
        return found.profiles[part]
    measures: dict[str, Callable[[], object]] = {
        "single": single.times,
        "whole": whole.times,
        "curve": lambda: list(curve.points(largest)),
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
    found = opened(options.json)
    for part in options.parts or [part for part in PARTS if not found.has(part)]:
        print(part, measure(part, found, options.largest), sep=": ", flush=True)
        found.machine = machine()
        saved(found, options.json)


if __name__ == "__main__":
    sys.exit(main())
