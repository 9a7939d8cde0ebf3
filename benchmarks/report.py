"""docs/performance.md, its tables and plots: measures what has not been measured, and writes them.

    python benchmarks/report.py

What has been measured is kept in ``build/performance``. The prose of the document is left alone.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from measuring import book, checkbook, checking_tables, document, tables

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "build" / "performance"
PAGES = ("performance.md", "performance-shapes.md")


def measured(script: str, results: Path) -> Path:
    """Run a script for what its file does not have yet; return the file."""
    path = results / f"{script}.json"
    command = [sys.executable, str(ROOT / "benchmarks" / f"{script}.py"), "--json", str(path)]
    subprocess.run(command, check=True)  # noqa: S603 - our own script
    return path


def written(docs: Path, performance: Path, checking: Path, *, with_plots: bool = True) -> None:
    """Write the tables of both files into the documents, and the plots beside them."""
    times, checks = book.read(performance), checkbook.opened(checking)
    found = {**dict(tables.performance(times)), **dict(checking_tables.checking(checks))}
    for page in PAGES:
        path = docs / page
        text = path.read_text(encoding="utf-8")
        path.write_text(document.filled(text, found), encoding="utf-8")
    if with_plots:
        from measuring import plots

        plots.against_torch(times, docs / "performance.svg")
        plots.roofline(times, docs / "performance-roofline.svg")
        plots.probes(checks.curve, docs / "performance-probes.svg")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the measurements are kept")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the documents are")
    parser.add_argument("--only-write", action="store_true", help="measure nothing; write what is there")
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    files = [
        options.results / f"{script}.json" if options.only_write else measured(script, options.results)
        for script in ("performance", "checking")
    ]
    written(options.docs, *files)


if __name__ == "__main__":
    sys.exit(main())
