"""Recurrent cells with samples as columns: rnn_cell_forward(xt, a_prev, parameters), gradients in a dict.

deeplearning.ai's sequence course: xt is (n_x, m), a sequence (n_x, m, T_x), and each gate's weights stand in a dict.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from gradcheck.contract import Missing, Subject, SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.adapter import FunctionPair, parameters_of
from gradcheck.subjects.dialects.dialect import Dialect, Members
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

    Others have an rnn_forward, too; in the course's own text model it takes the labels and returns a loss.
    """
    names = parameters_of(members, cell.pair.forward)
    wanted = tuple(cell.pair.arguments)
    return len(names) >= len(wanted) and names[len(wanted) - 1].lower().startswith("param")


def _subjects(cell: Cell, members: Members) -> Iterator[Subject]:
    """Yield the layer, and the prediction that is made of its states."""
    found = _bound(cell, members)
    if found.interface.misfit:
        yield found
        return
    ways = [(found, small_call(found))]
    if cell.other_keys is not None and ways[0][1].forward <= Agreement.RAISED:
        other = _bound(cell.other_keys, members)
        ways.append((other, small_call(other)))
    subject, came = max(ways, key=lambda each: each[1].forward)
    yield _judgeable(cell, subject, came, members)
    if came.forward >= Agreement.SHAPED and not came.is_stub:
        yield from predicted(cell, members)


def _bound(cell: Cell, members: Members) -> Subject:
    pair = _with_notes(cell)
    return pair.speaking(pair.subject(members, partial(call, cell, members)))


def _with_notes(cell: Cell) -> FunctionPair:
    return replace(cell.pair, notes=(cell.note,))


def _judgeable(cell: Cell, subject: Subject, came: Tried, members: Members) -> Subject:
    """Return the subject, but for a part that is written for another interface."""
    misfit = {}
    if came.forward is Agreement.RAISED and not came.is_stub and _looks_up_another_key(subject):
        misfit["forward"] = f"{cell.pair.forward} reads another key of its dict than the course has: {came.problem}"
    if came.forward >= Agreement.SHAPED and not came.is_stub:
        why = gradients_misfit(cell, members, subject)
        misfit |= {} if why is None else {"backward": why}
    return replace(subject, interface=replace(subject.interface, misfit=misfit)) if misfit else subject


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
    title="recurrent cells, samples as columns: rnn_cell_forward(xt, a_prev, parameters), rnn_cell_backward(da_next, cache)",
    names=NAMES,
    subjects=subjects,
)
