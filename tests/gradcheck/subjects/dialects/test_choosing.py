import pytest

from gradcheck import Plan
from gradcheck.judging.run import verify_functions
from gradcheck.subjects import dialects
from gradcheck.subjects.dialects.dialect import Dialect


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("cs231n/loops.py", "cs231n"),
        ("im2col-classes/layers.py", "im2col-classes"),
        ("im2col-classes/habits.py", "im2col-classes"),
        ("per-image/layers.py", "per-image"),
        ("per-image/habits.py", "per-image"),
    ],
)
def test_file__is_read_in_its_own_dialect(judged, path, dialect):
    assert judged(path, layers=("relu", "affine"), checks=("implemented",), cases=0).dialect == dialect


def test_support_adds_what_a_file_does_not_define_itself(monkeypatch):
    given = []
    dialect = Dialect(
        name="x",
        title="",
        names=("applied_to_each",),
        subjects=lambda members: given.append(members) or (),
        support="image_objects",
    )
    monkeypatch.setattr(dialects, "DIALECTS", (dialect,))
    monkeypatch.setattr(dialects, "NAMED", (dialect,))
    monkeypatch.setitem(dialects.BY_NAME, "x", dialect)
    own = {"applied_to_each": len}
    verify_functions(own, Plan(dialect="x"))
    (members,) = given
    assert members["applied_to_each"] is len
    assert members["PlainActivator"]().forward(3) == 3
    assert own == {"applied_to_each": len}
