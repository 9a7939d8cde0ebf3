"""A target's functions against `fast`: the same numbers, the same way of calling, in turn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# Not `from gradcheck import fast`: that names the public API, which stands above this file.
import gradcheck.fast as fast
from gradcheck.calling.quiet import quiet
from gradcheck.contract import PARTS, Subject
from gradcheck.kernels.problems import Problem
from gradcheck.subjects import dialects
from gradcheck.subjects.dialects.dialect import Dialect
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.subjects.loading import Loaded, load
from gradcheck.timing.contender import Contender, operations
from gradcheck.timing.machine import limited, machine
from gradcheck.timing.race import in_turn
from gradcheck.timing.times import Comparison, Quartiles, Row, Times

TOGETHER = "both"
"""The part of a subject that has one function for both, which is compared with both of `fast`."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to compare.

    `threads` None leaves both sides as many as they like; after `budget` seconds on a problem it is not repeated.
    """

    layer: str = "conv2d"
    parts: tuple[str, ...] = PARTS
    dtype: str = "float64"
    dialect: str | None = None
    threads: int | None = None
    repeats: int = 10
    budget: float = 10.0


def bench(
    target: str,
    problems: Sequence[Problem],
    settings: Settings,
    *,
    name: str = "",
    notify: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Compare a target's functions with `fast`.

    Parameters
    ----------
    target : str
        A dotted module, the path of a ``.py`` file or of a folder. Its code runs in this process.
    problems : sequence of Problem
        Those of other layers are left out.
    settings : Settings
        How to compare.
    name : str
        What the problems are called in the report.
    notify : callable
        Called with the name of each problem before it is timed.

    Returns
    -------
    Comparison
        A row for each problem, function and part, in this order.

    Raises
    ------
    LoadError
        If the target cannot be loaded.
    ValueError
        If it defines no such layer, or there is no problem of it.
    """
    chosen = [problem for problem in problems if problem.case.layer.name == settings.layer]
    if not chosen:
        raise ValueError(f"none of these problems is of the layer {settings.layer}")
    with load(target) as loaded, limited(settings.threads) as threads, quiet(0):
        dialect, subjects = _subjects(loaded, settings)
        rows: list[Row] = []
        for number, problem in enumerate(chosen, 1):
            notify(f"{problem}  ({number} of {len(chosen)})")
            rows += _rows(subjects, problem, settings)
        return Comparison(
            target=target,
            dialect=dialect.name,
            problems=name,
            dtype=settings.dtype,
            threads=threads,
            machine=machine(),
            rows=tuple(rows),
        )


def _subjects(loaded: Loaded, settings: Settings) -> tuple[Dialect, list[Subject]]:
    spaces = loaded.namespaces
    found = [each for space in spaces for each in dialects.found_in(space.members, settings.dialect)]
    fitting = [each for each in found if each.subject.layer.name == settings.layer and not each.is_misfit]
    if not found:
        raise ValueError(f"{loaded.target}: nothing in it that any dialect knows")
    if not fitting:
        raise ValueError(f"{loaded.target}: it defines no {settings.layer} that can be called")
    return fitting[0].dialect, [each.subject for each in fitting]


def _opponent(layer: str) -> Subject:
    (subject,) = (subject for subject in PAIR.subjects(vars(fast)) if subject.layer.name == layer)
    return subject


def _rows(subjects: Sequence[Subject], problem: Problem, settings: Settings) -> Iterator[Row]:
    """Yield the rows of one problem: all functions in one run, and `fast` with them."""
    case = problem.case.but(dtype=settings.dtype)
    parts = PARTS if any(subject.interface.fused for subject in subjects) else settings.parts
    contenders = [Contender(subject, case, parts) for subject in (_opponent(settings.layer), *subjects)]
    opponent, *others = zip(contenders, in_turn(contenders, settings.repeats, settings.budget), strict=True)
    for contender, samples in others:
        for part in _parts(contender.subject, settings):
            yield _row(problem, part, Entry(contender, samples), Entry(*opponent))


def _parts(subject: Subject, settings: Settings) -> list[str]:
    """Return the parts of a subject that get a row each."""
    if subject.interface.fused:
        return [TOGETHER]
    return [part for part in settings.parts if part in subject.parts]


class Entry(NamedTuple):
    """A contender and what it took, round by round."""

    contender: Contender
    samples: Sequence[Mapping[str, float]]

    def times(self, part: str) -> Quartiles | None:
        """Return how long a part took, or both together."""
        names = PARTS if part == TOGETHER else (part,)
        taken = [sum(sample[name] for name in names) for sample in self.samples if names[-1] in sample]
        return Times(tuple(taken)).quartiles if taken else None


def _row(problem: Problem, part: str, mine: Entry, theirs: Entry) -> Row:
    """Return the row of a part, next to `fast`."""
    contender, times, fast_times = mine.contender, mine.times(part), theirs.times(part)
    work = operations(problem.case, part)
    return Row(
        function=contender.subject.functions["forward" if part == TOGETHER else part],
        layer=problem.case.layer.name,
        geometry=problem.geometry,
        count=problem.count,
        part=part,
        times=times,
        fast=fast_times,
        gflops=work / times.best / 1e9 if work and times else None,
        ratio=times.best / fast_times.best if times and fast_times else None,
        equal=contender.agrees(theirs.contender, part) if times else None,
        why=None if times else contender.why.get(part, "the interface has no such call"),
    )
