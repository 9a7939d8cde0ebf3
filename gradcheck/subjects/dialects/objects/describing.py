"""What a class says of itself in its docstrings."""

import re

from gradcheck.calling import guarded
from gradcheck.contract import SubjectError
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.objects.written import Written

OF_ROWS = re.compile(
    r"\((n|b|m|batch(_size)?|samples), ?(c|d|k|v|classes|num_classes|n_classes|features|dim)\)|last (axis|dim)"
    r"|axis ?= ?-?1\b|dim ?= ?-?1\b|(each|every|per|a) row\b|rows? ?-?wise|over (the |all )?(classes|features|columns)"
    r"|class axis|(each|every|per) (sample|example)",
    re.I,
)
OF_COLUMNS = re.compile(
    r"(each|every|per|a) column\b|columns? ?-?wise|axis ?= ?0|dim ?= ?0|first (axis|dim)|samples (are|as) columns"
    r"|\((c|d|k|v|classes|features), ?(n|b|m|batch|samples)\)",
    re.I,
)


def says_rows(written: Written, members: Members) -> bool:
    """Return whether a docstring says that samples are rows, or that the last axis is meant, and none the opposite."""
    try:
        text = guarded(written.name, members["docstrings_of"], members[written.name], written.forward)
    except SubjectError:
        return False
    whole = " ".join(text.split()) if isinstance(text, str) else ""
    return OF_ROWS.search(whole) is not None and OF_COLUMNS.search(whole) is None
