"""Measure whether right kernels are accused, and wrong ones caught, where the specification is a reference.

Every row of `reference_pairs.PAIRS` is judged, right kernels in three formats and wrong ones in one. Next to it stands
what the usual comparison says: five draws of `get_inputs` at the reference's own sizes, forward only, and ``allclose``.

    python benchmarks/references.py [--only NAME] [--dtype NAME]
"""

import argparse
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from gradcheck.kernels import dtypes
from gradcheck.kernels.engine import KernelPlan
from gradcheck.kernels.references.judging import Reference, judge_against
from gradcheck.kernels.report import KernelReport
from reference_pairs import CHEATS, PAIRS, Pair

TOLERANCES = (1e-4, 1e-2)
DRAWS = 5
LARGE = 2**22
"""Pairs of more numbers than this are compared by ``allclose`` at a quarter of each size, and again."""


def judged(reference: str, kernel: str, dtype: str) -> KernelReport:
    with TemporaryDirectory() as folder:
        old, new = Path(folder) / "ref.py", Path(folder) / "new.py"
        old.write_text(reference)
        new.write_text(kernel)
        plan = KernelPlan(dtype=dtypes.BY_NAME[dtype])
        return judge_against(str(new), Reference(path=old, is_apart=False), plan)


def is_close(reference: str, kernel: str, tolerance: float) -> bool:
    """Return whether the usual comparison passes a kernel."""
    ours, theirs = {}, {}
    exec(shrunk(reference), ours)  # noqa: S102
    exec(kernel, theirs)  # noqa: S102
    torch.manual_seed(0)
    model = ours["Model"](*ours["get_init_inputs"]())
    torch.manual_seed(0)
    new = theirs["ModelNew"](*ours["get_init_inputs"]())
    with torch.no_grad():
        for seed in range(DRAWS):
            torch.manual_seed(seed)
            inputs = ours["get_inputs"]()
            right = model(*inputs)
            try:
                got = new(*(each.clone() for each in inputs))
            except Exception:  # noqa: BLE001
                return False
            if got.shape != right.shape or not torch.allclose(
                got.double(), right.double(), atol=tolerance, rtol=tolerance
            ):
                return False
    return True


def shrunk(reference: str) -> str:
    """Return a reference with sizes that fit here: at most 96 each."""
    lines = []
    for line in reference.split("\n"):
        name, equals, value = line.partition(" = ")
        is_size = equals and value.isdigit() and not line.startswith(" ")
        lines.append(f"{name} = {min(int(value), 96)}" if is_size else line)
    return "\n".join(lines)


def cheating(pair: Pair, body: str) -> str:
    return pair.kernel(body).replace("\n\n\nclass", "\nKNOWN = {}\n\n\nclass", 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(PAIRS))
    parser.add_argument("--dtype", nargs="*", default=["float32", "bfloat16", "float16"])
    parser.add_argument("--rights", action="store_true", help="leave out the wrong ones")
    given = parser.parse_args()
    torch.set_num_threads(1)
    counts: Counter[str] = Counter()
    for name in given.only:
        pair, started = PAIRS[name], time.process_time()
        reference = pair.reference()
        for dtype in given.dtype:
            for number, body in enumerate(pair.right):
                report = judged(reference, pair.kernel(body), dtype)
                counts[f"right {dtype}: {report.verdict}"] += 1
                counts[f"problems {dtype}"] += len(report.problems)
                if report.verdict != "pass":
                    show(name, f"right {number}", dtype, report)
        for what, body in () if given.rights else pair.wrong:
            report = judged(reference, pair.kernel(body), "float32")
            counts[f"wrong: {report.verdict}"] += 1
            if report.verdict != "fail":
                show(name, what, "float32", report)
            for tolerance in TOLERANCES:
                counts[f"wrong that allclose({tolerance:g}) passes"] += is_close(
                    reference, pair.kernel(body), tolerance
                )
        print(f"{name:20} {time.process_time() - started:6.1f} s", flush=True)
    for what, (_, body) in CHEATS.items() if "softmax" in given.only and not given.rights else ():
        report = judged(PAIRS["softmax"].reference(), cheating(PAIRS["softmax"], body), "float32")
        counts[f"cheats: {report.verdict}"] += 1
        if report.verdict != "fail":
            show("softmax", what, "float32", report)
    for what, count in sorted(counts.items()):
        print(f"{count:6} {what}")


def show(name: str, what: str, dtype: str, report: KernelReport) -> None:
    print(f"  {name} {what} in {dtype}: {report.verdict}")
    for problem in report.problems:
        for outcome in problem.outcomes:
            for each in outcome.findings[:1]:
                print(
                    f"    {problem.problem} {outcome.check} {each.tensor} {each.message} "
                    f"{each.got} {each.expected} {each.bound} {each.where}"
                )
            if not outcome.findings and outcome.verdict == "inconclusive":
                print(f"    {problem.problem} {outcome.check} {outcome.reason}")


if __name__ == "__main__":
    main()
