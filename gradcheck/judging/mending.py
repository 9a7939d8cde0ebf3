"""Which edits mend the parts that failed: searched for where the submission's code lives in this very process.

`mends` runs after all verdicts, in a worker that nothing else is asked of, or, without isolation, here. What it returns
is believed by nobody: `gradcheck.judging.hinting` confirms it.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any

import msgspec
import numpy as np

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.contract import VALUES, Call, Case, Subject, SubjectError, parse_case
from gradcheck.diagnosis.results import Results, truth
from gradcheck.evidence.trial import Trial
from gradcheck.judging.allowance import SURE, Pace, own_lines, pace_of
from gradcheck.judging.part import PartJudge, start
from gradcheck.judging.plan import Plan
from gradcheck.judging.seeds import its_own
from gradcheck.judging.target import Found, find
from gradcheck.layers.cases import cases_for
from gradcheck.layers.outside.registry import named_layers
from gradcheck.repair.search import RAISES, Repair, Search, Wrong
from gradcheck.repair.splicing import hunks, spliced
from gradcheck.repair.tracing import Trace, traced
from gradcheck.repair.units import Library, Unit, texts_of
from gradcheck.report import Finding, Severity, TargetReport, Verdict
from gradcheck.subjects.loading import Loaded
from gradcheck.subjects.loading.ownership import is_installed, is_suite

LOOSE = 1e-5
"""What a quick look lets pass of the largest number: the checks themselves decide."""

FINDING = 40_000
"""How many lines it counts as to find the subjects anew."""

UNSAFE = "as_strided", "ctypes"
"""Words of files that are not edited in this very process: with a wrong size they reach outside their memory."""

MOST_FORWARD = 12
"""Cases on which forward is judged again where an edit of it is to mend backward."""

MOST_TRIED = 8
"""Cases that are looked at for others in which more is wrong. The smallest, so that two runs take the same."""

ELSEWHERE = 0.5
"""How much less likely it is that backward fails for a line of forward."""

SMALL_SCENE = 8
"""With fewer numbers, wrong edits are often right by chance."""

WITH_TIES = frozenset({"constant", "equal", "flat", "zeros", "blank", "saturated", "sorted"})
"""Numbers on which several answers may be right: a quick look would drop some of them."""


class Failed(msgspec.Struct, frozen=True):
    """A part that failed, and what of it: check, tensor and case line of each finding.

    `right` are the functions that passed: what calls them is wrong, not they.
    """

    layer: str
    part: str
    function: str
    findings: tuple[tuple[str, str | None, str], ...]
    right: tuple[str, ...] = ()


class Mend(msgspec.Struct, frozen=True):
    """Edits of one file that make a part pass: `hunks` are first line, line after the last, new lines.

    `file` is the file's path; of a notebook `cell` is the number of the cell. `inside` has the names of
    the functions that are edited.
    """

    file: str
    hunks: tuple[tuple[int, int, tuple[str, ...]], ...]
    cost: float
    kind: str
    tried: int
    seconds: float
    cell: int | None = None
    inside: tuple[str, ...] = ()

    def is_inside(self, function: str) -> bool:
        """Return whether nothing but this function is edited: what others call stays as it is."""
        return set(self.inside) == {function.rpartition(".")[2]}


class Mended(msgspec.Struct, frozen=True):
    """A part that failed, and what would mend it, the likeliest first."""

    layer: str
    part: str
    function: str
    mends: tuple[Mend, ...]


def failed(report: TargetReport) -> list[Failed]:
    """Return the parts of a report for which edits are looked for, forward before backward."""
    found = []
    wrong_ones = {part.function for part in report.parts if part.verdict is not Verdict.PASS}
    right = tuple(dict.fromkeys(part.function for part in report.parts if part.function not in wrong_ones))
    for part in sorted(report.parts, key=lambda part: part.part != "forward"):
        wrong = [f for f in part.findings if f.severity is Severity.FAULT and f.verdict.is_wrong and f.case]
        if part.verdict in (Verdict.FAIL, Verdict.ERROR) and wrong:
            findings = tuple((f.check, f.tensor, f.case or "") for f in wrong)
            found.append(Failed(part.layer, part.part, part.function, findings, right))
    return found


class Mending:
    """The search of one submission, for the length of a ``with`` block.

    A forward that could be mended stays so while its backward is searched; everything is put back at the end. Unless
    the process `is_walled`, a submission that reaches memory by itself is left alone.
    """

    def __init__(self, loaded: Loaded, plan: Plan, *, is_walled: bool = True) -> None:
        self._loaded, self._plan, self._is_walled = loaded, plan, is_walled
        self._stack = contextlib.ExitStack()
        self._found: Found | None = None
        self._library: Library | None = None
        self._forwards: dict[str, tuple[Mend, ...]] = {}

    def __enter__(self) -> "Mending":
        found: Found | TargetReport | None = None
        with self._quiet(), contextlib.suppress(Exception):
            found = find(self._loaded, self._plan)
        if found is None or isinstance(found, TargetReport):
            return self
        texts = texts_of(lambda: _functions(self._loaded), _is_own)
        if self._is_walled or not any(word in text for text in texts.values() for word in UNSAFE):
            self._found = found
            self._library = Library(texts)
            self._stack.enter_context(self._library)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _quiet(self) -> contextlib.AbstractContextManager[None]:
        return quiet(its_own(self._plan.seed))

    def mended(self, part: Failed) -> Mended:
        """Return what would mend a part; forward is asked before its backward."""
        found: tuple[Mend, ...] = ()
        # A submission's own objects may break anything here, and a line is no verdict: nothing is found then.
        with self._quiet(), contextlib.suppress(Exception):
            found = self._mends(part)
        return Mended(part.layer, part.part, part.function, found)

    def _mends(self, part: Failed) -> tuple[Mend, ...]:
        if self._found is None or self._library is None:
            return ()
        subject = _subject(self._found, part)
        if subject is None:
            return ()
        plan = replace(self._plan, dialect=subject.dialect)  # it is not looked for in other families
        asked = Asking(subject, part, plan, self._loaded, self._library)
        if not asked.is_possible:
            return ()
        partner = self._forwards.get(subject.functions.get("forward", ""), ())
        if part.part == "backward" and partner and asked.passes():
            return partner  # it was forward's fault alone
        search = Search(asked, self._library)
        repairs = search.found()
        found = tuple(_mends([(each, search.seconds) for each in repairs], self._library))
        if part.part == "forward" and found:
            self._forwards[part.function] = found
            if not subject.interface.fused:
                self._library.keep(repairs[0].trees)
        return found


def _functions(loaded: Loaded) -> Iterator[FunctionType]:
    """Yield the functions, and the methods of classes, that a submission's modules define."""
    for space in loaded.namespaces:
        for value in space.members.values():
            members = vars(value).values() if isinstance(value, type) else (value,)
            for each in members:
                plain = getattr(each, "__func__", each)
                if type(plain) is FunctionType:
                    yield plain


def _is_own(path: str) -> bool:
    return not is_installed(path) and not is_suite(path)


def _subject(found: Found, part: Failed) -> Subject | None:
    return next(
        (
            each
            for each in found.subjects
            if each.layer.name == part.layer
            and part.part in each.parts
            and each.functions[part.part] == part.function
        ),
        None,
    )


def _mends(repairs: Sequence[tuple[Repair, float]], library: Library) -> Iterator[Mend]:
    for repair, seconds in repairs:
        files = {unit.file for unit, _ in repair.trees}
        if len(files) != 1:
            continue
        (file,) = files
        text = library.texts[file]
        after: str | None = text
        for unit, tree in repair.trees:
            made = spliced(after, library.fresh(after, unit), tree) if after is not None else None
            after = made
        if after is None:
            continue
        changed = tuple((each.start, each.end, each.lines) for each in hunks(text, after))
        path, _, cell = file.partition(" In[")
        yield Mend(
            file=path,
            hunks=changed,
            cost=round(repair.cost, 3),
            kind=repair.kind,
            tried=repair.tried,
            seconds=round(seconds, 3),
            cell=int(cell.rstrip("]")) if cell else None,
            inside=tuple(unit.node.name for unit, _ in repair.trees),
        )


class Asking:
    """What the search asks of one part of a subject."""

    def __init__(self, subject: Subject, part: Failed, plan: Plan, loaded: Loaded, library: Library) -> None:
        self._library = library
        self._subject = replace(subject, parts=(part.part,))
        # What forward leaves for backward may be wrong although its output is right.
        self._partners = {name.rpartition(".")[2] for name in subject.functions.values()}
        self._part, self._plan, self._loaded = part, plan, loaded
        self.checks = frozenset(check for check, _, _ in part.findings)
        self.asked = 0
        layers = list(named_layers().values())
        self._failing = [
            (checks.BY_NAME[check], parse_case(line, layers))
            for check, _, line in part.findings
            if check in checks.BY_NAME
        ]
        self._cases = cases_for(subject, plan.cases, plan.seed, thorough=plan.thorough)
        self._notes = self._noted()
        self._forward = self._forwards(Trial(self._subject, self._failing[0][1])) if self._failing else ()
        self._codes = {function: function.__code__ for function in self._forward}
        self._scenes = list(self._chosen())
        self.scenes: Sequence[Callable[[], Wrong]] = [scene.wrong for scene in self._scenes]

    @property
    def is_possible(self) -> bool:
        """Whether there is a case to look at."""
        return bool(self._failing)

    def run(self) -> object:
        """Call the functions on the first scene, and on each failing case."""
        for case in [*(scene.trial.case for scene in self._scenes), *(case for _, case in self._failing[:3])]:
            with contextlib.suppress(SubjectError):
                Scene.called(Trial(self._subject, case), self._part.part)
        return None

    def _chosen(self) -> Iterator["Scene"]:
        """Yield a few cases on which a quick look shows what is wrong: fast ones, in all that is wrong."""
        if self._subject.interface.draws_mask:
            return
        possible = [case for case in (*(case for _, case in self._failing), *self._cases) if _is_plain(case)]
        # That backward has nothing for evaluation may have gone unnoticed because it is wrong.
        is_odd = self._part.part == "backward"
        possible.sort(
            key=lambda case: (
                is_odd and case.params.get("mode") == "eval",
                case.size < SMALL_SCENE,
                case.size,
            )
        )
        scenes: list[tuple[Scene, Wrong]] = []
        for case in {str(case): case for case in possible}.values():
            interface = self._subject.interface
            if interface.skips(self._part.part, case.params) is None and interface.has(case):
                scene = Scene.of(self._subject, case, self._part.part)
                wrong = scene.wrong() if scene is not None else frozenset()
                if scene is not None and wrong:
                    scenes.append((scene, wrong))
            if len(scenes) >= MOST_TRIED:
                break
        seen: set[str] = set()
        for count, (scene, wrong) in enumerate(scenes):
            if not count or not wrong <= seen:
                seen |= wrong
                scene.forwards = self._forwards(scene.trial)
                yield scene

    def distance(self, unit: Unit) -> float:
        """How much less likely a mistake is in a function than in the one that failed: forward's, for backward."""
        own = self._part.function.rpartition(".")[2]
        right = {name.rpartition(".")[2] for name in self._part.right} - self._partners
        if unit.node.name == own:
            return 0.0
        if unit.node.name in right:
            return float("inf")
        return ELSEWHERE * (self._part.part == "backward" and unit.functions[0] in self._forward)

    def _forwards(self, trial: Trial) -> tuple[FunctionType, ...]:
        """Return the functions that run in forward: while they are what they were, its cache is, too."""
        trace = Trace()
        with contextlib.suppress(SubjectError):
            traced(trial.call, self._library.texts.keys(), trace)
        units = [self._library.unit(code) for code in trace.lines]
        found = dict.fromkeys(function for unit in units if unit is not None for function in unit.functions)
        return () if None in units else tuple(found)

    def passes(self) -> bool:
        """Whether the failing checks pass on their cases, and then all checks on all cases."""
        # What its masks keep, and which modes it has, was found out by calling it while it was wrong.
        is_new = bool(self._scenes) or self._subject.interface.draws_mask
        subject = self._again() if is_new else self._subject
        for check, case in self._failing:
            interface = subject.interface
            if interface.skips(self._part.part, case.params) is not None or not interface.has(case):
                continue
            self._count(case)
            try:
                found = list(check.judge(Trial(subject, case), self._part.part))
            except SubjectError:
                return False
            if any(each.verdict.is_wrong for each in found):
                return False
        subject = subject if is_new else self._again()
        return self._keeps_forward(subject) and self._full(subject)

    def _keeps_forward(self, subject: Subject) -> bool:
        """Whether forward gives what it should, if an edit that is to mend backward changes it."""
        if self._part.part == "forward" or all(each.__code__ is code for each, code in self._codes.items()):
            return True
        judge = start(subject, "forward", [each for each in self._plan.chosen if "forward" in each.parts])
        for case in self._cases[:MOST_FORWARD]:
            self._judge(judge, case)
        return not any(finding.verdict.is_wrong for finding in judge.findings())

    def _again(self) -> Subject:
        """Return the subject as it is understood now: what was learnt by trying a wrong function may be wrong."""
        self.asked += FINDING
        found = find(self._loaded, self._plan)
        if isinstance(found, TargetReport):
            return self._subject
        again = _subject(found, self._part)
        return self._subject if again is None else replace(again, parts=(self._part.part,))

    def _full(self, subject: Subject) -> bool:
        """Whether a part passes all checks, and leaves alone what it left alone before.

        On the battery and a few cases more, and with few probes: the judge asks everything of what is found.
        """
        judge = start(subject, self._part.part, self._plan.chosen)
        for case in self._cases[: min(self._cases.fixed + SURE, len(self._cases) - self._cases.vast)]:
            self._judge(judge, case)
            if any(finding.verdict.is_wrong for finding in judge.findings()):
                return False
        return judge.report().verdict is Verdict.PASS and _purity(judge.findings()) <= self._notes

    def _judge(self, judge: PartJudge, case: Case) -> None:
        before = judge.asked
        judge.judge(case, {}, is_brief=True)
        self._count(case, judge.asked - before)

    def _count(self, case: Case, times: int = 1) -> None:
        self.asked += times * int(own_lines(self._subject) + self._pace(case))

    @cached_property
    def _pace(self) -> Pace:
        return pace_of(self._subject, self._cases[: self._cases.fixed])

    def _noted(self) -> frozenset[str]:
        """Return which arguments the part changes as it is."""
        judge = start(self._subject, self._part.part, [checks.BY_NAME["unchanged"], checks.BY_NAME["cache"]])
        for case in self._cases[:3]:
            judge.judge(case, {})
        return _purity(judge.findings())


def _purity(findings: Sequence[Finding]) -> frozenset[str]:
    """Return the checks of what must not be changed that found something."""
    return frozenset(finding.check for finding in findings if finding.check in ("unchanged", "cache"))


def _is_plain(case: Case) -> bool:
    is_usual = case.fill in VALUES and case.fill not in WITH_TIES and case.dtype == "float64"
    return is_usual and bool(case.params.get("n", 1)) and case.flaw is None and 0 not in case.output_shape


@dataclass
class Scene:
    """One case with the right answer: what is wrong there is seen by a rough comparison."""

    trial: Trial
    part: str
    right: Results
    bounds: Mapping[str, float] = field(default_factory=dict)
    forwards: tuple[FunctionType, ...] = ()
    kept: "Kept | None" = None

    @classmethod
    def of(cls, subject: Subject, case: Case, part: str) -> "Scene | None":
        """Return the scene of a case; None where there is no right answer to compare with."""
        try:
            trial = Trial(subject, case)
            trial.take_tensors()
            right = truth(trial, part)
        except (SubjectError, ArithmeticError, ValueError):
            return None
        bounds = {name: LOOSE * max(1.0, _largest(values)) for name, values in right.arrays.items()}
        return cls(trial, part, right, bounds) if right.arrays else None

    @staticmethod
    def called(trial: Trial, part: str) -> dict[str, Any]:
        """Return what the subject gives now."""
        call = trial.call()
        if part == "forward":
            return dict(call.outputs)
        returned = call.backward(trial.dout.copy())
        return {f"d{name}": returned.get(name) for name in trial.wanted}

    def wrong(self) -> Wrong:
        """Return the names of the tensors that are wrong now."""
        try:
            given = self._given()
        except SubjectError:
            return frozenset({RAISES, *self.right.arrays})
        return frozenset(
            name
            for name, right in self.right.arrays.items()
            if not self._is_near(name, given.get(name), right)
        )

    def _given(self) -> dict[str, Any]:
        """Return what the subject gives now; forward is called again only if it is another one now."""
        if self.part == "forward" or not self.forwards:
            return self.called(self.trial, self.part)
        codes = tuple(function.__code__ for function in self.forwards)
        if self.kept is None or self.kept.codes != codes:
            call = self.trial.call()
            self.kept = Kept.of(codes, call)
            return self._backward(call)
        self.kept.restore()
        return self._backward(self.kept.call)

    def _backward(self, call: Call) -> dict[str, Any]:
        returned = call.backward(self.trial.dout.copy())
        return {f"d{name}": returned.get(name) for name in self.trial.wanted}

    def _is_near(self, name: str, given: Any, right: Any) -> bool:
        if (
            name not in self.trial.case.shapes
            and name not in ("out",)
            and not name.startswith("d")
            and given is None
        ):
            return True  # what this interface does not give back
        try:
            found = np.asarray(given, dtype=np.float64)
            is_exact = name == "out" or name.startswith("d")
            return (found.shape == right.shape if is_exact else found.size == right.size) and bool(
                np.abs(found.ravel() - right.ravel()).max(initial=0.0) <= self.bounds[name]
            )
        except (TypeError, ValueError):
            return False


@dataclass
class Kept:
    """A forward call that several backwards use, each of which finds the cache as forward left it."""

    codes: tuple[CodeType, ...]
    call: Call
    state: list[tuple[Any, Any]]

    @classmethod
    def of(cls, codes: tuple[CodeType, ...], call: Call) -> "Kept | None":
        """Return the call with what its cache holds; None if it holds what cannot be put back."""
        state: list[tuple[Any, Any]] = []
        cache = getattr(call, "cache", None)
        return cls(codes, call, state) if cache is not None and _noted(cache, state) else None

    def restore(self) -> None:
        """Put the cache back as it was."""
        for thing, before in self.state:
            if isinstance(thing, np.ndarray):
                thing[...] = before
            else:
                thing.clear()
                thing.update(before)


def _noted(value: Any, state: list[tuple[Any, Any]]) -> bool:
    """Note what a value holds, with all that is in it; return whether that can be put back."""
    if type(value) is np.ndarray and value.dtype.kind != "O" and value.flags.writeable:
        state.append((value, value.copy()))
        return True
    if type(value) in (tuple, list):
        return type(value) is tuple and all(_noted(each, state) for each in value)
    if type(value) is dict:
        state.append((value, dict(value)))
        return all(_noted(each, state) for each in value.values())
    return value is None or isinstance(value, bool | int | float | str | np.generic | type)


def _largest(values: Any) -> float:
    finite = np.asarray(values, dtype=np.float64)
    return float(np.abs(finite[np.isfinite(finite)]).max(initial=0.0))
