"""Gradescope's ``results.json``: points, visibility, and a text for each function.

The format is that of Gradescope's documentation on autograder specifications: ``score``, ``tests`` with ``name``,
``score``, ``max_score``, ``output``, ``output_format`` and ``visibility``.
"""

from typing import Any

import msgspec

from gradcheck.grading.journal import Entry
from gradcheck.grading.results.shown import for_a_person, sentences
from gradcheck.grading.rubric import Hint, Rubric
from gradcheck.grading.scoring import PartScore
from gradcheck.text import one_line


def results(entry: Entry, rubric: Rubric, hint: Hint) -> str:
    """Return the file for one submission."""
    answer: dict[str, Any] = {
        "score": entry.score.score,
        "output": "\n".join(_summary(entry, rubric)),
        "output_format": "text",
        "execution_time": entry.seconds,
        "tests": [_test(entry, rubric, each, hint) for each in entry.score.parts],
    }
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


def _summary(entry: Entry, rubric: Rubric) -> list[str]:
    score = entry.score
    total = one_line(f"{score.score:g} of {score.max:g} points. {rubric.title or rubric.name}")
    return [total, *(f"A person will look at this: {each}" for each in for_a_person(entry))]


def _test(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint) -> dict[str, Any]:
    return {
        "name": one_line(f"{part.function or part.layer} ({part.part})"),
        "score": part.points,
        "max_score": part.max,
        "status": "passed" if part.points >= part.max else "failed",
        "output": "\n".join(sentences(entry, rubric, part, hint)),
        "output_format": "text",
        "visibility": part.visibility,
    }
