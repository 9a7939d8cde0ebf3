"""A failing case of a target as text, as ``gradcheck explain FILE "CASE LINE"`` shows it."""

from collections.abc import Iterator, Sequence

from gradcheck.contract import Case
from gradcheck.judging.explaining import Shown
from gradcheck.reporting import picture
from gradcheck.reporting.wording import in_words
from gradcheck.text import one_line

NOTHING = "Nothing is wrong on this case."


def as_text(case: Case, found: Sequence[Shown]) -> str:
    """Return the failures of one case, drawn."""
    head = [str(case), in_words(case), ""]
    return "\n".join(
        [*head, *(line for each in found for line in _of(each)), *([] if found else [NOTHING, ""])]
    )


def _of(each: Shown) -> Iterator[str]:
    """Yield one failure: what is wrong, then the picture."""
    title = " · ".join([each.layer, each.part, *([each.finding.tensor] if each.finding.tensor else [])])
    yield f"{title}    ({one_line(each.function)})"
    yield one_line(each.finding.message)
    if each.finding.where:
        yield f"where: {one_line(each.finding.where)}"
    yield ""
    if each.seen is not None and each.seen.got is not None:
        yield picture.as_text(picture.drawing(each.seen))
        yield ""
