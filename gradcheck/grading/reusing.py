"""Results of an earlier grading that hold for this one: of the same content, rubric, seed and version of the suite."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gradcheck.grading.journal import NAME, Entry, Journal, JournalError
from gradcheck.grading.refused import Refused
from gradcheck.grading.submissions import Submission

UNCONFINED = "process"
"""How a report calls what ran with the rights of the judge: it could have written its own results."""


def earlier(folder: Path, rubric: str, suite: str, seed: int | None) -> Journal:
    """Return the journal of an earlier grading.

    Raises
    ------
    Refused
        There is none, or its results do not hold for this rubric, version of the suite or seed.
    """
    path = folder / NAME
    if not path.is_file() or path.stat().st_size == 0:
        raise Refused(f"there is no grading in {folder} to reuse: name its folder, or leave out --reuse")
    try:
        return Journal(path, rubric, suite, seed or 0, is_wanted=seed is not None)
    except JournalError as problem:
        why = str(problem).rpartition(": ")[0]
        raise Refused(f"nothing can be reused: {why}; leave out --reuse") from None


def reusable(
    journal: Journal, left: Mapping[Submission, str], *, unsandboxed: bool
) -> Iterator[tuple[Submission, Entry]]:
    """Yield the results that hold for submissions that are left.

    A submission must have the name that it had: messages name files, and nobody shall read the name of another one.
    What was not judged, or ran in another kind of process, is left out.
    """
    wanted = {(each.name, content): each for each, content in left.items()}
    for entry in journal.entries():
        submission = wanted.get((entry.name, entry.content))
        ran = entry.target.isolation
        if submission and entry.is_ours is None and (ran is None or (ran == UNCONFINED) == unsandboxed):
            yield submission, entry
