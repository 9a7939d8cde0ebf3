"""The plan of a verification: which layers and checks, on how many cases, and where the code runs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from gradcheck import checks
from gradcheck.checks.check import Check
from gradcheck.contract import MODEL, OPTIMIZER, Case, Subject
from gradcheck.isolation import allowed
from gradcheck.isolation.levels import Limits
from gradcheck.layers.outside.registry import named_layers
from gradcheck.subjects import dialects
from gradcheck.subjects.loading import Adapter, LoadError, adapting
from gradcheck.text import unknown

DECLARABLE = (
    "alias",
    "cache",
    "dtype",
    "empty",
    "fresh",
    "large",
    "layout",
    "ones",
    "precision",
    "reentrant",
    "refusal",
    "repeatable",
    "scaling",
    "special",
    "ties",
    "unchanged",
)
"""The checks that code may be declared not to pass. The others say whether results are there, and right."""


HINTS = ("none", "place", "mistake", "line", "edit")
"""How much a failure says about its cause, from nothing to the new text of a line; each says what is before it, too."""


def judged() -> tuple[str, ...]:
    """Return the names that a plan may give as layers."""
    return (*named_layers(), MODEL, OPTIMIZER)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to verify: which layers and checks (all by default), on how many random cases, from which seed.

    Without a number of `cases` there are as many as have every class of every parameter, and every pair of classes if
    the plan is `thorough`.
    `promised` are checks that must hold although the code's dialect does not promise them, and `declared` are checks
    whose failures are notes. `only` restricts the verification to one case. `isolation` says where the code runs: the
    name of a level, ``"strongest"``, or ``"files"``, which is the strongest for files and folders and this process for
    modules. `limits` are those of a worker. One or two `processes` judge code that lives in workers; they share the
    memory that the limits allow. `adapter` is the path of a file of yours: only what it defines is judged
    (docs/adapters.md). `root` is the folder of the package that a file or folder is part of: in a worker its code can
    import from there. `each` says that everything in a folder is a submission of its own. `hint` is how much a
    failure says about its cause, one of `HINTS`.
    """

    dialect: str | None = None
    layers: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    promised: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    cases: int | None = None
    thorough: bool = False
    seed: int = 0
    only: Case | None = None
    isolation: str = "process"
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    adapter: str | None = None
    root: str | None = None
    each: bool = False
    processes: int = 1
    hint: str = "edit"

    @property
    def chosen(self) -> tuple[Check, ...]:
        """The checks to run, in the order of the report."""
        return tuple(check for check in checks.CHECKS if not self.checks or check.name in self.checks)

    def demanding(self, subject: Subject) -> Subject:
        """Return the subject with what the plan promises and declares for it."""
        return replace(subject, interface=subject.interface.demanding(self.promised, self.declared))

    def refuse_unknown(self) -> None:
        """Raise ValueError if the plan names something that does not exist, or contradicts itself."""
        _refuse_unknown("layer", self.layers, judged())
        _refuse_unknown("check", (*self.checks, *self.promised), checks.BY_NAME)
        _refuse_unknown("check to declare", self.declared, DECLARABLE)
        _refuse_unknown("hint", (self.hint,), HINTS)
        for name in set(self.promised) & set(self.declared):
            raise ValueError(
                f"the check {name!r} is promised and declared not to hold: leave out one of the two"
            )
        _refuse_unknown("dialect", (self.dialect,) if self.dialect else (), dialects.BY_NAME)
        allowed.refuse_unknown(self.limits.packages)
        self.read_adapter()

    def read_adapter(self) -> Adapter | None:
        """Return the text of the adapter, if there is one. Raises ValueError."""
        try:
            return None if self.adapter is None else adapting.read(self.adapter)
        except LoadError as problem:
            raise ValueError(problem.message) from None


def _refuse_unknown(what: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(unknown(what, name, known))


@dataclass(frozen=True)
class Planned:
    """One check of one part of a subject: a line of the report, and a test in pytest."""

    subject: Subject
    part: str
    check: Check


def planned(subject: Subject, chosen: Sequence[Check]) -> Iterator[Planned]:
    """Yield each part of a subject with each chosen check that judges it, in the order of the report.

    A part whose signature accepts no call has one line, which says so.
    """
    for part in subject.parts:
        found = [Planned(subject, part, check) for check in chosen if part in check.parts]
        yield from found if refusal(subject, part) is None else found[:1]


def refusal(subject: Subject, part: str) -> str | None:
    """Return why a part cannot be called; without a forward there is no cache, and so no backward either."""
    misfit = subject.interface.misfit
    return misfit.get(part, misfit.get("forward"))
