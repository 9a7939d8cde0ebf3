"""Layers as classes, in anybody's interface: what a class is used as is found from its names, and by trying.

A class is judged only where a call that its interface accepts gives an output of the right shape. Everything else is
reported as not judged, with the reason.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from gradcheck.contract import PARTS, Subject
from gradcheck.grammar import Params
from gradcheck.layers import JUDGED
from gradcheck.subjects.dialects import holders
from gradcheck.subjects.dialects.dialect import Members, not_judged
from gradcheck.subjects.dialects.inferred.layouts import Stacked
from gradcheck.subjects.dialects.inferred.unlike import OF_COLUMNS, why_passed_on, why_unlike
from gradcheck.subjects.dialects.inferred.ways import Agreement, subject_of
from gradcheck.subjects.dialects.objects.describing import says_rows
from gradcheck.subjects.dialects.objects.fitting import fitted
from gradcheck.subjects.dialects.objects.logs import Log
from gradcheck.subjects.dialects.objects.naming import ALSO
from gradcheck.subjects.dialects.objects.otherwise import another_deviation, another_function
from gradcheck.subjects.dialects.objects.searching import Choice, chosen, way_of
from gradcheck.subjects.dialects.objects.understanding import said, understood, unpassed
from gradcheck.subjects.dialects.objects.using import Used
from gradcheck.subjects.dialects.objects.written import SMOOTHED, Written, written_class


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each class that is a layer."""
    classes = [written_class(name, members) for name in members]
    found = (subject for each in classes if each is not None for subject in _subjects(each, members))
    return (*found, *holders.subjects(members))


def _subjects(written: Written, members: Members) -> list[Subject]:
    found: list[Subject] = []
    logs: list[Log] = []
    for name in written.layers:
        log = Log()
        if name == SMOOTHED and len(written.layers) > 1:
            smoothed = _smoothed(written, members)
            if smoothed is not None:
                return [smoothed]
            continue
        choice = chosen(written, JUDGED[name], members, log)
        logs.append(log)
        if choice is not None and (
            (not found and not written.is_vague) or choice.tried.forward is Agreement.RIGHT
        ):
            found.append(_judged(written, choice, members))
            if choice.tried.forward is Agreement.RIGHT and not _is_named_by_argument(choice.used):
                return [*found, *_also(written, ALSO.get(name, ()), members)]
    if written.is_vague:
        return [each for each in found if not each.interface.misfit]
    broken = logs[0].broken_in_every_way
    if broken is not None and not found:
        return [_as_it_is(written, broken, members)]
    return found or [
        not_judged(JUDGED[written.layers[0]], _functions(written), dict.fromkeys(PARTS, logs[0].said))
    ]


def _smoothed(written: Written, members: Members) -> Subject | None:
    """Return a softmax loss as one whose targets are smoothed, if it is that; without any it is the usual one."""
    choice = chosen(written, JUDGED[SMOOTHED], members, Log())
    subject = None if choice is None else _judged(written, choice, members)
    return None if subject is None or subject.interface.misfit else subject


def _is_named_by_argument(used: Used) -> bool:
    """Return whether an argument says which layer a class is."""
    return used.has("mode") or (used.has("activation") and not used.has("slope_of") and not used.places)


def _also(written: Written, layers: tuple[str, ...], members: Members) -> Iterator[Subject]:
    """Yield what the same class is, too, where it is right as that."""
    for name in layers:
        choice = chosen(written, JUDGED[name], members, Log())
        if choice is not None and choice.tried.forward is Agreement.RIGHT:
            yield _judged(written, choice, members)


def _judged(written: Written, choice: Choice, members: Members) -> Subject:
    is_right = choice.tried.forward is Agreement.RIGHT
    is_right_back = choice.tried.backward is Agreement.RIGHT
    why = None if is_right else another_function(choice.used, members, is_right_back=is_right_back)
    why = why or another_deviation(choice.used, members)
    if why is not None:
        return not_judged(choice.used.layer, _functions(written), dict.fromkeys(PARTS, why))
    used = fitted(choice.used, members)
    why = why_unlike(way_of(used, members)) or (None if is_right else _unpassed_curve(used))
    if why == OF_COLUMNS and says_rows(written, members):
        why = None
    if why is not None:
        return not_judged(used.layer, _functions(written), dict.fromkeys(PARTS, why))
    passed_on = why_passed_on(way_of(used, members))
    used = used.noting(passed_on) if passed_on else used
    return subject_of(
        replace(way_of(used, members), notes=used.notes),
        _functions(written),
        ("forward",) if passed_on else PARTS,
        lenient=used.lenient,
        skips=_no_gradient_at_test if used.trains_only else _nothing_skipped,
        misfit={} if passed_on else _misfit(choice),
        understood=understood(used),
        unpassed=unpassed(used),
        refused=used.refused,
        spoken=partial(said, used) if isinstance(used.x, Stacked) or used.has("ignore_index") else None,
    )


def _unpassed_curve(used: Used) -> str | None:
    """Return why a curve is not judged whose values differ: what is never passed may be the reason."""
    left = [each.name for each in used.written.made if each.name not in used.making]
    is_curve = used.layer.name in ("softmax", "log_softmax", "gelu", "silu", "elu", "softplus")
    if not (left and is_curve):
        return None
    return f"its values differ from the layer's, and {', '.join(left)} may be the reason"


def _as_it_is(written: Written, used: Used, members: Members) -> Subject:
    return subject_of(way_of(used, members), _functions(written), PARTS, understood=understood(used))


def _misfit(choice: Choice) -> dict[str, str]:
    """Return why backward is not judged: it may have raised because its author would pass something more."""
    problem = choice.tried.problem
    if choice.tried.backward is Agreement.RAISED and re.search(WANTING, problem):
        return {"backward": problem}
    return {}


WANTING = r"raised (AttributeError|KeyError)|NoneType|takes \d+ positional|not subscriptable|not callable"
"""What is raised where an object lacks something, in a backward that was called in every way that is known."""


def _no_gradient_at_test(part: str, params: Params) -> str | None:
    if part == "backward" and params.get("mode") == "eval":
        return "this interface has no backward at test time"
    return None


def _nothing_skipped(part: str, params: Params) -> str | None:
    return None


def _functions(written: Written) -> dict[str, str]:
    return {"forward": f"{written.name}.{written.forward}", "backward": f"{written.name}.{written.backward}"}
