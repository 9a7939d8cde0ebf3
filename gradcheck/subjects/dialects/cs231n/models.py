"""The course's models: a class with `params`, `loss(X, y)` -> loss and gradients, `loss(X)` -> scores.

They are made small, with the keywords of the assignment; whatever a student names a class, one of these may fit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gradcheck.calling import guarded
from gradcheck.calling.raising import sort_of
from gradcheck.contract import Array, Function, Shape, SubjectError
from gradcheck.models.network import Model
from gradcheck.subjects.dialects.dialect import Members

Keywords = Mapping[str, Any]

FEATURES, CLASSES = 5, 3
IMAGE = (2, 2, 4)
DOUBLE = {"dtype": "float64"}
"""By its name: types do not travel."""


@dataclass(frozen=True)
class Constructor:
    """The keywords of a constructor, and the shape of a sample that they ask for.

    Where `late`, the regularisation is an argument of loss, as in assignment 1.
    """

    keywords: Keywords
    shape: Shape
    late: bool = False


CONV = Constructor(
    {
        "input_dim": IMAGE,
        "num_filters": 3,
        "filter_size": 3,
        "hidden_dim": 4,
        "num_classes": CLASSES,
        **DOUBLE,
    },
    IMAGE,
)
DEEP = Constructor(
    {"hidden_dims": [4, 3], "input_dim": FEATURES, "num_classes": CLASSES, **DOUBLE}, (FEATURES,)
)
SHALLOW = Constructor({"input_dim": FEATURES, "hidden_dim": 4, "num_classes": CLASSES}, (FEATURES,))
FIRST = Constructor(
    {"input_size": FEATURES, "hidden_size": 4, "output_size": CLASSES}, (FEATURES,), late=True
)
CONSTRUCTORS = (CONV, DEEP, SHALLOW, FIRST)

NAMES = ("TwoLayerNet", "FullyConnectedNet", "ThreeLayerConvNet")

VARIANTS: tuple[Keywords, ...] = (
    {"normalization": "batchnorm"},
    {"normalization": "layernorm"},
    {"use_batchnorm": True},
    {"dropout_keep_ratio": 0.75, "seed": 231},
    {"dropout": 0.75, "seed": 231},
)
"""What else the deeper networks can be made with; which of them depends on the year."""


def models(members: Members) -> tuple[Model, ...]:
    """Return every model that can be made, and again with each variant that it knows."""
    return tuple(
        model for name in members if _has_loss(members, name) for model in _models(name, members[name])
    )


def _has_loss(members: Members, name: str) -> bool:
    if not callable(members[name]) or sort_of(members[name]) == "function":
        return False
    try:
        return callable(guarded(name, getattr, members[name], "loss"))
    except SubjectError:
        return False


def _models(name: str, made_by: Function) -> Iterator[Model]:
    constructor = next((each for each in CONSTRUCTORS if _accepts(name, made_by, each)), None)
    if constructor is None:
        # A class that the assignment names is judged anyway, so that its own exception is reported.
        if name in NAMES:
            yield _model(name, made_by, CONV if "Conv" in name else DEEP if "Connected" in name else SHALLOW)
        return
    yield _model(name, made_by, constructor)
    for variant in VARIANTS:
        varied = replace(constructor, keywords={**constructor.keywords, **variant})
        if constructor is DEEP and _accepts(name, made_by, varied):
            keywords = ", ".join(f"{key}={value!r}" for key, value in variant.items() if key != "seed")
            yield replace(_model(name, made_by, varied), name=f"{name}({keywords})", is_plain=False)


def _accepts(name: str, made_by: Function, constructor: Constructor) -> bool:
    """Return whether a class can be made with these keywords. That it fails otherwise is for the judge to find."""
    try:
        _make(name, made_by, constructor, 0.0)
    except SubjectError as problem:
        return problem.kind is not TypeError
    return True


def _model(name: str, made_by: Function, constructor: Constructor) -> Model:
    return Model(
        name=name,
        make=partial(_make, name, made_by, constructor),
        loss=partial(_loss, name, constructor.late),
        shape=constructor.shape,
        classes=CLASSES,
        halves=not constructor.late,
    )


def _make(name: str, made_by: Function, constructor: Constructor, regularisation: float) -> Any:
    late = {} if constructor.late else {"reg": regularisation}
    return guarded(name, made_by, **constructor.keywords, **late)


def _loss(name: str, late: bool, made: Any, x: Array, y: Array | None, regularisation: float) -> Any:
    function = guarded(name, getattr, made, "loss")
    if y is None:
        return guarded(f"{name}.loss", function, x)
    keywords = {"reg": regularisation} if late else {}
    return guarded(f"{name}.loss", function, x, y, **keywords)
