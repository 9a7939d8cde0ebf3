"""Square windows or images only, where a file copes with nothing else: a note says so, and it is judged on those."""

from dataclasses import replace
from enum import IntEnum
from functools import partial
from typing import Any

import numpy as np

from gradcheck.contract import Case, Subject, SubjectError
from gradcheck.evidence.trial import Trial
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import habit
from gradcheck.subjects.dialects.dialect import Express

EASY = {"h": 5, "w": 5}
OBLONG = ({"h": 6, "w": 4}, {"h": 4, "w": 6})
WINDOWS = ((3, 2), (2, 3))


class Coping(IntEnum):
    """How a subject fares on a geometry, best first."""

    RIGHT = 0
    WRONG = 1
    FAILS = 2


def as_square_as_needed(subject: Subject) -> Subject:
    """Return the subject; restricted to square images, and to square windows, where it copes better with those."""
    if "h" not in subject.layer.cases.grammar.names:
        return subject
    for what, harder, squared in _HARDER:
        best = _coping(subject, EASY, (2, 2))
        worst = max(_coping(subject, plane, window) for plane, window in harder)
        if worst > best:
            how = "is wrong on" if worst is Coping.WRONG else "fails on"
            why = f"assumes square {what}: it {how} others, and is judged on square ones only"
            express = partial(_squared, subject.interface.express, squared)
            interface = replace(subject.interface, express=express)
            subject = replace(subject, interface=interface, notes=(*subject.notes, habit(why)))
    return subject


def _coping(subject: Subject, plane: dict[str, int], window: tuple[int, int]) -> Coping:
    trial = Trial(subject, Case(subject.layer, subject.interface.express(_params(subject, plane, window))))
    try:
        truth = trial.reference.gradients(trial.dout)
        is_right = "forward" not in subject.parts or trial.forward_is_right
        same = [np.array_equal(values, truth[name]) for name, values in trial.grads.items()]
    except SubjectError:
        return Coping.FAILS
    return Coping.RIGHT if is_right and all(same) else Coping.WRONG


def _params(subject: Subject, plane: dict[str, int], window: tuple[int, int]) -> dict[str, Any]:
    """Return simple parameters of a layer: one image, stride 1, pad 1 where there is one."""
    params = {
        **subject.layer.cases.grammar.read(subject.layer.cases.tiny),
        **plane,
        "c": 2,
        "pad": ((1, 1), (1, 1)),
    }
    return {**params, **_with_window(params, window)}


def _with_window(params: Params, window: tuple[int, int]) -> dict[str, Any]:
    return {"kernel": window} if "kernel" in params else {"kh": window[0], "kw": window[1], "f": 2}


def _square_plane(params: Params) -> dict[str, Any]:
    side = max(params["h"], params["w"])
    return {"h": side, "w": side}


def _square_window(params: Params) -> dict[str, Any]:
    side = min(params.get("kernel") or (params["kh"], params["kw"]))
    return {"kernel": (side, side)} if "kernel" in params else {"kh": side, "kw": side}


def _squared(express: Express, squared: Express, params: Params) -> dict[str, Any]:
    return express({**params, **squared(params)})


_HARDER = (
    ("images", [(plane, (2, 2)) for plane in OBLONG], _square_plane),
    ("windows", [(EASY, window) for window in WINDOWS], _square_window),
)
