"""Judge right and wrong gradients of any functions, by `check_gradients` and by other checkers.

    python benchmarks/functions.py
    python benchmarks/functions.py --checker jax --part 1/20 --json functions.json
    python benchmarks/functions.py --json functions.json --markdown docs/functions.md

A case is one function, with its right backward or a wrong one, on inputs of one size, dtype and seed. Whether a case is
right or wrong was settled without any of these checkers (`functions_corpus/labels.py`, and `--verify`). With --json,
what was judged before is kept, and not judged again; name a checker with --again to do so.
"""

import argparse
import sys
import time
import zlib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from functions_corpus.checkers import CHECKERS, judged
from functions_corpus.corpora import opened
from functions_corpus.labels import Labelled, labelled
from functions_corpus.model import RIGHT, Group, gradients, groups, out_of
from functions_corpus.page import as_markdown, as_text
from functions_corpus.results import Result, Results


def chosen(options: argparse.Namespace) -> list[Group]:
    """Return the groups that the options ask for."""
    number, parts = options.part
    return [
        group
        for group in groups(opened(options.corpus))
        if (not options.sizes or group.size in options.sizes)
        and (not options.dtypes or group.dtype in options.dtypes)
        and fnmatch(f"{group.function.kind}/{group.function.name}", options.only)
        and zlib.crc32(str(group).encode()) % parts == number - 1
    ]


def cases(options: argparse.Namespace) -> Iterator[Labelled]:
    """Yield the cases that are what they are called, until the limit."""
    left = options.limit
    for group in chosen(options):
        for case in labelled(group):
            if left == 0:
                return
            left -= 1
            yield case


def plain_seconds(labelled: Labelled) -> float:
    """Return how long the function itself takes, forward and backward: the shortest of three."""
    dout = np.ones_like(out_of(labelled.case.function.forward(**labelled.inputs)))
    found = []
    for _ in range(3):
        started = time.perf_counter()
        gradients(labelled.case.function, labelled.case.backward, labelled.inputs, dout)
        found.append(time.perf_counter() - started)
    return min(found)


def judge(labelled: Labelled, checker: str, limit: float) -> Result:
    """Ask a checker about a case."""
    case = labelled.case
    outcome, seconds = judged(checker, case, labelled.inputs, limit)
    is_timed = outcome.verdict == "pass" and case.variant == RIGHT
    with np.errstate(all="ignore"):
        plain = plain_seconds(labelled) if is_timed else 0.0
    return Result(
        case=str(case),
        size=case.size,
        dtype=case.dtype,
        checker=checker,
        expected=labelled.expected,
        verdict=outcome.verdict,
        reason=outcome.reason,
        seconds=seconds,
        plain=plain,
    )


def run(options: argparse.Namespace) -> Results:
    """Judge every case by every checker that is asked for."""
    results = Results.opened(options.json, again=options.checkers if options.again else ())
    for labelled_case in cases(options):
        for checker in options.checkers:
            if not results.has(str(labelled_case.case), checker):
                result = judge(labelled_case, checker, options.seconds)
                results.add(result)
                if result.is_failure and not options.quiet:
                    print(result.line(), flush=True)
    results.save()
    return results


def part(text: str) -> tuple[int, int]:
    number, of = (int(each) for each in text.split("/"))
    if not 1 <= number <= of:
        raise ValueError
    return number, of


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    found.add_argument(
        "--checker", dest="checkers", nargs="+", choices=list(CHECKERS), default=["gradcheck"], metavar="NAME"
    )
    found.add_argument("--part", type=part, default=(1, 1), metavar="K/N", help="only the Kth of N parts")
    found.add_argument("--limit", type=int, default=-1, help="no more than so many cases")
    found.add_argument("--sizes", type=int, nargs="+", help="only these sizes")
    found.add_argument("--dtypes", nargs="+", help="only these dtypes")
    found.add_argument("--only", default="*", metavar="GLOB", help="only these, as in 'kinked/*'")
    found.add_argument("--corpus", type=Path, help="a file with FUNCTIONS, in place of the corpus here")
    found.add_argument("--seconds", type=float, default=20.0, help="time limit for a case (20)")
    found.add_argument("--json", type=Path, help="where the results are kept")
    found.add_argument("--again", action="store_true", help="judge again what the file has")
    found.add_argument("--quiet", action="store_true", help="do not list failures")
    found.add_argument("--markdown", type=Path, help="write the page")
    found.add_argument(
        "--verify", action="store_true", help="compare the right gradients with JAX's, and end"
    )
    found.add_argument("--count", action="store_true", help="count the cases, and end")
    return found


def counted(options: argparse.Namespace) -> int:
    """Print how many cases there are."""
    found = [each.expected for each in cases(options)]
    rights, wrongs, doubts = (found.count(each) for each in ("pass", "fail", "doubt"))
    functions = len(opened(options.corpus))
    print(f"{functions} functions: {rights:,} right, {wrongs:,} wrong, {doubts:,} to be doubted")
    return 0


def verified(options: argparse.Namespace) -> int:
    """Print the right gradients that JAX contradicts, and return how many there are."""
    from functions_corpus.reference import disagreements

    found = 0
    for group in chosen(options):
        for message in disagreements(group):
            found += 1
            print(f"{group}: {message}", flush=True)
    print(f"{found} disagreements")
    return int(found > 0)


def main() -> int:
    """Run from the command line; 1 if gradcheck accused what is right or passed what is wrong."""
    options = parser().parse_args()
    if options.count:
        return counted(options)
    if options.verify:
        return verified(options)
    results = run(options)
    print(as_text(results))
    if options.markdown:
        options.markdown.write_text(as_markdown(results))
    return int(any(each.is_blunder for each in results if each.checker == "gradcheck"))


if __name__ == "__main__":
    sys.exit(main())
