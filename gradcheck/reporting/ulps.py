"""How rounding errors are spread, over all problems together, as text."""

from collections.abc import Sequence

import numpy as np

from gradcheck.kernels.report import KernelReport
from gradcheck.reporting import table
from gradcheck.reporting.table import Column

BINS = ("0", "1/2", "1", "2", "4", "16", "256", "more")
"""Up to how many units in the last place the entries of each bin of `Rounding.histogram` are off."""


def as_text(report: KernelReport, colour: bool, width: int) -> str:
    """Return the histogram of each result, in percent of its entries; nothing where no reals were judged."""
    totals = _totals(report)
    if not totals:
        return ""
    shares = [100 * counts / max(counts.sum(), 1) for counts in totals.values()]
    columns = [
        Column("ulps", tuple(totals)),
        *(
            Column(title, tuple(_percent(share[bin_]) for share in shares), is_number=True)
            for bin_, title in enumerate(BINS)
        ),
    ]
    return "\n" + table.printed(table.of_words(columns, width), colour, width)


def _totals(report: KernelReport) -> dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"]:
    """Return how many entries of each result are in each bin."""
    found: dict[str, list[Sequence[int]]] = {}
    for rounding in (
        each for problem in report.problems for outcome in problem.outcomes for each in outcome.roundings
    ):
        found.setdefault(rounding.tensor, []).append(rounding.histogram)
    return {tensor: np.sum(histograms, axis=0) for tensor, histograms in found.items()}


def _percent(share: float) -> str:
    return f"{share:.1f}%" if share else ""
