"""Whether the gate of ``gradcheck kernel --bench`` catches a kernel that is 15% slower, and passes an equal one.

    python benchmarks/gate.py --runs 20

A kernel multiplies matrices so many times; the slower one does so 15% more often. Run it on a quiet machine.
"""

import argparse
import sys
from collections import Counter

import numpy as np

from gradcheck.contract import Array
from gradcheck.kernels import dtypes
from gradcheck.kernels.frameworks import NUMPY
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.problems import of_line
from gradcheck.kernels.signature import signature_of
from gradcheck.report import Verdict
from gradcheck.timing import gate

PROBLEM = of_line("conv2d n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1_bnone")
WORK = 100
"""Products of matrices: together about as long as a convolution in the middle of ResNet-50."""


def working(times: int) -> FunctionKernel:
    """Return a kernel that does its work so many times."""
    matrix = np.random.default_rng(0).random((96, 96)).astype(np.float32)

    def kernel(x: Array, w: Array, stride: object, padding: object) -> Array:
        for _ in range(times):
            matrix @ matrix
        return x * w

    return FunctionKernel(f"work{times}", NUMPY, kernel, signature_of(kernel, "kernel"))


def main() -> int:
    """Run from the command line; 1 unless every run says what is right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="of each (20)")
    parser.add_argument("--clock", default="wall", choices=["wall", "cpu"])
    parser.add_argument("--budget", type=float, default=5.0, help="seconds for each run (5)")
    options = parser.parse_args()
    wrong = 0
    for title, times, right in (("15% slower", 115, Verdict.FAIL), ("equal", 100, Verdict.PASS)):
        plan = gate.TimingPlan(
            dtype=dtypes.BY_NAME["float32"],
            against=working(WORK),
            allowed=0.1,
            budget=options.budget,
            clock=options.clock,
        )
        timings = [gate.time_kernel(working(times), [PROBLEM], plan).timings[0] for _ in range(options.runs)]
        said = Counter(timing.verdict.value for timing in timings)
        ratios, noises = ([getattr(each, name) for each in timings] for name in ("ratio", "noise"))
        print(
            f"{title:11} {dict(said)}, ratio {min(ratios):.3f} to {max(ratios):.3f}, noise up to {max(noises):.1%}"
        )
        wrong += options.runs - said[right.value]
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
