"""Attention of one sample, q (S, D), k (T, D) and v (T, E): called as a layer with a batch of one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.contract import Array, Arrays, Interface, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import FunctionPair
from gradcheck.subjects.dialects.dialect import Members

Forward = Callable[[Params, Arrays], LocalCall]


@dataclass(frozen=True, kw_only=True)
class OneSample(FunctionPair):
    """A pair of functions that take no batch."""

    def subject(self, members: Members, forward: Forward, interface: Interface | None = None) -> Subject:
        """Return the subject, which has an axis for the batch."""
        return super().subject(members, partial(_called, forward), interface)

    def speaking(self, subject: Subject, theirs: Callable[[Arrays], Arrays] = dict) -> Subject:
        """Return the subject with its calls in the author's words."""
        return super().speaking(subject, lambda tensors: _alone(theirs(tensors)))


def _alone(tensors: Arrays) -> Arrays:
    """Return the tensors of the first sample, as views; a mask may have no axis for the samples."""
    return {name: values[0] if values.ndim == 3 else values for name, values in tensors.items()}


def _called(forward: Forward, params: Params, tensors: Arrays) -> LocalCall:
    call = forward(params, _alone(tensors))
    out = {name: _as_batch(value) for name, value in call.outputs.items()}
    return replace(call, outputs=out, arguments=tensors, backward=partial(_back, call))


def _back(call: LocalCall, dout: Array) -> dict[str, Any]:
    return {name: _as_batch(value) for name, value in call.backward(dout[0]).items()}


def _as_batch(value: Any) -> Any:
    """Return a result of one sample as that of a batch of one; what is no matrix stays as it is."""
    return value[np.newaxis] if isinstance(value, np.ndarray) and value.ndim == 2 else value
