"""Mutate every line of `naive` and `fast` with the usual operators, and count what is noticed.

    python benchmarks/generated_mutants.py [--package naive|fast] [--module conv] [--json FILE] [--markdown FILE]

A mutant is put before the suite first, in this process's memory: every layer that it can affect, as functions of our
own naming, with the untouched other package as the reference. What survives is put before the layers' own tests, in a
copy of the repository: refusals and their messages are the tests' business, not the suite's.

The code that is mutated is what runs: no docstrings, annotations, imports, declarations of named tuples, texts of
messages. With --json, the rows that stand in FILE for files that are not run again are kept. With --markdown, all rows
are written, and the reasons that stand in FILE for survivors are kept; a survivor without one is open.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path

from generated.mutants import PACKAGES, ROOT, Mutant, Package, file_of, module_of, sources
from generated.stages import copied, costs, isolated, tested, verified
from gradcheck.layers import BY_NAME

BEGIN, END = "<!-- results -->", "<!-- end of results -->"
OPEN = "Open"
"""The heading of survivors without a reason; where there is one but no remedy yet, a heading starts with it."""


@dataclass(frozen=True)
class Outcome:
    """A mutant, and what noticed it: a row of the JSON."""

    file: str
    function: str
    line: int
    was: str
    now: str
    suite: str | None
    layer: str | None
    tests: str | None

    @property
    def survived(self) -> bool:
        """Whether nothing noticed it."""
        return self.suite is None and self.tests is None


def written_to(path: Path, found: Iterable[Outcome]) -> None:
    """Write outcomes as JSON."""
    path.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n")


def kept_in(path: Path, files: Collection[str]) -> list[Outcome]:
    """Return the outcomes in a JSON file, except those of some files, which come anew, and of files that are gone."""
    rows = json.loads(path.read_text()) if path.exists() else []
    found = [Outcome(**row) for row in rows]
    return [each for each in found if each.file not in files and (ROOT / each.file).exists()]


def by_file(found: Iterable[Outcome]) -> list[Outcome]:
    """Return outcomes file by file, and those of one file in their order."""
    return sorted(found, key=lambda each: each.file)


def code(text: str) -> str:
    """Return code as it reads in Markdown."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def item(found: Outcome) -> str:
    """Return a survivor as an item of a list; `reasons` reads it back."""
    where = f"{found.file}:{found.line}"
    return f"- {where} {code(found.function)}: {code(found.was)} → {code(found.now)}"


def without_line(line: str) -> str:
    """Return an item without its line's number, which moves."""
    where, _, rest = line.partition(" `")
    return f"{where.rpartition(':')[0]} `{rest}"


def parted(report: str) -> tuple[str, str, str]:
    """Return what stands before the results, the results, and what stands behind them."""
    before, _, rest = report.partition(BEGIN)
    results, _, after = rest.partition(END)
    return before, results, after


def files_in(report: str) -> set[str]:
    """Return the files that a report covers: rows of its table, and survivors."""
    return set(re.findall(r"^[|-] (\w+/\w+\.py)[ :]", report, re.MULTILINE))


def reasons(report: str) -> dict[str, str]:
    """Return the heading under which each survivor stands in a report's results."""
    found, heading = {}, OPEN
    for line in parted(report)[1].splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif line.startswith("- ") and " → " in line:
            found[without_line(line)[2:]] = heading
    return found


def grouped(found: Sequence[Outcome], known: dict[str, str]) -> dict[str, list[str]]:
    """Return the survivors by the reason that is known for them, in the order of the report."""
    groups: dict[str, list[str]] = {heading: [] for heading in (*dict.fromkeys(known.values()), OPEN)}
    for each in found:
        if each.survived:
            line = item(each)
            groups[known.get(without_line(line)[2:], OPEN)].append(line)
    return {heading: lines for heading, lines in groups.items() if lines}


def table(found: Sequence[Outcome], known: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the table: a row a file, and the sum."""
    columns = ("mutants", "killed by the suite", "only by the layers' tests", "equivalent", "open")
    counts: dict[str, Counter[str]] = {}
    for each in found:
        count = counts.setdefault(each.file, Counter())
        is_open = known.get(without_line(item(each))[2:], OPEN).startswith(OPEN)
        ends = (each.suite is not None, each.tests is not None, each.survived and not is_open, each.survived)
        count.update(["mutants", next(name for name, is_so in zip(columns[1:], ends, strict=True) if is_so)])
    counts["all"] = sum(counts.values(), Counter())
    yield f"| file | {' | '.join(columns)} |"
    yield "|---|" + "---:|" * len(columns)
    for file, count in counts.items():
        yield f"| {file} | {' | '.join(str(count[name]) for name in columns)} |"


def killers(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table of what noticed how many first."""
    yield "| noticed first by | mutants |"
    yield "|---|---:|"
    counts = Counter(each.suite for each in found if each.suite is not None)
    yield from (f"| {name} | {count} |" for name, count in counts.most_common())


def markdown(found: Sequence[Outcome], old: str) -> str:
    """Return a report with new results between its markers, and the reasons that stood there."""
    known = reasons(old)
    before, _, after = parted(old)
    lines = [*table(found, known), "", *killers(found), "", "## Survivors", ""]
    for heading, items in grouped(found, known).items():
        lines += [f"### {heading}", "", *items, ""]
    return "\n".join([before + BEGIN, "", *lines, END]) + (after or "\n")


def outcome(package: Package, mutant: Mutant, seconds: dict[str, float], folder: Path) -> Outcome:
    """Judge one mutant by the suite, and by the tests if the suite passes it."""
    affected = package.affected(mutant)
    layers = {layer: affected[layer] for layer in sorted(affected, key=seconds.__getitem__)}
    with mutant.applied():
        code = {**package.code, mutant.module: package.compiled(mutant.module)}
        source = package.source(mutant.module)
    suite = isolated(lambda: verified(package.name, code, layers))
    tests = tested(folder, mutant.file, source, layers) if suite is None else None
    return Outcome(
        file=mutant.file,
        function=mutant.function,
        line=mutant.line,
        was=mutant.was,
        now=mutant.now,
        suite=suite.by if suite else None,
        layer=suite.layer or None if suite else None,
        tests=tests.by if tests else None,
    )


def outcomes(package: Package, modules: Collection[str]) -> Iterator[Outcome]:
    """Yield what becomes of every mutant of some of a package's modules."""
    seconds = costs(package)
    for plugin in entry_points(group="pytest11"):
        plugin.load()
    with copied() as folder:
        unharmed = tested(folder, f"{package.name}/__init__.py", package.source("__init__"), BY_NAME)
        assert unharmed is None, f"the tests fail as it is: {unharmed}"
        for module in modules:
            for mutant in package.mutants(module):
                yield outcome(package, mutant, seconds, folder)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--package", choices=PACKAGES, help="one of the two (both)")
    parser.add_argument(
        "--module",
        action="append",
        default=[],
        help="one file, conv or engine.blocks; may be given again (all)",
    )
    parser.add_argument("--json", type=Path, help="write a row a mutant, keeping the rows of other files")
    parser.add_argument(
        "--markdown", type=Path, help="write the results into this report, keeping its reasons"
    )
    return parser


def chosen(packages: Collection[str], modules: Collection[str]) -> dict[str, list[str]]:
    """Return the modules to be mutated, all or the named ones, by package."""
    found = {
        package: [module_of(path) for path in sources(package) if not modules or module_of(path) in modules]
        for package in packages
    }
    return {package: stems for package, stems in found.items() if stems}


def lost_files(report: str, known: Collection[str]) -> list[str]:
    """Return the files that a report covers and a new one would not."""
    return sorted(file for file in files_in(report).difference(known) if (ROOT / file).exists())


def run(package: str, modules: Collection[str]) -> list[Outcome]:
    """Return what becomes of a package's mutants, and print the survivors as they come."""
    found = []
    for each in outcomes(Package(package), modules):
        found.append(each)
        if each.survived:
            print(item(each), flush=True)
    return found


def main() -> int:
    """Run from the command line; 1 if a survivor has no explanation."""
    command = parser()
    options = command.parse_args()
    wanted = chosen([options.package] if options.package else PACKAGES, options.module)
    unknown = set(options.module).difference(*wanted.values())
    if unknown:
        command.error(f"no such module: {', '.join(sorted(unknown))}")
    files = {file_of(package, module) for package, modules in wanted.items() for module in modules}
    kept = kept_in(options.json, files) if options.json else []
    old = options.markdown.read_text() if options.markdown and options.markdown.exists() else ""
    lost = lost_files(old, files.union(each.file for each in kept))
    if lost:
        command.error(f"{options.markdown} covers {', '.join(lost)} too: name a --json with their rows")
    new = [each for package, modules in wanted.items() for each in run(package, modules)]
    found, known = by_file([*kept, *new]), reasons(old)
    print("\n".join([*table(found, known), "", *killers(found)]))
    if options.json:
        written_to(options.json, found)
    if options.markdown:
        options.markdown.write_text(markdown(found, old))
    return int(any(heading.startswith(OPEN) for heading in grouped(found, known)))


if __name__ == "__main__":
    sys.exit(main())
