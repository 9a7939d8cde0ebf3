from types import SimpleNamespace

import pytest

from gradcheck import Plan
from gradcheck.judging.run import verify_functions
from gradcheck.subjects.dialects import BY_NAME, choose
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


@pytest.mark.parametrize(
    ("names", "dialect"),
    [
        ({"im2col", "col2im", "conv_forward_naive", "conv_backward_naive", "relu_forward"}, "cs231n"),
        ({"im2col", "col2im", "conv2d_forward", "conv2d_backward"}, "pair"),
        ({"ConvLayer", "Relu"}, "im2col-classes"),
        ({"ConvLayer", "ReluActivator", "Relu"}, "per-image"),
        ({"Sigmoid"}, "im2col-classes"),
        ({"conv2d", "Relu"}, "im2col-classes"),
        ({"max_pool2d", "ConvLayer"}, "per-image"),
        ({"conv2d", "conv2d_forward", "conv2d_backward"}, "pair"),
        ({"conv2d_backward"}, "pair"),
        ({"conv2d", "conv2d_backward"}, "framework"),
        ({"TwoLayerNet", "Affine", "Relu", "SoftmaxWithLoss"}, "im2col-classes"),
        ({"TwoLayerNet", "affine_forward", "affine_backward"}, "cs231n"),
    ],
)
def test_dialect_choice__takes_the_one_that_knows_most_and_of_two_the_first(names, dialect):
    assert choose([SimpleNamespace(members=dict.fromkeys(names, len))]).name == dialect


def test_support_adds_what_a_file_does_not_define_itself(monkeypatch):
    given = []
    dialect = Dialect(
        name="x",
        title="",
        names=("applied_to_each",),
        subjects=lambda members: given.append(members) or (),
        support="image_objects",
    )
    monkeypatch.setitem(BY_NAME, "x", dialect)
    own = {"applied_to_each": len}
    verify_functions(own, Plan(dialect="x"))
    (members,) = given
    assert members["applied_to_each"] is len
    assert members["PlainActivator"]().forward(3) == 3
    assert own == {"applied_to_each": len}
