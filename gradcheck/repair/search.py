"""The search: each edit in turn, until one makes every check pass; then two edits, one after the other."""

import ast
import contextlib
import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gradcheck.calling import hurried
from gradcheck.contract import SubjectError
from gradcheck.repair.edits import edits_of
from gradcheck.repair.edits.edit import Edit, Scope, spots_of, unused_in
from gradcheck.repair.limits import Endless, Limiter
from gradcheck.repair.tracing import Kind, Trace, traced
from gradcheck.repair.units import Library, Unit, likeness

SECONDS = 2.0
"""Work that the search for one function may take: seconds of a usual machine.

It is counted, not measured. So the same lines are found on a slow machine, and on a busy one.
"""

EDITED, NODE, LOOKED, LINE = 100e-6, 1.3e-6, 50e-6, 0.12e-6
"""What a candidate costs in that unit: to make and compile it, and more for each node of its function; to look at it
on one case, and more for each line."""

SLOWEST = 6.0
"""How many times slower than a usual machine another may be, before the search ends without all of its work."""

MOST = 8000
"""Candidates of one function that are tried."""

FACTOR, LEAST = 20, 0.02
"""How many times as long as the function itself a candidate may take, and how long at least."""

AFTERWARDS = 0.3
"""Seconds of work for which the search goes on after the first repair, at most as long again as it took."""

DEARER = 0.6
"""By how much an edit may be less likely than one that is known to mend all."""

LONGEST = 10.0
"""Seconds of work that all checks of one candidate may take."""

MOST_REPAIRS = 4
MOST_STEPS = 4
"""Edits that mend something, but not all, from which a second one is looked for."""

FIRST = 0.35
"""The share of the work after which two edits are tried, if one of them mends something."""

RAISES = "raises"
"""What is wrong where a call gives nothing."""

Wrong = frozenset[str]


class Question(Protocol):
    """What is asked of the function as it is at the moment."""

    def run(self) -> object:
        """Call the functions in question once, as the first scene does."""

    @property
    def scenes(self) -> Sequence[Callable[[], Wrong]]:
        """Quick looks at what is wrong, on one case each; none drops a repair that passes every check."""

    def distance(self, unit: Unit) -> float:
        """How much less likely a mistake is in a function than in the one that failed; infinite if it is right."""

    def passes(self) -> bool:
        """Whether every check passes."""

    @property
    def asked(self) -> int:
        """How many lines `passes` has run so far, about."""

    @property
    def checks(self) -> frozenset[str]:
        """The names of the checks that failed."""


@dataclass(frozen=True)
class Repair:
    """Edits that make every check pass: each edited function with its tree as it is then."""

    cost: float
    trees: tuple[tuple[Unit, ast.AST], ...]
    kind: str
    tried: int


@dataclass
class Budget:
    """How much work is left, in the unit of `SECONDS`."""

    seconds: float = SECONDS
    candidates: int = MOST
    spent: float = 0.0
    began: float = field(default_factory=lambda: time.process_time())

    @property
    def is_over(self) -> bool:
        """Whether it is time to stop."""
        is_slow = time.process_time() - self.began > SLOWEST * self.seconds
        return self.candidates <= 0 or self.spent > self.seconds or is_slow


@dataclass(frozen=True)
class Step:
    """An edit after which less is wrong, though not nothing."""

    edit: Edit
    unit: Unit
    left: tuple[Wrong, ...]

    @property
    def rank(self) -> tuple[int, float]:
        """The fewer places are wrong the better, then the likelier the edit."""
        return sum(map(len, self.left)), self.edit.cost


class Search:
    """The search for the repairs of one function."""

    def __init__(self, question: Question, library: Library, budget: Budget | None = None) -> None:
        self._question = question
        self._library = library
        self._limiter = Limiter()
        self._budget = budget or Budget()
        self._limits: list[float] = []
        self._base: list[Wrong] = []
        self._looks = LOOKED
        self._sizes: dict[Unit, int] = {}
        self.tried = 0
        self.repairs: list[Repair] = []
        self.steps: list[Step] = []
        self._touched: dict[int, tuple[Unit, str]] = {}

    def found(self) -> list[Repair]:
        """Return the repairs, the likeliest first. The functions run their own code again afterwards."""
        with self._limiter.ready():
            self._look()
            self._single(FIRST * self._budget.seconds)
            if not self.repairs:
                self._double()
        return sorted(self.repairs, key=lambda repair: repair.cost)

    @property
    def seconds(self) -> float:
        """How much work it took, in the unit of `SECONDS`."""
        return self._budget.spent

    def _look(self) -> None:
        """Note what is wrong in each scene, and how long it takes."""
        self._base, self._limits = [], []
        for scene in self._question.scenes:
            started = time.process_time()
            try:
                wrong = self._limiter.run(scene, 2.0)
            except Endless:
                wrong = frozenset({RAISES})
            self._base.append(wrong)
            self._limits.append(max(FACTOR * (time.process_time() - started), LEAST))

    def _candidates(self) -> Iterator[tuple[Edit, Unit]]:
        """Yield the edits of all functions that run, the likeliest first."""
        kinds = [(edits_of(scope), scope.unit) for scope in self._scopes()]
        for likelihood in zip(*(edits for edits, _ in kinds), strict=True):
            units = [unit for _, unit in kinds]
            found = [(edit, unit) for edits, unit in zip(likelihood, units, strict=True) for edit in edits]
            found.sort(key=lambda each: self._rank(*each))
            yield from found

    def _rank(self, edit: Edit, unit: Unit) -> tuple[float, int]:
        cost, order = edit.rank
        return cost + self._question.distance(unit), order

    def _scopes(self) -> Iterator[Scope]:
        """Yield what is known about each function that runs."""
        trace = Trace()
        with contextlib.suppress(SubjectError, Endless):
            self._limiter.run(lambda: traced(self._question.run, self._library.texts.keys(), trace), 5.0)
        self._looks = LOOKED + LINE * trace.events
        lines: dict[Unit, set[int]] = {}
        kinds: dict[Unit, dict[str, Kind]] = {}
        for code, ran in trace.lines.items():
            unit = self._library.unit(code)
            if unit is not None and self._question.distance(unit) < float("inf"):
                lines.setdefault(unit, set()).update(ran)
                kinds.setdefault(unit, {}).update(trace.kinds.get(code, {}))
        for unit, ran in lines.items():
            unused = unused_in(unit, kinds[unit])
            yield Scope(unit, spots_of(unit, ran), kinds[unit], self._question.checks, unused)

    def _single(self, until: float | None = None) -> None:
        """Try each edit by itself; until then only, if there are edits that mend something."""
        seen: dict[Unit, set[tuple[Any, ...]]] = {}
        first: float | None = None
        lines: set[tuple[int, int]] = set()
        for edit, unit in self._candidates():
            budget = self._budget
            late = first is not None and budget.spent - first > min(AFTERWARDS, first)
            dear = (
                bool(self.repairs)
                and edit.cost + self._question.distance(unit)
                > min(each.cost for each in self.repairs) + DEARER
            )
            turns = until is not None and budget.spent > until and bool(self.steps)
            if budget.is_over or late or dear or turns or len(self.repairs) >= MOST_REPAIRS:
                return
            at = id(unit), edit.statements[0].lineno
            if at in lines:
                continue
            if unit not in seen:
                seen[unit] = {likeness(unit.current)}
            if self._try(edit, unit, seen[unit]):
                first = budget.spent if first is None else first
                lines.add(at)

    def _try(self, edit: Edit, unit: Unit, seen: set[tuple[Any, ...]]) -> bool:
        """Try one edit, and undo it; note whether it mends all, or something."""
        edit.apply()
        self._budget.spent += EDITED + NODE * self._size(unit)
        try:
            code = unit.compiled()
            key = None if code is None else likeness(code)
            if code is None or key is None or key in seen:
                return False
            seen.add(key)
            self.tried += 1
            self._budget.candidates -= 1
            before = unit.current
            unit.put(code)
            try:
                left = self._left()
                if left is None:
                    return False
                if any(left):
                    self.steps.append(Step(edit, unit, left))
                    return False
                if not self._passes():
                    return False
                self._keep(edit, unit)
                return True
            finally:
                unit.put(before)
        finally:
            edit.undo()

    def _size(self, unit: Unit) -> int:
        if unit not in self._sizes:
            self._sizes[unit] = sum(1 for _ in ast.walk(unit.node))
        return self._sizes[unit]

    def _passes(self) -> bool:
        before = self._question.asked
        try:
            return self._limiter.run(self._question.passes, LONGEST)
        except Endless:
            return False
        finally:
            self._budget.spent += LINE * (self._question.asked - before)

    def _keep(self, edit: Edit, unit: Unit) -> None:
        trees = {each: each.node for each, _ in self._touched.values()} | {unit: unit.node}
        copies = tuple((each, copy.deepcopy(node)) for each, node in trees.items())
        cost = self._rank(edit, unit)[0]
        self.repairs.append(Repair(cost, copies, edit.kind, self.tried))

    def _left(self) -> tuple[Wrong, ...] | None:
        """Return what is wrong in each scene now; None where that is not less than before."""
        found: list[Wrong] = []
        for scene, base, limit in zip(self._question.scenes, self._base, self._limits, strict=True):
            self._budget.spent += self._looks
            try:
                with hurried():
                    wrong = self._limiter.run(scene, limit)
            except Endless:
                return None
            if not wrong <= base or (base and wrong == base and not found):
                return None
            found.append(wrong)
        return tuple(found)

    def _double(self) -> None:
        """Take the edits that mend most, and try each other edit after them."""
        ranked = sorted(self.steps, key=lambda step: step.rank)
        # One for each statement: several edits of it that mend the same are one step.
        by_statement: dict[int, Step] = {}
        for step in ranked:
            by_statement.setdefault(id(step.edit.statements[0]), step)
        steps = list(by_statement.values())[:MOST_STEPS]
        for number, step in enumerate(steps):
            if self._budget.is_over:
                return
            share = (self._budget.seconds - self._budget.spent) / (2 if number < len(steps) - 1 else 1)
            self._after(step, self._budget.spent + share)
            if self.repairs:
                return

    def _after(self, step: Step, until: float) -> None:
        """Try each edit after another one."""
        step.edit.apply()
        before, base, limits, whole = step.unit.current, self._base, self._limits, self._budget.seconds
        try:
            code = step.unit.compiled()
            if code is None:
                return
            step.unit.put(code)
            self._touched[id(step.unit)] = step.unit, step.edit.kind
            self._budget.seconds = min(until, whole)
            self._look()
            self._single()
        finally:
            self._base, self._limits, self._budget.seconds = base, limits, whole
            self._touched.clear()
            step.unit.put(before)
            step.edit.undo()
