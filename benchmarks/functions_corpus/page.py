"""The results as a table on the terminal, and as docs/functions.md."""

from collections.abc import Callable, Iterable, Iterator
from statistics import median

from functions_corpus.checkers import TITLES
from functions_corpus.results import Result, Results

LISTED = 60
HEAD = """# Gradients of any function: who accuses what is right, who passes what is wrong

Functions in NumPy, each with a right backward and several wrong ones, at 7 to 1,000,000 entries, in three
precisions. `python benchmarks/functions.py --json functions.json --markdown docs/functions.md` makes this page;
`--checker` adds the other checkers.

- A case is a function, a backward, a size, a dtype and a seed. Every right backward agrees with JAX's derivative in
  float64 (`--verify`).
- A wrong backward counts as wrong on a case only if an entry is off by more than 0.5 %, by more than 16 roundings
  of the dtype times the measured conditioning, and by enough to be seen in the output. The yardstick is the right
  backward in float64; no checker takes part.
- A right backward counts as right on a case only if its rounding in that dtype stays below 1e-4 (float64), 1 %
  (float32) or 5 % (float16) of the largest entry.
- **doubted**: the checker says that it cannot judge. **not judged**: it was not asked, was stopped by the time
  limit, or ended with an exception. Functions that are random on purpose should be doubted; *random* counts their
  accusations and passes.
- A row has the cases that this checker was asked: `check_gradients` most of `--part 1/8`, from 7 to 1,000,000 entries;
  the others, which are slow, `--part 1/25` without large sizes.
- Where an entry stands exactly at a kink, any subgradient is right.

The other checkers are called as their documentation says, with their own tolerances. They are meant for float64:
the table for float64 is the fair one. `scipy.optimize.check_grad` returns a number, which is called a failure above
1e-5 of the gradient's norm (of 1, if that is larger); above 5,000 entries it is asked for one random direction.
`numdifftools` fails where the difference exceeds ten of its own error estimates plus 1e-6, and is asked up to 600
entries. `torch.autograd.gradcheck` in its slow mode is asked up to Jacobians of 4,000,000 entries.
"""


def _share(results: list[Result], expected: str, *verdicts: str) -> int:
    return sum(each.expected == expected and each.verdict in verdicts for each in results)


COLUMNS: tuple[tuple[str, Callable[[list[Result]], int]], ...] = (
    ("right", lambda found: sum(each.expected == "pass" for each in found)),
    ("accused", lambda found: _share(found, "pass", "fail")),
    ("doubted", lambda found: _share(found, "pass", "doubt")),
    ("not judged", lambda found: _share(found, "pass", "none")),
    ("wrong", lambda found: sum(each.expected == "fail" for each in found)),
    ("passed", lambda found: _share(found, "fail", "pass")),
    ("doubted", lambda found: _share(found, "fail", "doubt")),
    ("not judged", lambda found: _share(found, "fail", "none")),
    ("random", lambda found: _share(found, "doubt", "pass", "fail")),
)


def _tables(results: Results) -> Iterator[tuple[str, list[Result]]]:
    found = list(results)
    yield "all precisions", found
    for dtype in ("float64", "float32", "float16"):
        yield dtype, [each for each in found if each.dtype == dtype]


def _rows(results: Iterable[Result]) -> Iterator[tuple[str, list[int]]]:
    found = list(results)
    for checker, title in TITLES.items():
        if own := [each for each in found if each.checker == checker]:
            yield title, [count(own) for _, count in COLUMNS]


def as_text(results: Results) -> str:
    """Return the table of all precisions in columns."""
    lines = [" " * 44 + "".join(f"{name:>11}" for name, _ in COLUMNS)]
    for title, counts in _rows(results):
        lines.append(f"{title.strip('`'):44}" + "".join(f"{count:11,}" for count in counts))
    return "\n".join(lines)


def as_markdown(results: Results) -> str:
    """Return the page."""
    sections = [HEAD]
    for title, found in _tables(results):
        if found:
            sections.append(f"## {title[0].upper()}{title[1:]}\n\n{_table(found)}\n")
    sections += [_failures(results), _times(results)]
    return "\n".join(sections)


def _table(found: list[Result]) -> str:
    lines = [
        "| checker | " + " | ".join(name for name, _ in COLUMNS) + " |",
        "|---|" + "---:|" * len(COLUMNS),
    ]
    for title, counts in _rows(found):
        lines.append(f"| {title} | " + " | ".join(f"{count:,}" for count in counts) + " |")
    return "\n".join(lines)


def _failures(results: Results) -> str:
    failed = [each for each in results if each.checker == "gradcheck" and each.is_failure]
    failed.sort(key=lambda each: (not each.is_blunder, each.expected, each.case))
    lines = ["## Failures of `check_gradients`\n"]
    if not failed:
        return "\n".join([*lines, "None.\n"])
    lines += ["| function:variant:size:dtype:seed | should be | is | message |", "|---|---|---|---|"]
    for each in failed[:LISTED]:
        reason = each.reason.replace("|", "\\|").replace("\n", " ")[:100]
        lines.append(f"| {each.case} | {each.expected} | {each.verdict} | {reason} |")
    if len(failed) > LISTED:
        lines.append(f"\n{len(failed) - LISTED} more.")
    return "\n".join([*lines, ""])


def _times(results: Results) -> str:
    lines = [
        "## Time of a pass\n",
        "How often the function itself, forward and backward, could have run in the time that a right gradient takes to"
        " pass: the median over the cases.\n",
        "| checker | entries | cases | times forward and backward | seconds |",
        "|---|---:|---:|---:|---:|",
    ]
    for checker, title in TITLES.items():
        own = [each for each in results if each.checker == checker and each.plain > 0]
        for size in sorted({each.size for each in own}):
            here = [each for each in own if each.size == size]
            ratio = median(each.seconds / each.plain for each in here)
            seconds = median(each.seconds for each in here)
            lines.append(f"| {title} | {size:,} | {len(here):,} | {ratio:,.0f} | {seconds:.3g} |")
    return "\n".join([*lines, ""])
