"""Make every mistake of the catalogue in another right implementation, and see whether it is called by its name.

    python benchmarks/naming.py [--layer NAME] [--markdown FILE]

The implementations are in tests/alternatives, next to the edits that make the same mistakes in them.
"""

import argparse
import importlib.util
import statistics
import sys
import time
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.contract import Pair
from gradcheck.diagnosis import diagnosed
from gradcheck.judging.matrix import subject_of
from gradcheck.judging.part import judge_subject
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.layers.ours import pair_of
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant
from gradcheck.report import Severity

ALTERNATIVES = Path(__file__).parents[1] / "tests" / "alternatives"


@dataclass(frozen=True)
class Naming:
    """What a mistake in another implementation was called."""

    mutant: Mutant
    verdict: str
    named: str | None
    candidates: tuple[str, ...]
    seconds: float

    @property
    def outcome(self) -> str:
        """Whether the name is right, wrong, one of several, or none was given."""
        if self.named == self.mutant.called:
            return "right"
        if self.named is not None:
            return "wrong"
        if self.candidates:
            return "among candidates" if self.mutant.called in self.candidates else "not among candidates"
        return "not named"


def edits() -> dict[str, tuple[Path, str, str]]:
    """Return, for each mutant by its full name, the file to edit, and the edit."""
    found: dict[str, tuple[Path, str, str]] = {}
    for path in sorted(ALTERNATIVES.glob("*_edits.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        source = path.with_name(path.name.replace("_edits", ""))
        found |= {name: (source, was, now) for name, (was, now) in module.EDITS.items()}
    return found


def edited(layer: str, path: Path, was: str, now: str) -> Pair:
    """Return the pair of functions of an alternative with an edit."""
    source = path.read_text()
    assert source.count(was) == 1, f"{path.name}: {was!r} occurs {source.count(was)} times"
    module = types.ModuleType(path.stem)
    exec(compile(source.replace(was, now), path.name, "exec"), vars(module))  # noqa: S102 - our own test data
    return pair_of(module, layer, BY_NAME[layer].shapes.outputs)


def naming(mutant: Mutant, pair: Pair, cases: int | None = None) -> Naming:
    """Verify and diagnose an implementation that has a mutant's mistake."""
    subject = subject_of(mutant.layer, pair)
    with quiet(0):
        reports = judge_subject(subject, cases_for(subject, cases, 0), checks.CHECKS)
        (report,) = [report for report in reports if report.part == mutant.part]
        started = time.perf_counter()
        report = diagnosed(subject, report, 0)
        seconds = time.perf_counter() - started
    faults = [f for f in report.findings if f.severity is Severity.FAULT and f.verdict.is_wrong]
    named = next((f.mutant for f in faults if f.mutant), None)
    candidates = next((f.candidates for f in faults if f.candidates), ())
    return Naming(mutant, report.verdict, named, candidates, seconds)


def namings(layer: str | None) -> Iterator[Naming]:
    """Yield what became of each mistake that has an edit."""
    known = edits()
    for mutant in MUTANTS:
        if str(mutant) in known and layer in (None, mutant.layer):
            path, was, now = known[str(mutant)]
            yield naming(mutant, edited(mutant.layer, path, was, now))


HEADING = """\
# Mistakes by their names

Every mistake of the catalogue, made in another right implementation than the one it is written for
(`tests/alternatives`), and what the diagnosis called it. `python benchmarks/naming.py --markdown docs/naming.md` makes
this page.

"""


def rendered(found: list[Naming]) -> str:
    """Return the outcomes: a line a layer, the sum, and what was not called by its name."""
    kinds = ("right", "among candidates", "not named", "not among candidates", "wrong")
    lines = [f"| layer | {' | '.join(kinds)} | slowest, s |", "|---" * (len(kinds) + 2) + "|"]
    groups = {
        layer: [n for n in found if n.mutant.layer == layer]
        for layer in dict.fromkeys(n.mutant.layer for n in found)
    }
    for layer, each in {**groups, "all": found}.items():
        counts = Counter(naming.outcome for naming in each)
        slowest = max(naming.seconds for naming in each)
        lines.append(f"| {layer} | {' | '.join(str(counts[kind]) for kind in kinds)} | {slowest:.2f} |")
    seconds = statistics.median(naming.seconds for naming in found)
    without = len(MUTANTS) - len(found)
    lines.append(
        f"\n{len(found)} mistakes, {without} without an edit; diagnosis takes {seconds:.2f} s in the median.\n"
    )
    for n in found:
        if n.outcome != "right":
            what = n.named or " or ".join(n.candidates) or f"no name (verdict {n.verdict})"
            lines.append(f"- {n.mutant}: {what}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all, print the table, and write it where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--layer")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    text = rendered(list(namings(options.layer)))
    sys.stdout.write(text)
    if options.markdown:
        options.markdown.write_text(HEADING + text)


if __name__ == "__main__":
    main()
