"""A GRU in the course's style, whose definition is found by trying: gru_step_forward(x, prev_h, Wx, Wh, b).

The course has none, and people write it with one bias or two, with the gates in any order, with the update gate as the
share of the old state or of the new one, and with the reset gate before the product with the state's weights or after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, results_of
from gradcheck.contract import Array, Arrays, Case, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import (
    FunctionPair,
    Value,
    called,
    forward_call,
    parameters_of,
    written,
)
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.holders.gates import Array2, Reading, readings
from gradcheck.subjects.dialects.holders.slots import Slot, gathered
from gradcheck.subjects.dialects.holders.states import role_of
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call

WEIGHTS: Mapping[str, tuple[str, ...]] = {
    "Wx": ("wx", "w", "wih", "wxh", "wi", "weightih", "wzrx", "kernel"),
    "Wh": ("wh", "u", "whh", "weighthh", "uh", "r", "recurrentkernel"),
}
BIASES = frozenset({"b", "bx", "bh", "bih", "bhh", "bias", "biasih", "biashh", "bi"})
"""What arguments are called, in lower case and without underscores."""


@dataclass(frozen=True)
class Read:
    """A pair of functions whose weights are read in one way."""

    pair: FunctionPair
    reading: Reading

    @property
    def slots(self) -> tuple[Slot, ...]:
        """What each argument holds."""
        return self.reading.slots

    @property
    def state(self) -> str:
        """Our name of the state that is passed."""
        return self.pair.spec.shapes.differentiable[1]

    def absent(self, params: Params, tensors: Arrays) -> Arrays:
        """Return zeros for the bias that is not there."""
        missing = {"bx", "bh"} - self.reading.held
        return {name: np.zeros_like(tensors[name]) for name in missing}


def otherwise(pair: FunctionPair, usual: Subject, members: Members) -> Subject:
    """Return the subject of a GRU as its author defines it; the usual one where that is right, or nothing else fits.

    With two biases, an update gate that is exchanged is a mistake: the arguments are those of PyTorch's definition.
    """
    names = parameters_of(members, pair.forward)
    arrays = _arrays(names)
    if arrays is None or not {"forward"} & set(usual.parts):
        return usual
    is_usual = not usual.interface.misfit
    if is_usual and small_call(usual).forward is Agreement.RIGHT:
        return usual
    shaped: Subject | None = None
    for reading in _readings(arrays):
        if is_usual and _only_exchanges(reading):
            continue
        subject = _subject(Read(_pair(pair, names, reading), reading), members)
        if subject.interface.misfit:
            return subject
        came = small_call(subject)
        if came.forward is Agreement.RIGHT or came.is_stub:
            return subject
        if came.forward is Agreement.SHAPED and shaped is None:
            shaped = subject
    return usual if is_usual or shaped is None else shaped


def _arrays(names: Sequence[str]) -> list[Array2] | None:
    """Return the weights and biases among a forward's arguments; None where these are others."""
    if len(names) not in (5, 6) or role_of(names[0]) != "x" or role_of(names[1]) != "prev_h":
        return None
    plain = [name.lower().replace("_", "") for name in names[2:]]
    known = plain[0] in WEIGHTS["Wx"] and plain[1] in WEIGHTS["Wh"] and set(plain[2:]) <= BIASES
    if not known:
        return None
    kinds = (("Wx",), ("Wh",), ("b",), ("b",))
    return [
        Array2(path=name, stack=stack, is_fused=True) for name, stack in zip(names[2:], kinds, strict=False)
    ]


def _readings(arrays: Sequence[Array2]) -> Iterator[Reading]:
    """Yield the ways to read the weights, as (in, out) first."""
    for is_turned in (False, True):
        turned = [replace(each, is_turned=is_turned and each.stack != ("b",)) for each in arrays]
        yield from readings(turned, "gru")


def _only_exchanges(reading: Reading) -> bool:
    """Return whether a reading is the usual one but for the sign of the update gate."""
    pieces = reading.slots[0].rows[0]
    is_in_order = tuple(piece.block for piece in pieces) == (0, 1, 2)
    return is_in_order and not reading.before and not reading.slots[0].is_turned


def _pair(pair: FunctionPair, names: Sequence[str], reading: Reading) -> FunctionPair:
    state = pair.spec.shapes.differentiable[1]
    passed: dict[str, Value] = {slot.path: partial(_passed, slot) for slot in reading.slots}
    arguments: dict[str, Value] = {names[0]: "x", names[1]: state, **passed}
    options = {"reset": "before"} if reading.before else {}
    return replace(pair, arguments=arguments, express=lambda params: {**params, **options})


def _passed(slot: Slot, params: Params, tensors: Arrays) -> Array:
    return slot.theirs(tensors, params["h"])


def _subject(read: Read, members: Members) -> Subject:
    pair = read.pair
    found = pair.speaking(pair.subject(members, partial(_call, read, members)))
    interface = found.interface
    lacking = sorted({"bx", "bh"} - read.reading.held)
    texts = dict(interface.understood)
    if "forward" in texts:
        said = [read.reading.text, *(["weights (out, in)"] if read.slots[0].is_turned else [])]
        texts["forward"] += f", {', '.join(said)}"
    changed = replace(
        interface,
        understood=texts,
        returns=frozenset(found.layer.shapes.differentiable) - set(lacking),
        refused=(*interface.refused, *(f"{name}: not there" for name in lacking)),
    )
    has_backward = callable(members.get(pair.backward))
    return replace(found, interface=changed, parts=found.parts if has_backward else ("forward",))


def _call(read: Read, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a forward, and the backward that goes with it."""
    pair, absent = read.pair, read.absent(params, tensors)
    given = written(pair.arguments, params, {**tensors, **absent})
    back = partial(_gradients, read, members, params)

    def taken(returned: Any) -> LocalCall:
        out, cache = results_of(pair.forward, returned, pair.spec.shapes, params)
        return LocalCall({"out": out}, tensors, partial(back, cache), cache, observed=absent)

    forward = partial(called, members, pair.forward, *given.values())
    return forward_call(pair.forward, tensors, forward, taken, partial(back, None))


def _gradients(read: Read, members: Members, params: Params, cache: Any, dout: Array) -> dict[str, Any]:
    """Call a backward, and return the gradients in the layer's terms."""
    pair = read.pair
    given = written(pair.back_arguments, params, {"cache": cache, "dout": dout})
    returned = called(members, pair.backward, *given.values())
    names = ("x", read.state, *(slot.path for slot in read.slots))
    found = gradients(pair.backward, returned, names)
    shapes, width = Case(pair.spec, params).shapes, params["h"]
    pieces = [each for slot in read.slots for each in slot.ours(found[slot.path], shapes, width)]
    of_weights = gathered(pieces, shapes, width, adds=False)
    return {"x": found["x"], read.state: found[read.state], **of_weights}
