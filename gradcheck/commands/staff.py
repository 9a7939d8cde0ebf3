"""What ``gradcheck grade`` says to staff: what a grading would cost, and what differs between two."""

from pathlib import Path

from gradcheck.grading.comparing import Comparison
from gradcheck.grading.estimating import Estimate
from gradcheck.text import one_line

MOST_NAMED = 8


def estimate(found: Estimate, out: Path) -> str:
    """Return an estimate as a sentence."""
    basis = (
        f"as measured on {found.measured} in {out}"
        if found.measured
        else "which is assumed: nothing is measured yet"
    )
    processes = "1 process" if found.processes == 1 else f"{found.processes} processes"
    graded = found.count - found.left
    return one_line(
        f"{_count(found.count, 'submission')}, {graded} of them graded, {found.left} to judge: "
        f"about {_duration(found.wait)} with {processes}, {_duration(found.work)} of work "
        f"({found.each:.1f} s each, {basis}). Nothing was written.",
        2000,
    )


def comparison(found: Comparison, before: Path) -> str:
    """Return what differs, a line for each submission."""
    lines = [f"{each}" for each in found.remarks] + list(found.changed)
    for what, names in (("new", found.new), ("gone", found.gone)):
        if names:
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            lines.append(f"{what}: {', '.join(names[:MOST_NAMED])}{more}")
    total = (
        f"{len(found.changed)} changed, {found.same} the same, {len(found.new)} new, {len(found.gone)} gone"
    )
    return "\n".join([*lines, one_line(f"compared with {before}: {total}", 2000)])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _duration(seconds: float) -> str:
    """Return seconds in the unit in which they are a number of one or two digits."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.0f} h"
