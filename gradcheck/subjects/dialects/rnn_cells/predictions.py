"""The course's predictions, softmax(Wya a_next + by): judged as a softmax of what the file's own states give."""

from collections.abc import Iterator

from gradcheck.contract import Subject
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.rnn_cells.layouts import Cell


def predicted(cell: Cell, members: Members) -> Iterator[Subject]:
    """Yield the subject of a forward's predictions, if it returns some."""
    yield from ()
