"""Count the faults that the suite finds in what is right. There should be none.

    python benchmarks/false_alarms.py --cases 20000 --seed 0
    python benchmarks/false_alarms.py kernels --count 10000 --seed 0

The first line judges the layers of naive, fast and, where it is installed, PyTorch. A case is one problem (layer,
geometry, numbers), drawn at random; every check of the layer's forward and backward runs on it.

The second line judges the convolutions of large frameworks as ``gradcheck kernel`` does. A problem is a small geometry,
drawn at random, with numbers of its own; what a kernel cannot express is drawn anew. Every finding is printed, and has
to be looked into: docs/peers.md has those that are right.
"""

import argparse
import importlib.util
import os
import runpy
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from pathlib import Path

import numpy as np

import gradcheck.fast as fast
import gradcheck.naive as naive
from gradcheck.checks import CHECKS
from gradcheck.contract import Case, Subject
from gradcheck.judging.part import judge_subject
from gradcheck.kernels import dtypes
from gradcheck.kernels.apart import Apart
from gradcheck.kernels.choosing import Asked
from gradcheck.kernels.engine import KernelPlan
from gradcheck.kernels.kernel import Kernel
from gradcheck.kernels.problems import Problem
from gradcheck.kernels.report import KernelReport
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.drawn import random_cases
from gradcheck.report import Finding, PartReport, Severity, Verdict
from gradcheck.reporting.kernels import again
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


KERNELS = Path(__file__).parent / "peers"
TARGETS = {
    "torch": "torch.nn.functional:conv2d",
    "jax": f"{KERNELS / 'jax_kernels.py'}:conv2d",
    "onnxruntime": "onnxruntime:Conv",
}


def problems(kernel: Kernel, dtype: dtypes.Dtype, seed: int) -> Iterator[Problem]:
    """Yield small problems without end, those that a kernel can be asked."""
    for case in random_cases(BY_NAME["conv2d"], seed):
        if kernel.skips(kernel.express(case), dtype) is None:
            yield Problem(case)


def kernel_reports(name: str, options: argparse.Namespace) -> Iterator[KernelReport]:
    """Yield a report on the same geometries for each seed."""
    dtype = dtypes.BY_NAME[options.dtype]
    with opened_kernel(TARGETS[name]) as kernel:
        drawn = problems(kernel, dtype, options.seed)
        chosen = list(islice(drawn, -(-options.count // options.each)))
    for number in range(options.each):
        plan = KernelPlan(dtype=dtype, seed=options.seed + number)
        yield Apart(TARGETS[name], None).judge(Asked.of(chosen, "conv2d"), plan)


def kernel_counted(name: str, options: argparse.Namespace) -> int:
    """Judge one framework, print a row and what is wrong, and return how many problems are wrong."""
    reports = list(kernel_reports(name, options))
    found = [problem for report in reports for problem in report.problems]
    checks = Counter(outcome.verdict for problem in found for outcome in problem.outcomes)
    bad = sum(problem.verdict is not Verdict.PASS for problem in found)
    doubts = sum(problem.verdict is Verdict.INCONCLUSIVE for problem in found)
    geometries = len({problem.problem for problem in found})
    ran = checks.total() - checks[Verdict.SKIP]
    numbers = f"{len(found):8,} {geometries:10,} {ran:10,} {bad - doubts:6,} {doubts:13,}"
    print(f"{reports[0].title:22} {numbers} {sum(report.seconds for report in reports):8.0f}", flush=True)
    for report in reports:
        for problem in (each for each in report.problems if each.verdict is not Verdict.INCONCLUSIVE):
            for finding in (each for outcome in problem.outcomes for each in outcome.findings):
                print(f"  {finding.verdict}: {finding.message}: {finding.tensor or ''}")
                print(f"    {again(report, problem, finding.check)}", flush=True)
    return bad - doubts


def of_layers(options: argparse.Namespace) -> int:
    """Judge the right implementations of layers, print a row for each and every fault; return how many there are."""
    print("              cases  checks run  faults  inconclusive  seconds")
    faults = 0
    for name, found in subjects().items():
        count = counted(found, options.cases, options.seed)
        print(count.row(name), flush=True)
        for finding in count.faults:
            print(f"  {finding.case}: {finding.check}: {finding.verdict}: {finding.message}", flush=True)
        faults += len(count.faults)
    return faults


def of_kernels(options: argparse.Namespace) -> int:
    """Judge the convolutions of large frameworks; return how many problems are wrong."""
    print("                       problems geometries     checks  found  inconclusive  seconds")
    with tempfile.TemporaryDirectory() as folder:  # JAX need not compile a geometry for every seed
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
        return sum(kernel_counted(name, options) for name in options.only)


def parser() -> argparse.ArgumentParser:
    style = argparse.RawTextHelpFormatter
    layers = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    layers.set_defaults(count_alarms=of_layers)
    layers.add_argument("--cases", type=int, default=20_000, help="how many for each implementation (20000)")
    layers.add_argument("--seed", type=int, default=0, help="of the first case (0)")
    kernels = layers.add_subparsers().add_parser("kernels", description=__doc__, formatter_class=style)
    kernels.set_defaults(count_alarms=of_kernels)
    kernels.add_argument("--count", type=int, default=10_000, help="problems for each framework (10000)")
    kernels.add_argument("--seed", type=int, default=0, help="of the first problem (0)")
    kernels.add_argument("--each", type=int, default=1, help="how often each geometry (1)")
    kernels.add_argument("--dtype", default="float32", choices=list(dtypes.BY_NAME))
    kernels.add_argument("--only", choices=list(TARGETS), nargs="+", default=list(TARGETS))
    return layers


def main() -> int:
    """Run from the command line; 1 if anything was found."""
    options = parser().parse_args()
    return int(options.count_alarms(options) > 0)


if __name__ == "__main__":
    sys.exit(main())
