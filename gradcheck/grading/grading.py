"""A whole grading: judges what is still to do, and writes the files that come of it."""

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, closing

import msgspec

from gradcheck.grading import batch, results
from gradcheck.grading.beginning import Wish, beginning
from gradcheck.grading.journal import Entry, Journal
from gradcheck.grading.rubric import Rubric
from gradcheck.grading.scoring import scored
from gradcheck.grading.submissions import Submission
from gradcheck.judging.plan import Plan
from gradcheck.report import TargetReport
from gradcheck.reporting.wording import name_of

Progress = Callable[[int, int, str], None]
"""Called with how many are done, how many there are, and the name of the last one."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a grading.

    `judged_now` counts those that were judged, `reused` those whose results are from another grading, and
    `left_alone` names those that were left as they are because nothing else was asked for. `needs_a_person` names those
    that a person should look at, and `not_judged` those that could not be judged, by no fault of their own. `left_out`
    lists entries of folders that are no submissions.
    """

    graded: int
    judged_now: int
    reused: int
    left_alone: tuple[str, ...]
    needs_a_person: tuple[str, ...]
    not_judged: tuple[str, ...]
    left_out: tuple[str, ...]


def grade(wish: Wish, progress: Progress) -> Summary:
    """Grade what is not graded yet, and write the results of all.

    Raises
    ------
    Refused
        There is nothing to grade, nowhere to grade it, or something else in the folder.
    OSError
        The results cannot be written.
    """
    with ExitStack() as stack:
        start = beginning(wish, stack)
        assert start.journal is not None
        several = start.found.submissions
        _grade(wish, start.journal, start.plan, start.left, len(several), progress)
        entries = Entries(start.journal, several)
        results.write(entries, wish.rubric, start.journal.seed, wish.out, wanted=wish.formats)
        now = {each.name for each in start.left} | set(start.reused)
        return Summary(
            graded=len(entries),
            judged_now=len(start.left),
            reused=len(start.reused),
            left_alone=tuple(e.name for e in entries if e.name not in now) if wish.only_changed else (),
            needs_a_person=tuple(entry.name for entry in entries if entry.score.needs_a_person),
            not_judged=tuple(entry.name for entry in entries if entry.is_ours is not None),
            left_out=start.found.left_out,
        )


class Entries(Collection[Entry]):
    """What came of each submission, with the place and the lateness that it has now.

    Each pass reads the journal anew, and holds one entry at a time: the reports of a large class do not fit in memory.
    """

    def __init__(self, journal: Journal, several: Sequence[Submission]) -> None:
        self._journal = journal
        self._now = {each.name: each for each in several}
        self._count = sum(name in self._now for name in journal.names())

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._journal.entries():
            now = self._now.get(entry.name)
            if now is not None:
                yield msgspec.structs.replace(entry, path=name_of(now.shown), is_late=now.is_late)

    def __contains__(self, entry: object) -> bool:
        return any(each == entry for each in self)


def _grade(
    wish: Wish,
    journal: Journal,
    plan: Plan,
    left: dict[Submission, str],
    count: int,
    progress: Progress,
) -> None:
    done = count - len(left)
    progress(done, count, "")
    if not left:
        return
    with closing(_judged(wish, list(left), plan)) as several:
        for each in several:
            journal.add(_entry(each, left[each.submission], wish.rubric))
            done += 1
            progress(done, count, each.submission.name)


def _judged(wish: Wish, left: list[Submission], plan: Plan) -> Generator[batch.Judged, None, None]:
    """Yield what comes of each submission, from this machine or from several."""
    if wish.dask is None:
        return batch.judged(left, plan, wish.processes)
    from gradcheck.grading import cluster  # as it needs an extra, few gradings need it

    return cluster.judged(left, plan, wish.dask, wish.processes)


def _entry(judged: batch.Judged, content: str, rubric: Rubric) -> Entry:
    submission = judged.submission
    target = named(judged.target, submission)
    return Entry(
        name=submission.name,
        path=name_of(submission.shown),
        content=content,
        is_late=submission.is_late,
        seconds=judged.seconds,
        target=target,
        score=scored(target, rubric, is_ours=judged.is_ours),
        is_ours=judged.is_ours,
        lessons=judged.lessons,
    )


def named(target: TargetReport, submission: Submission) -> TargetReport:
    """Return a report that has the submission's name where it had a path: the folders are the grader's own."""

    def shown(text: str) -> str:
        return text.replace(submission.path, submission.name)

    return msgspec.structs.replace(
        target,
        target=name_of(submission.shown),
        error=None if target.error is None else shown(target.error),
        notes=tuple(map(shown, target.notes)),
    )
