"""What a grading begins with: what is asked for, what is there already, and what is still to do."""

import dataclasses
import hashlib
import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gradcheck.grading import batch, submissions
from gradcheck.grading.journal import NAME, Journal, JournalError, content_of
from gradcheck.grading.refused import Refused
from gradcheck.grading.reusing import earlier, reusable
from gradcheck.grading.rubric import Rubric
from gradcheck.grading.submissions import Found, Submission
from gradcheck.grading.suite import suite
from gradcheck.judging.plan import Plan
from gradcheck.judging.seeds import secret_seed
from gradcheck.reporting.wording import name_of
from gradcheck.text import unknown


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
        Whether they run with the caller's rights.
    regrade : tuple of str
        Names of submissions that are judged again.
    formats : tuple of str
        Names of formats of other programs, besides what is always written.
    only_changed : bool
        Whether only what is new or has changed is judged, and what could not be judged is not tried again.
    reuse : Path, optional
        The folder of another grading, whose results are taken where they hold.
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
    formats: tuple[str, ...] = ()
    only_changed: bool = False
    reuse: Path | None = None
    dask: str | None = None


@dataclass(frozen=True)
class Start:
    """What a grading begins with: submissions, and for each that is left the hash of its content.

    `reused` has what holds from another grading. There is no journal where nothing is written and none is there.
    """

    found: Found
    journal: Journal | None
    plan: Plan
    left: dict[Submission, str]
    reused: tuple[str, ...] = ()


def beginning(wish: Wish, stack: ExitStack, *, is_dry: bool = False) -> Start:
    """Return what a grading begins with; where it `is_dry`, nothing is written.

    Raises
    ------
    Refused
        There is nothing to grade, nowhere to grade it, or something else in the folder.
    """
    found = submissions.found(wish.paths, stack, wish.out)
    names = [each.name for each in found.submissions]
    for name in set(wish.regrade) - set(names):
        raise Refused(unknown("submission", name, names))
    is_here = wish.dask in (None, "local")
    plan = batch.plan_of(wish.rubric, 0, unsandboxed=wish.unsandboxed, is_here=is_here)
    with ExitStack() as meanwhile:
        other = _other(wish, meanwhile)
        seed = wish.seed if other is None else other.seed
        journal = _journal(wish, seed, is_dry=is_dry)
        if journal is not None:
            stack.enter_context(closing(journal))
            plan = dataclasses.replace(plan, seed=journal.seed)
            if other is not None and journal.seed != other.seed:
                raise Refused(f"nothing can be reused: {wish.reuse} has another seed; leave out --reuse")
            if not is_dry:
                journal.take(names)
                journal.forget(wish.regrade)
        left = _left(wish, journal, found.submissions)
        reused = _reuse(wish, other, None if is_dry else journal, left)
    return Start(found, journal, plan, left, reused)


def _other(wish: Wish, stack: ExitStack) -> Journal | None:
    """Return the journal whose results are used again, if one is named."""
    if wish.reuse is None:
        return None
    if wish.reuse.resolve() == wish.out.resolve():
        raise Refused(f"--reuse and --out are both {wish.out}: it goes on by itself, leave out --reuse")
    return stack.enter_context(closing(earlier(wish.reuse, hash_of(wish.rubric), suite(), wish.seed)))


def _journal(wish: Wish, seed: int | None, *, is_dry: bool = False) -> Journal | None:
    """Return the journal in a folder that is empty, or has one; None where there is none, and none may be made."""
    path = wish.out / NAME
    if is_dry and not wish.out.exists():
        return None
    wish.out.mkdir(parents=True, exist_ok=True)
    if not path.exists() and os.listdir(wish.out):
        raise JournalError(f"{wish.out} is not empty, and has no grading in it: name another --out")
    if is_dry and not (path.exists() and path.stat().st_size):
        return None
    new = secret_seed() if seed is None else seed
    return Journal(path, hash_of(wish.rubric), suite(), new, is_wanted=wish.seed is not None)


def _left(wish: Wish, journal: Journal | None, several: Sequence[Submission]) -> dict[Submission, str]:
    """Return what is to be judged, with its content. What could not be judged is tried again, unless told otherwise."""
    contents = {each: content_of(Path(each.path)) for each in several}
    if journal is None:
        return contents
    there = {e.name: e.content for e in journal.entries()} if wish.only_changed else {}
    return {
        each: content
        for each, content in contents.items()
        if each.name in wish.regrade
        or not (there.get(each.name) == content if wish.only_changed else journal.has(each.name, content))
    }


def _reuse(
    wish: Wish, other: Journal | None, journal: Journal | None, left: dict[Submission, str]
) -> tuple[str, ...]:
    """Take what holds from another grading out of what is left, and keep it; return its names."""
    if other is None:
        return ()
    open_ = {each: content for each, content in left.items() if each.name not in wish.regrade}
    names = []
    for submission, entry in reusable(other, open_, unsandboxed=wish.unsandboxed):
        del left[submission]
        names.append(submission.name)
        if journal is not None:
            target = msgspec.structs.replace(entry.target, target=name_of(submission.shown))
            journal.add(msgspec.structs.replace(entry, target=target))
    return tuple(names)


def hash_of(rubric: Rubric) -> str:
    """Return a hash of what a rubric says, whatever its comments."""
    return hashlib.sha256(msgspec.json.encode(rubric, order="sorted")).hexdigest()
