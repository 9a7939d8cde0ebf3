"""Count what ``gradcheck kernel`` finds wrong in the convolutions of large frameworks. There should be nothing.

    python benchmarks/kernel_false_alarms.py --count 10000 --seed 0

A problem is a small geometry, drawn at random, with numbers of its own; what a kernel cannot be asked is drawn anew.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from gradcheck.cases import random_cases
from gradcheck.kernels import dtypes, target
from gradcheck.kernels.kernel import Kernel
from gradcheck.kernels.problems import Problem
from gradcheck.kernels.report import ProblemReport
from gradcheck.kernels.verify import Plan, verify
from gradcheck.layers import BY_NAME
from gradcheck.report import Verdict

PEERS = Path(__file__).parent / "peers"
TARGETS = {
    "torch": "torch.nn.functional:conv2d",
    "jax": f"{PEERS / 'jax_kernels.py'}:conv2d",
    "onnxruntime": "onnxruntime:Conv",
}


def problems(kernel: Kernel, dtype: dtypes.Dtype, seed: int) -> Iterator[Problem]:
    """Yield small problems without end, those that a kernel can be asked."""
    for case in random_cases(BY_NAME["conv2d"], seed):
        if kernel.skips(kernel.express(case), dtype) is None:
            yield Problem(case)


def judged(kernel: Kernel, dtype: dtypes.Dtype, count: int, times: int, seed: int) -> Iterator[ProblemReport]:
    """Yield the reports on so many problems, `times` of each geometry."""
    for problem in islice(problems(kernel, dtype, seed), -(-count // times)):
        for number in range(min(times, count)):
            yield verify(kernel, [problem], Plan(dtype=dtype, seed=seed + number)).problems[0]


def counted(name: str, options: argparse.Namespace) -> list[ProblemReport]:
    """Judge one framework, print a row, and return what is not a pass."""
    started, dtype = time.perf_counter(), dtypes.BY_NAME[options.dtype]
    with target.opened(TARGETS[name]) as kernel:
        reports = list(islice(judged(kernel, dtype, options.count, options.each, options.seed), options.count))
        checks = Counter(
            outcome.verdict for report in reports for outcome in report.outcomes
        )
        bad = [report for report in reports if report.verdict is not Verdict.PASS]
        geometries = len({report.problem for report in reports})
        seconds = time.perf_counter() - started
        numbers = f"{len(reports):8,} {geometries:10,} {checks.total() - checks[Verdict.SKIP]:10,} {len(bad):6,}"
        print(f"{kernel.title:22} {numbers} {seconds:8.0f}", flush=True)
    return bad


def main() -> int:
    """Run from the command line; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="problems for each (10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first problem (0)")
    parser.add_argument("--each", type=int, default=1, help="how often a geometry, with other numbers (1)")
    parser.add_argument("--dtype", default="float32", choices=list(dtypes.BY_NAME))
    parser.add_argument("--only", choices=list(TARGETS), nargs="+", default=list(TARGETS))
    options = parser.parse_args()
    print("                       problems geometries     checks  found  seconds")
    bad = [report for name in options.only for report in counted(name, options)]
    for report in bad:
        for finding in (finding for outcome in report.outcomes for finding in outcome.findings):
            print(f"{report.problem}: {finding.check}: {finding.tensor}: {finding.verdict}: {finding.message}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
