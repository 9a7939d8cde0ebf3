"""Count the faults that the suite finds in implementations that are right. There should be none.

    python benchmarks/false_alarms.py --cases 20000 --seed 0

A case is one problem (layer, geometry, numbers), drawn at random and put before every check of the layer's
forward and backward. Each is put before naive, fast and, where it is installed, PyTorch.
"""

import argparse
import importlib.util
import runpy
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from pathlib import Path

import numpy as np

from gradcheck import fast, naive
from gradcheck.checks import CHECKS
from gradcheck.contract import Case, Subject
from gradcheck.judging.part import judge_subject
from gradcheck.layers import LAYERS
from gradcheck.layers.cases import random_cases
from gradcheck.report import Finding, PartReport, Severity, Verdict
from gradcheck.subjects.dialects.pair import PAIR

PEER = Path(__file__).parents[1] / "tests" / "peers" / "torch_layers.py"
BATCH = 16
"""Cases judged together. A check that looks at a few cases only looks at a few of every batch."""


@dataclass
class Count:
    """What came of one implementation so far."""

    cases: int = 0
    checks: int = 0
    seconds: float = 0.0
    faults: list[Finding] = field(default_factory=list)

    def add(self, cases: int, parts: list[PartReport], seconds: float) -> None:
        """Add the reports on one batch."""
        self.cases += cases
        self.checks += sum(check.cases for part in parts for check in part.checks)
        self.seconds += seconds
        self.faults += [
            finding for part in parts for finding in part.findings if finding.severity is Severity.FAULT
        ]

    def row(self, name: str) -> str:
        """Return the count as a line of the table."""
        doubts = sum(finding.verdict is Verdict.INCONCLUSIVE for finding in self.faults)
        numbers = f"{self.cases:9,} {self.checks:11,} {len(self.faults) - doubts:7,} {doubts:13,}"
        return f"{name:8} {numbers} {self.seconds:8.1f}"


def subjects() -> dict[str, tuple[Subject, ...]]:
    """Return what is right, by name."""
    found = {"naive": PAIR.subjects(vars(naive)), "fast": PAIR.subjects(vars(fast))}
    if importlib.util.find_spec("torch") is not None:
        found["torch"] = PAIR.subjects(runpy.run_path(str(PEER)))
    return found


def batches(subject: Subject, count: int, seed: int) -> Iterator[list[Case]]:
    """Yield `count` random cases of a subject's layer, a batch at a time."""
    source = islice(random_cases(subject.layer, seed), count)
    while batch := list(islice(source, BATCH)):
        yield batch


def judged(subject: Subject, cases: list[Case]) -> list[PartReport]:
    """Return the reports on both parts of a subject."""
    with np.errstate(all="ignore"):
        return judge_subject(subject, cases, CHECKS)


def counted(subjects: tuple[Subject, ...], cases: int, seed: int) -> Count:
    """Judge one implementation of every layer."""
    count = Count()
    for subject in subjects:
        for batch in batches(subject, ceil(cases / len(LAYERS)), seed):
            started = time.perf_counter()
            parts = judged(subject, batch)
            count.add(len(batch), parts, time.perf_counter() - started)
    return count


def main() -> int:
    """Run from the command line; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000, help="how many to put before each (20000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first case (0)")
    options = parser.parse_args()
    print("              cases  checks run  faults  inconclusive  seconds")
    counts = {}
    for name, found in subjects().items():
        counts[name] = counted(found, options.cases, options.seed)
        print(counts[name].row(name), flush=True)
    for name, count in counts.items():
        for finding in count.faults:
            print(f"{name}: {finding.case}: {finding.check}: {finding.verdict}: {finding.message}")
    return int(any(count.faults for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
