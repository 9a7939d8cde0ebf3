"""Recurrent cells with samples as columns: rnn_cell_forward(xt, a_prev, parameters), gradients in a dict.

deeplearning.ai's sequence course: xt is (n_x, m), a sequence (n_x, m, T_x), and each gate's weights stand in a dict.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from gradcheck.contract import Missing, Subject, SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.adapter import parameters_of
from gradcheck.subjects.dialects.dialect import Dialect, Members, not_judged
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried, probe_of, small_call
from gradcheck.subjects.dialects.rnn_cells.calls import call, gradients_misfit
from gradcheck.subjects.dialects.rnn_cells.layouts import CELLS, Cell
from gradcheck.subjects.dialects.rnn_cells.predictions import predicted

NAMES = tuple(name for cell in CELLS for name in cell.pair.names.values())


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each cell and each sequence whose forward takes its weights in a dict."""
    return tuple(each for cell in CELLS if _is_in(cell, members) for each in _subjects(cell, members))


def _is_in(cell: Cell, members: Members) -> bool:
    """Return whether a file's forward is the course's, by what its parameters are called.

    Others have an rnn_forward, too, whose states are h; in the course's own text model it takes the labels.
    """
    names = [name.lower() for name in parameters_of(members, cell.pair.forward)]
    begin = [*(wanted[0] for wanted in list(cell.pair.arguments)[:-1]), "param"]
    return len(names) >= len(begin) and all(map(str.startswith, names, begin))


def _subjects(cell: Cell, members: Members) -> Iterator[Subject]:
    """Yield the layer, and the prediction that is made of its states."""
    found = _bound(cell, members)
    if "forward" in found.interface.misfit:
        yield found
        return
    own, subject, came = max(_ways(cell, found, members), key=lambda each: each[2].forward)
    yield from _judgeable(own, subject, came, members)
    if came.forward >= Agreement.SHAPED and not came.is_stub:
        yield from predicted(own, members)


def _ways(cell: Cell, found: Subject, members: Members) -> Iterator[tuple[Cell, Subject, Tried]]:
    """Yield the cell with each set of keys that it may be written for, the usual one first."""
    came = small_call(found)
    yield cell, found, came
    if cell.other_keys is not None and came.forward <= Agreement.RAISED and not came.is_stub:
        other = _bound(cell.other_keys, members)
        yield cell.other_keys, other, small_call(other)


def _bound(cell: Cell, members: Members) -> Subject:
    pair = replace(cell.pair, notes=(cell.note,))
    subject = pair.speaking(pair.subject(members, partial(call, cell, members)))
    refused = tuple(f"{name} of {pair.forward}: not judged" for name in cell.others)
    return replace(subject, interface=replace(subject.interface, refused=refused))


def _judgeable(cell: Cell, subject: Subject, came: Tried, members: Members) -> Iterator[Subject]:
    """Yield the subject; a part that is written for another interface by itself, with the reason."""
    if came.forward is Agreement.RAISED and not came.is_stub and _looks_up_another_key(subject):
        why = f"{cell.pair.forward} reads a key that the course's dict has not: {came.problem}"
        yield not_judged(subject.layer, subject.functions, {"forward": why})
        return
    judged = came.forward >= Agreement.SHAPED and not came.is_stub
    reason = gradients_misfit(cell, members, subject) if judged else None
    if reason is None:
        yield subject
        return
    yield replace(subject, parts=("forward",))
    yield not_judged(subject.layer, subject.functions, {"backward": reason}, parts=("backward",))


def _looks_up_another_key(subject: Subject) -> bool:
    case = probe_of(subject.layer)
    try:
        subject.forward(dict(case.params), fill.tensors(case))
    except Missing:
        return False
    except SubjectError as problem:
        return problem.kind is not None and issubclass(problem.kind, KeyError)
    return False


RNN_CELLS = Dialect(
    name="rnn-cells",
    title="recurrent cells, samples as columns: rnn_cell_forward(xt, a_prev, parameters), gradients in a dict",
    names=NAMES,
    subjects=subjects,
)
