"""Layers as classes, in anybody's interface: what a class is used as is found from its names, and by trying.

A class is judged only where a call that its interface accepts gives an output of the right shape. Everything else is
reported as not judged, with the reason.
"""

from dataclasses import replace

from gradcheck.contract import PARTS, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Dialect, Members, usual
from gradcheck.subjects.dialects.inferred.ways import Agreement, subject_of
from gradcheck.subjects.dialects.objects.fitting import fitted
from gradcheck.subjects.dialects.objects.searching import Log, chosen, way_of
from gradcheck.subjects.dialects.objects.using import Used
from gradcheck.subjects.dialects.objects.written import Written, written_class


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each class that is a layer."""
    classes = [written_class(name, thing) for name, thing in members.items()]
    return tuple(subject for each in classes if each is not None for subject in _subjects(each, members))


def _subjects(written: Written, members: Members) -> list[Subject]:
    found: list[Subject] = []
    logs: list[Log] = []
    for name in written.layers:
        log = Log()
        choice = chosen(written, BY_NAME[name], members, log)
        logs.append(log)
        if choice is not None and (not found or choice.tried.forward is Agreement.RIGHT):
            found.append(_subject(written, fitted(choice.used, members), members))
    return found or [_not_judged(written, logs[0])]


def _subject(written: Written, used: Used, members: Members) -> Subject:
    found = subject_of(
        replace(way_of(used, members), notes=used.notes),
        _functions(written),
        PARTS,
        lenient=used.lenient,
        skips=_no_gradient_at_test if used.trains_only else _nothing_skipped,
    )
    return found


def _no_gradient_at_test(part: str, params: Params) -> str | None:
    if part == "backward" and params.get("mode") == "eval":
        return "this interface has no backward at test time"
    return None


def _nothing_skipped(part: str, params: Params) -> str | None:
    return None


def _functions(written: Written) -> dict[str, str]:
    return {"forward": f"{written.name}.{written.forward}", "backward": f"{written.name}.{written.backward}"}


def _not_judged(written: Written, log: Log) -> Subject:
    why = "; ".join(log.reasons[:3]) or "no way to call it is known"
    return Subject(
        layer=BY_NAME[written.layers[0]],
        functions=_functions(written),
        forward=_never,
        interface=usual(misfit=dict.fromkeys(PARTS, why)),
    )


def _never(params: object, tensors: object) -> None:
    raise AssertionError("a class that is not judged is never called")


OBJECTS = Dialect(
    name="objects",
    title="classes in anybody's interface: Dense(n_in, n_out).forward(x), .backward(dout), gradients in attributes or steps",
    names=("Dense", "Linear", "Conv2D", "MaxPool2D", "ReLU", "BatchNorm", "Dropout", "SoftmaxCrossEntropy"),
    subjects=subjects,
    support="objects",
)
