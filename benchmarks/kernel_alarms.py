"""Judge PyTorch's and JAX's functions of every layer and operation as kernels: what is right must pass.

    python benchmarks/kernel_alarms.py --minutes 15 --seed 0
    python benchmarks/kernel_alarms.py --framework jax --minutes 5 --most 20 --only softmax,attention
    python benchmarks/kernel_alarms.py wrong

The first lines judge a framework, with other problems and other numbers for each seed, until the minutes of processor
time are over: a table has the problems of each layer and dtype, and each kind of finding is printed with the line that
shows it again. Findings have to be looked into: those that are a fault of the framework are in docs/peers.md, and are
counted as `known`. Where half precision cannot be judged otherwise, it is to sum in float32. With `--results FILE`
each report is added to a file as soon as it is there; the next run goes on with it, and the table is of all of it.

The last one judges the wrong kernels of benchmarks/wrong_operations.py, and compares what `allclose` says of each
on random normal numbers of one shape.
"""

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import wrong_operations
from gradcheck.kernels import dtypes, operations, problems
from gradcheck.kernels.choosing import Asked
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.engine import KernelPlan, judge_kernel
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.report import KernelReport, ProblemReport
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.reporting.kernels import failures

PEERS = Path(__file__).parent / "peers"
WRONG = Path(__file__).parent / "wrong_operations.py"
HALF = ("float16", "bfloat16")

KNOWN = {
    "torch": {
        ("attention", "special"),
        ("grouped_attention", "special"),
        ("instance_norm", "empty"),
        ("instance_norm", "layout"),
        ("matmul bfloat16", "layout"),
        ("bmm bfloat16", "layout"),
        ("affine bfloat16", "layout"),
    },
    "jax": set[tuple[str, str]](),
}
"""The faults that docs/peers.md shows: the layer, with the dtype where it is of one, and the check."""

VERDICTS = ("pass", "fail", "error", "timeout", "known", "missing", "inconclusive", "skip")


def plan_of(name: str, dtype: Dtype, seed: int) -> KernelPlan:
    """Return the plan: a smooth layer says nothing in sums of half precision."""
    is_long = dtype.name in HALF and not operations.of(name).layer.arithmetic.exact
    return KernelPlan(dtype=dtype, seed=seed, sums_in="float32" if is_long else None)


def judged(framework: str, name: str, dtype: Dtype, seed: int, most: int) -> KernelReport:
    """Judge one function on the battery, the tiles and what covers, `most` of these. Raises KernelError."""
    target = f"{PEERS / f'{framework}_operations.py'}:{name}"
    layer, plan = operations.of(name).layer, plan_of(name, dtype, seed)
    sets = [each for each in problems.battery() if each.case.layer.name == name]
    with opened_kernel(target, None, None, name) as kernel:
        asked = Asked.of([*sets, *problems.tiles(layer)], name, covers=True)
        found = asked.problems(kernel, dtype, seed)
        return judge_kernel(kernel, found[:: -(-len(found) // most)], plan)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is kept of a report: how many problems have each verdict, and the text of each kind of finding."""

    layer: str
    dtype: str
    seed: int
    verdicts: dict[str, int]
    texts: list[str]


def row_of(report: KernelReport, framework: str) -> Row:
    """Return what is kept of a report."""
    known = {
        check
        for layer, check in KNOWN[framework]
        if layer in (report.layer, f"{report.layer} {report.dtype}")
    }
    verdicts = Counter(verdict_of(problem, known) for problem in report.problems)
    texts = [text for text in failures(report) if "INCONCLUSIVE" not in text]
    return Row(
        layer=report.layer,
        dtype=report.dtype,
        seed=report.seed,
        verdicts=dict(verdicts),
        texts=[text for text in texts if text.partition("\n")[0].rpartition("(")[2].rstrip(")") not in known],
    )


def verdict_of(problem: ProblemReport, known: set[str]) -> str:
    """Return the verdict on a problem; `known` where all that is wrong is a known fault of the framework."""
    wrong = {outcome.check for outcome in problem.outcomes if outcome.verdict.is_wrong}
    return "known" if wrong and wrong <= known else str(problem.verdict)


def rows_of(options: argparse.Namespace) -> Iterator[Row]:
    """Yield what is kept until the time is over: each layer and dtype in turn, and then again with the next seed."""
    names = options.only.split(",") if options.only else list(operations.names())
    kept = read(options.results)
    yield from kept
    there = {(row.layer, row.dtype, row.seed) for row in kept}
    started, seed, left = time.process_time(), options.seed, set(names)
    while left:
        for name in [each for each in names if each in left]:
            for dtype in options.dtypes.split(","):
                if time.process_time() - started > 60 * options.minutes:
                    return
                if (name, dtype, seed) in there:
                    continue
                try:
                    report = judged(options.framework, name, dtypes.BY_NAME[dtype], seed, options.most)
                except KernelError as problem:
                    print(f"{name} is left out: {problem}", file=sys.stderr)
                    left.discard(name)
                    break
                row = row_of(report, options.framework)
                write(row, options.results)
                yield row
        seed += 1


def read(place: Path | None) -> list[Row]:
    """Return the rows of a file; none where there is no such file."""
    lines = place.read_text(encoding="utf-8").splitlines() if place and place.is_file() else []
    return [Row(**json.loads(line)) for line in lines]


def write(row: Row, place: Path | None) -> None:
    """Add a row to a file, if there is one."""
    if place is not None:
        with place.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(asdict(row))}\n")


def count(options: argparse.Namespace) -> int:
    """Print a table and each kind of finding, and return how many problems are wrong."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    seen: dict[tuple[str, ...], list[str]] = {}
    for each in rows_of(options):
        rows.setdefault((each.layer, each.dtype), Counter()).update(each.verdicts)
        for text in each.texts:
            seen.setdefault((each.layer, each.dtype, *text.splitlines()[:2]), []).append(text)
    print("layer               dtype     " + "".join(f"{verdict:>13}" for verdict in VERDICTS))
    for (layer, dtype), row in rows.items():
        print(f"{layer:20}{dtype:10}" + "".join(f"{row[verdict]:13,}" for verdict in VERDICTS))
    total = sum(rows.values(), Counter())
    print(f"{'all':30}" + "".join(f"{total[verdict]:13,}" for verdict in VERDICTS))
    for texts in seen.values():
        print(f"\n{texts[0]}\n  in {len(texts)} runs")
    return total["fail"] + total["error"] + total["timeout"]


def close(name: str, wrong: wrong_operations.Wrong, tolerance: float) -> bool:
    """Return whether `allclose` lets a wrong kernel pass, on random normal numbers of one shape."""
    operation = operations.of(wrong.layer)
    case = operation.layer.case(wrong.shape)
    rng = np.random.default_rng(0)
    drawn = operation.layer.numbers.fill(case, rng)
    tensors = {
        each: rng.standard_normal(values.shape).astype(np.float32) if values.dtype.kind == "f" else values
        for each, values in drawn.items()
    }
    right, _ = operation.layer.ours.fast.forward(**tensors, **case.options)
    with opened_kernel(f"{WRONG}:{name}", None, None, wrong.layer) as kernel:
        got = kernel.started(case, dtypes.BY_NAME["float32"], tensors, None)()["out"]
    return bool(np.allclose(got, right, rtol=tolerance, atol=tolerance))


def wrong(options: argparse.Namespace) -> int:
    """Print which wrong kernels are caught, and by what, next to `allclose`; return how many are not."""
    missed, passes = 0, Counter[float]()
    only = options.only.split(",") if options.only else list(operations.names())
    chosen = {name: each for name, each in wrong_operations.WRONG.items() if each.layer in only}
    for name, each in chosen.items():
        plan = KernelPlan(dtype=dtypes.BY_NAME["float32"], seed=options.seed)
        layer = operations.of(each.layer).layer
        asked = Asked.of(problems.tiles(layer), each.layer, covers=True)
        with opened_kernel(f"{WRONG}:{name}", None, None, each.layer) as kernel:
            report = judge_kernel(kernel, asked.problems(kernel, plan.dtype, plan.seed), plan)
        checks = dict.fromkeys(
            finding.check
            for problem in report.problems
            for outcome in problem.outcomes
            for finding in outcome.findings
            if finding.verdict.is_wrong
        )
        allowed = {tolerance: close(name, each, tolerance) for tolerance in (1e-4, 1e-2)}
        passes.update(tolerance for tolerance, is_close in allowed.items() if is_close)
        missed += not checks
        verdicts = {tolerance: "pass" if is_close else "fail" for tolerance, is_close in allowed.items()}
        says = "  ".join(f"allclose {tolerance:g}: {verdict}" for tolerance, verdict in verdicts.items())
        print(f"{name:32}{each.kind:10}{'caught' if checks else 'MISSED':8}{says}  {', '.join(checks)}")
    count = len(chosen)
    print(
        f"{count - missed} of {count} caught; allclose at 1e-4 passes {passes[1e-4]}, at 1e-2 {passes[1e-2]}"
    )
    return missed


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=("count", "wrong"), default="count")
    parser.add_argument("--framework", choices=("torch", "jax"), default="torch")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--dtypes", default="float32,float64,float16,bfloat16")
    parser.add_argument("--most", type=int, default=10_000, help="how many problems of each layer and dtype")
    parser.add_argument("--results", type=Path, metavar="FILE")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    return min({"count": count, "wrong": wrong}[options.what](options), 1)


if __name__ == "__main__":
    sys.exit(main())
