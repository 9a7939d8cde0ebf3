"""Count what ``gradcheck kernel`` finds wrong in the convolutions of large frameworks.

    python benchmarks/kernel_false_alarms.py --count 10000 --seed 0

A problem is a small geometry, drawn at random, with numbers of its own; what a kernel cannot be asked is drawn anew.
Every finding is printed, and has to be looked into: docs/peers.md has those that are right.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from gradcheck.kernels import dtypes
from gradcheck.kernels.apart import Apart
from gradcheck.kernels.engine import KernelPlan
from gradcheck.kernels.kernel import Kernel
from gradcheck.kernels.problems import Problem
from gradcheck.kernels.report import KernelReport
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import random_cases
from gradcheck.report import Verdict
from gradcheck.reporting.kernels import again

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


def judged(name: str, options: argparse.Namespace) -> Iterator[KernelReport]:
    """Yield a report on the same geometries for each seed."""
    dtype = dtypes.BY_NAME[options.dtype]
    with opened_kernel(TARGETS[name]) as kernel:
        drawn = problems(kernel, dtype, options.seed)
        chosen = list(islice(drawn, -(-options.count // options.each)))
    for number in range(options.each):
        yield Apart(TARGETS[name], None).judge(chosen, KernelPlan(dtype=dtype, seed=options.seed + number))


def counted(name: str, options: argparse.Namespace) -> int:
    """Judge one framework, print a row and what is wrong, and return how many problems are wrong."""
    reports = list(judged(name, options))
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


def main() -> int:
    """Run from the command line; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="problems for each (10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first problem (0)")
    parser.add_argument("--each", type=int, default=1, help="how often each geometry (1)")
    parser.add_argument("--dtype", default="float32", choices=list(dtypes.BY_NAME))
    parser.add_argument("--only", choices=list(TARGETS), nargs="+", default=list(TARGETS))
    options = parser.parse_args()
    print("                       problems geometries     checks  found  inconclusive  seconds")
    with tempfile.TemporaryDirectory() as folder:  # JAX need not compile a geometry for every seed
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
        return int(sum(counted(name, options) for name in options.only) > 0)


if __name__ == "__main__":
    sys.exit(main())
