"""Mutate every line of `naive` and `fast` with the usual operators, and count what is noticed.

    python benchmarks/generated_mutants.py [--package naive|fast] [--module conv] [--json FILE] [--markdown FILE]

A mutant is put before the suite first, in this process's memory: every layer that it can affect, as functions of our
own naming, with the untouched other package as the reference. What survives is put before the layers' own tests, in a
copy of the repository: refusals and their messages are the tests' business, not the suite's.

The code that is mutated is what runs: no docstrings, annotations, imports, declarations of named tuples, texts of
messages. With --markdown, the reasons that stand in FILE for survivors are kept; a survivor without one is open.
"""

import argparse
import sys
from pathlib import Path

from generated import PACKAGES
from generated.outcomes import Outcome, written_to
from generated.package import Package
from generated.stages import outcomes
from generated.telling import OPEN, grouped, item, killers, markdown, reasons, table


def main() -> int:
    """Run from the command line; 1 if a survivor has no explanation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--package", choices=PACKAGES, help="one of the two (both)")
    parser.add_argument("--module", help="one file, such as conv (all)")
    parser.add_argument("--json", type=Path, help="write a row a mutant")
    parser.add_argument(
        "--markdown", type=Path, help="write the results into this report, keeping its reasons"
    )
    options = parser.parse_args()
    found: list[Outcome] = []
    for package in (options.package,) if options.package else PACKAGES:
        for each in outcomes(Package(package), options.module):
            found.append(each)
            if each.survived:
                print(item(each), flush=True)
    old = options.markdown.read_text() if options.markdown and options.markdown.exists() else ""
    known = reasons(old)
    print("\n".join([*table(found, known), "", *killers(found)]))
    if options.json:
        written_to(options.json, found)
    if options.markdown:
        options.markdown.write_text(markdown(found, old))
    return int(any(heading.startswith(OPEN) for heading in grouped(found, known)))


if __name__ == "__main__":
    sys.exit(main())
