"""Mutate every line of `naive` and `fast` with the usual operators, and count what is noticed.

    python benchmarks/generated_mutants.py [--package naive|fast] [--module conv] [--json FILE] [--markdown FILE]

A mutant is put before the suite first, in this process's memory: every layer that it can affect, as functions of our
own naming, with the untouched other package as the reference. What survives is put before the layers' own tests, in a
copy of the repository: refusals and their messages are the tests' business, not the suite's.

The code that is mutated is what runs: no docstrings, annotations, imports, declarations of named tuples, texts of
messages. With --json, the rows that stand in FILE for files that are not run again are kept. With --markdown, all rows
are told, and the reasons that stand in FILE for survivors are kept; a survivor without one is open.
"""

import argparse
import sys
from collections.abc import Collection
from pathlib import Path

from generated import PACKAGES, ROOT
from generated.outcomes import Outcome, by_file, kept_in, written_to
from generated.package import Package, module_of, sources
from generated.stages import outcomes
from generated.telling import OPEN, files_in, grouped, item, killers, markdown, reasons, table


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


def untold(report: str, known: Collection[str]) -> list[str]:
    """Return the files of which a report tells, and which a new one would not."""
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
    files = {
        f"{package}/{module.replace('.', '/')}.py"
        for package, modules in wanted.items()
        for module in modules
    }
    kept = kept_in(options.json, files) if options.json else []
    old = options.markdown.read_text() if options.markdown and options.markdown.exists() else ""
    lost = untold(old, files.union(each.file for each in kept))
    if lost:
        command.error(f"{options.markdown} tells of {', '.join(lost)} too: name a --json with their rows")
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
