"""What the page of a submission shows of its failures: each on numbers that are no secret, drawn."""

from contextlib import suppress
from pathlib import Path

import msgspec

from gradcheck.judging.plan import Plan
from gradcheck.judging.retelling import retold
from gradcheck.judging.run import verify_whole
from gradcheck.report import Finding, PartReport, TargetReport
from gradcheck.reporting.picture import Drawing, drawing
from gradcheck.subjects.loading import Loaded
from gradcheck.subjects.loading.decoding import decoded
from gradcheck.text import one_line


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """One failure of a part: the finding that it is about has this check and tensor, and `again` is the one to show.

    `code` is the line where it goes wrong, as it stands in the submission.
    """

    layer: str
    part: str
    function: str
    check: str
    tensor: str | None
    again: Finding
    drawing: Drawing
    code: str | None = None

    def is_of(self, part: PartReport, finding: Finding) -> bool:
        """Return whether it is about a finding of a part."""
        own = self.layer, self.part, self.function, self.check, self.tensor
        return own == (part.layer, part.part, part.function, finding.check, finding.tensor)


class Taught(TargetReport, frozen=True, kw_only=True):
    """The report of a submission, with its lessons."""

    lessons: tuple[Lesson, ...] = ()


class _Lessons(msgspec.Struct, frozen=True):
    lessons: tuple[Lesson, ...] = ()


def taught(path: str, plan: Plan) -> Taught:
    """Verify a submission, and look at its failures again while it is open."""
    lessons: list[Lesson] = []

    def teach(loaded: Loaded, report: TargetReport) -> None:
        with suppress(Exception):  # no verdict depends on it, and a page can do without
            lessons.extend(_lessons(loaded, plan, report, path))

    report = verify_whole(path, plan, teach)
    return Taught(**msgspec.structs.asdict(report), lessons=tuple(lessons))


def _lessons(loaded: Loaded, plan: Plan, report: TargetReport, path: str) -> list[Lesson]:
    return [
        Lesson(
            layer=each.part.layer,
            part=each.part.part,
            function=each.part.function,
            check=each.finding.check,
            tensor=each.finding.tensor,
            again=each.again,
            drawing=drawing(each.seen),
            code=_code(path, each.finding),
        )
        for each in retold(loaded, plan, report)
    ]


def _code(path: str, finding: Finding) -> str | None:
    """Return the line of a finding, if the submission is one plain file."""
    if finding.line is None or finding.file is not None or not path.endswith(".py"):
        return None
    lines = decoded(Path(path).read_bytes(), path)[0].splitlines()
    return one_line(lines[finding.line - 1].strip()) if finding.line <= len(lines) else None


def lessons_in(data: bytes) -> tuple[Lesson, ...]:
    """Return the lessons in a report as a process of the pool sends it; none where it has none."""
    return msgspec.msgpack.decode(data, type=_Lessons).lessons
