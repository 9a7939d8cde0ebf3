"""A rubric: which functions are worth how many points, and what a submission may use."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from gradcheck.contract import OPTIMIZER
from gradcheck.report import PartReport

SCHEMA = "gradcheck-rubric/1"


class Demand(StrEnum):
    """What a check is worth."""

    DEMAND = "demand"
    NOTE = "note"
    NOTHING = "nothing"


class Hint(StrEnum):
    """How much of what is wrong a student is shown; each says what is before it, too.

    The points only; the case and both numbers; the mistake's name; the line of the submission; what it should be.
    """

    NONE = "none"
    PLACE = "place"
    MISTAKE = "mistake"
    LINE = "line"
    EDIT = "edit"

    @property
    def level(self) -> int:
        """How far it goes."""
        return list(Hint).index(self)


class Visibility(StrEnum):
    """When a student sees the result of a function; Gradescope's words."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"


class Function(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One layer of the assignment, and the points of its parts.

    Attributes
    ----------
    layer : str
        As ``gradcheck list layers`` has it; ``optimizer`` for an update rule.
    rule : str, optional
        Of an optimizer, which rule: ``adam``. It has one part, its forward.
    forward, backward : float
        Points of the parts; a part without points is judged and shown.
    follow_through : float, optional
        Points of a backward that is not the layer's derivative, but that of the submission's own forward, which is
        wrong. All of backward's by default.
    required : bool
        Whether the maximum has its points where the submission does not have it. What is not required and not there
        counts for nothing.
    visibility : Visibility
        When the student sees its result.
    message : str, optional
        Shown to the student where a part of it is wrong or missing: which lecture to read again.
    """

    layer: str
    rule: str | None = None
    forward: float = 0.0
    backward: float = 0.0
    follow_through: float | None = None
    required: bool = True
    visibility: Visibility = Visibility.VISIBLE
    message: str | None = None

    @property
    def label(self) -> str:
        """What points are listed under: the rule, or else the layer."""
        return self.rule or self.layer

    @property
    def points(self) -> float:
        """The points of its parts together."""
        return self.forward + self.backward

    def of(self, part: str) -> float:
        """Return the points of a part."""
        return self.forward if part == "forward" else self.backward


def label_of(report: PartReport) -> str:
    """Return what the points of a part are listed under: the rule of an optimizer, or else the layer."""
    return report.function.rpartition(".")[2] if report.layer == OPTIMIZER else report.layer


class Restrictions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a submission may use: seconds of one call and of all together, and memory in megabytes."""

    call_seconds: float = 10.0
    total_seconds: float = 300.0
    memory_mb: int = 4096


class Students(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What students see of their failures, before and after the deadline; without one, it is always before it."""

    deadline: datetime | None = None
    before: Hint = Hint.PLACE
    after: Hint = Hint.MISTAKE


class Rubric(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an assignment asks for.

    Attributes
    ----------
    schema : str
        ``"gradcheck-rubric/1"``.
    name : str
        Short; names the rubric in reports.
    title : str
        The assignment's name as students know it.
    dialect : str, optional
        How the functions are called; found out by itself where not given.
    allow : tuple of str
        Installed packages that submissions may import, besides NumPy.
    cases : int, optional
        How many cases are drawn for each layer besides the fixed ones; by default as many as have every class of each
        parameter.
    function : tuple of Function
        The functions, in the order of the report.
    checks : mapping
        Name of a check -> what it is worth. Others are demanded where code of this kind promises them.
    credit : mapping
        Name of a check -> the share of a part's points that is left where this check fails. The smallest share of all
        failed checks counts, and a check that is not named leaves none.
    messages : mapping
        Name of a check -> what is said to a student where it fails.
    limits : Restrictions
        What a submission may use.
    students : Students
        What students see.
    """

    schema: str
    name: str
    title: str = ""
    dialect: str | None = None
    allow: tuple[str, ...] = ()
    cases: int | None = None
    function: tuple[Function, ...] = ()
    checks: Mapping[str, Demand] = {}
    credit: Mapping[str, float] = {}
    messages: Mapping[str, str] = {}
    limits: Restrictions = Restrictions()
    students: Students = Students()

    @property
    def max(self) -> float:
        """The points of the functions that are required."""
        return sum(each.points for each in self.function if each.required)

    @property
    def most(self) -> Hint:
        """The largest hint that students get at any time; at least the mistake's name, which staff are shown always."""
        given = [self.students.before, *([self.students.after] if self.students.deadline else [])]
        return max(Hint.MISTAKE, *given, key=lambda hint: hint.level)

    def hint(self, now: datetime) -> Hint:
        """Return how much students are shown at a time."""
        return self.students.after if self.is_over(now) else self.students.before

    def is_over(self, now: datetime) -> bool:
        """Return whether the deadline has passed."""
        return self.students.deadline is not None and now >= self.students.deadline
