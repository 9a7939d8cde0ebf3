"""JSON: a promise to other programs. Its fields are those of `gradcheck.report`; docs/report.md tells them."""

import msgspec

from gradcheck.report import Report, TargetReport
from gradcheck.reporting.wording import name_of


def render(report: Report, *, colour: bool = False, width: int = 100, dialect: str | None = None) -> str:
    """Return a report as indented JSON with a trailing newline.

    The fields come in the order in which `gradcheck.report` declares them, and all of them always. JSON
    has neither NaN nor infinity: both become null, so a finding with an index and a null `got` saw one of them.

    Parameters
    ----------
    report : Report
        What was verified.
    colour, width, dialect
        Of no meaning here; every format takes them.
    """
    printable = msgspec.structs.replace(report, targets=tuple(map(_printable, report.targets)))
    return msgspec.json.format(msgspec.json.encode(printable), indent=2).decode() + "\n"


def _printable(target: TargetReport) -> TargetReport:
    """Return the target with a name that UTF-8 can write: a path may be any bytes."""
    return msgspec.structs.replace(target, target=name_of(target.target))
