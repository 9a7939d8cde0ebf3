"""How an object learns whether it is trained: an argument of forward, an attribute, or a method for each mode."""

from dataclasses import replace
from typing import Any

from gradcheck.calling import guarded
from gradcheck.contract import SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.adapter import Value
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import probe_of
from gradcheck.subjects.dialects.objects.calls import made
from gradcheck.subjects.dialects.objects.using import Used

TRAINS = (
    "training",
    "is_training",
    "train_mode",
    "train",
    "is_train",
    "training_mode",
    "training_phase",
    "train_flg",
)
TESTS = (
    "testing_phase",
    "testing",
    "is_testing",
    "test_mode",
    "eval_mode",
    "inference",
    "test_phase",
    "is_test",
)
METHODS = (
    ("train", "eval"),
    ("train_mode", "eval_mode"),
    ("train", "test"),
    ("train", "evaluate"),
    ("train", "inference"),
)


def with_modes(used: Used, members: Members) -> Used:
    """Return the use with what switches between training and test; restricted to training where nothing does."""
    if _takes_mode(used):
        return used
    for train, test in METHODS:
        if {train, test} <= used.written.methods:
            return replace(used, mode_methods=(train, test))
    flags = plain_values(used, members)
    for name in (*TRAINS, *TESTS):
        if isinstance(flags.get(name), bool):
            return replace(used, attributes={**used.attributes, name: _flag(name in TRAINS)})
    if isinstance(flags.get("mode"), str):
        word = str(flags["mode"])
        return replace(used, attributes={**used.attributes, "mode": _words(word)})
    return used.narrowed(mode="train")


def _takes_mode(used: Used) -> bool:
    return any(getattr(value, "is_mode", False) for value in used.given.values())


def _flag(is_training: bool) -> Value:
    return lambda params, tensors: (params["mode"] == "train") == is_training


def _words(word: str) -> Value:
    test = "eval" if "eval" in word else "test"
    return lambda params, tensors: "train" if params["mode"] == "train" else test


def plain_values(used: Used, members: Members) -> dict[str, Any]:
    """Return the attributes of a new object that are plain values; none where it cannot be made."""
    case = probe_of(used.layer)
    case = case.but(params=used.express(case.params))
    try:
        layer = made(used, members, case.params, fill.tensors(case))
        flat = list(guarded(used.name, members["plain_attributes"], layer))
    except SubjectError:
        return {}
    return {str(name): value for name, value in zip(flat[::2], flat[1::2], strict=False)}


def backward_at_test(used: Used, is_right: bool) -> Used:
    """Ask for gradients at test time of a class only that gives them."""
    return used if is_right else replace(used, trains_only=True)
