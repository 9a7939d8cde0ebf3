"""JSON: a promise to other programs. Its fields are those of the answer's class; docs/report.md has the `Report`'s."""

import msgspec

from gradcheck.report import Report, TargetReport
from gradcheck.reporting.wording import name_of


def as_json(answer: object, **_: object) -> str:
    """Return an answer as indented JSON with a trailing newline.

    The fields come in the order in which the answer's class declares them, and all of them always. JSON
    has neither NaN nor infinity: both become null, so a finding with an index and a null `got` saw one of them.
    """
    printable = _printable(answer) if isinstance(answer, Report) else answer
    return msgspec.json.format(msgspec.json.encode(printable), indent=2).decode() + "\n"


def _printable(report: Report) -> Report:
    """Return the report with target names that UTF-8 can write: a path may be any bytes."""
    return msgspec.structs.replace(report, targets=tuple(map(_renamed, report.targets)))


def _renamed(target: TargetReport) -> TargetReport:
    return msgspec.structs.replace(target, target=name_of(target.target))
