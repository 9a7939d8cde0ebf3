"""A whole grading: what is there already, what is still to do, and the files that come of it."""

import hashlib
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gradcheck.grading import batch, results, submissions
from gradcheck.grading.journal import NAME, Entry, Journal, JournalError, content_of
from gradcheck.grading.refused import Refused
from gradcheck.grading.rubric import Rubric
from gradcheck.grading.scoring import scored
from gradcheck.grading.submissions import Submission
from gradcheck.grading.suite import suite
from gradcheck.judging.plan import Plan
from gradcheck.judging.seeds import secret_seed
from gradcheck.report import TargetReport
from gradcheck.text import unknown

Progress = Callable[[int, int, str], None]
"""Called with how many are done, how many there are, and the name of the last one."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be graded, and how.

    Attributes
    ----------
    paths : tuple of str
        Submissions, and folders and archives of them.
    rubric : Rubric
        What they are worth.
    out : Path
        Where the results go.
    seed : int, optional
        Of the cases; by default a secret one, or that of the grading that goes on.
    processes : int
        How many submissions are judged at once.
    unsandboxed : bool
        Whether they run with the rights of whoever calls.
    regrade : tuple of str
        Names of submissions that are judged again.
    dask : str, optional
        The address of a Dask scheduler whose workers judge, or ``"local"``; by default processes of this machine do.
    """

    paths: tuple[str, ...]
    rubric: Rubric
    out: Path
    seed: int | None = None
    processes: int = 1
    unsandboxed: bool = False
    regrade: tuple[str, ...] = ()
    dask: str | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a grading.

    `judged_now` counts those that were not judged before, `needs_a_person` names those that a person should look at,
    and `not_judged` those that could not be judged, by no fault of their own. `left_out` lists entries of folders that
    are no submissions.
    """

    graded: int
    judged_now: int
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
        found = submissions.found(wish.paths, stack, wish.out)
        several = found.submissions
        journal = stack.enter_context(closing(_journal(wish)))
        plan = batch.plan_of(
            wish.rubric, journal.seed, unsandboxed=wish.unsandboxed, is_here=wish.dask in (None, "local")
        )
        names = [each.name for each in several]
        for name in set(wish.regrade) - set(names):
            raise Refused(unknown("submission", name, names))
        journal.take(names)
        journal.forget(wish.regrade)
        contents = {each: content_of(Path(each.path)) for each in several}
        left = {each: content for each, content in contents.items() if not journal.has(each.name, content)}
        _grade(wish, journal, plan, left, len(several), progress)
        entries = _entries(journal, several)
        results.write(entries, wish.rubric, journal.seed, wish.out)
        return Summary(
            graded=len(entries),
            judged_now=len(left),
            needs_a_person=tuple(entry.name for entry in entries if entry.score.needs_a_person),
            not_judged=tuple(entry.name for entry in entries if entry.is_ours is not None),
            left_out=found.left_out,
        )


def _journal(wish: Wish) -> Journal:
    """Return the journal in a folder that is empty, or has one."""
    path = wish.out / NAME
    wish.out.mkdir(parents=True, exist_ok=True)
    if not path.exists() and os.listdir(wish.out):
        raise JournalError(f"{wish.out} is not empty, and has no grading in it: name another --out")
    seed = secret_seed() if wish.seed is None else wish.seed
    return Journal(path, hash_of(wish.rubric), suite(), seed, is_wanted=wish.seed is not None)


def _entries(journal: Journal, several: Sequence[Submission]) -> list[Entry]:
    """Return what came of each submission, with the place and the lateness that it has now."""
    now = {each.name: each for each in several}
    return [
        msgspec.structs.replace(entry, path=now[entry.name].shown, is_late=now[entry.name].is_late)
        for entry in journal.entries()
        if entry.name in now
    ]


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
        path=submission.shown,
        content=content,
        is_late=submission.is_late,
        seconds=judged.seconds,
        target=target,
        score=scored(target, rubric, is_ours=judged.is_ours),
        is_ours=judged.is_ours,
    )


def named(target: TargetReport, submission: Submission) -> TargetReport:
    """Return a report that has the submission's name where it had a path: the folders are the grader's own."""

    def shown(text: str) -> str:
        return text.replace(submission.path, submission.name)

    return msgspec.structs.replace(
        target,
        target=submission.shown,
        error=None if target.error is None else shown(target.error),
        notes=tuple(map(shown, target.notes)),
    )


def hash_of(rubric: Rubric) -> str:
    """Return a hash of what a rubric says, whatever its comments."""
    return hashlib.sha256(msgspec.json.encode(rubric, order="sorted")).hexdigest()
