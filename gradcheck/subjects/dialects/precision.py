"""Code that computes in single precision whatever it is given, as tensor libraries do: found by one call."""

from dataclasses import replace

import numpy as np

from gradcheck.contract import Subject, SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.adapter import habit
from gradcheck.subjects.dialects.inferred.ways import probe_of

WHY = "computes in single precision whatever it is given: judged in single precision alone"


def in_its_precision(subject: Subject) -> Subject:
    """Return the subject; if its output is single for double input, as one that is judged in that."""
    case = probe_of(subject.layer)
    case = case.but(params=subject.interface.express(case.params))
    try:
        out = subject.forward(case.params, fill.tensors(case)).outputs["out"]
    except SubjectError:
        return subject
    if not isinstance(out, np.ndarray | np.generic) or out.dtype != np.float32:
        return subject
    interface = replace(subject.interface, single=True)
    return replace(subject, interface=interface, notes=(*subject.notes, habit(WHY)))
