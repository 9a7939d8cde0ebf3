"""cs231n: layers with a cache and dictionaries of parameters, im2col.py, recurrent layers, losses and models; NCHW.

Of assignment 1, the losses of linear classifiers and the update rules of optim.py.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, gradients, guarded
from gradcheck.calling.signature import described
from gradcheck.contract import PARTS, Array, Arrays, Interface, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.layers.loss import unignored
from gradcheck.models.rules import RULES
from gradcheck.subjects.dialects.adapter import forward_call
from gradcheck.subjects.dialects.cs231n.im2col import CUT, PASTE, columns
from gradcheck.subjects.dialects.cs231n.layers import PAIRS, layers
from gradcheck.subjects.dialects.cs231n.linear import CLASSIFIERS, linear_losses
from gradcheck.subjects.dialects.cs231n.models import NAMES, models
from gradcheck.subjects.dialects.cs231n.optimizers import update_rules
from gradcheck.subjects.dialects.cs231n.pairs import two
from gradcheck.subjects.dialects.cs231n.recurrent import LOSS, RECURRENT, WORDS, loss_on_tensors, recurrent
from gradcheck.subjects.dialects.cs231n.sandwiches import SANDWICHES, sandwiches
from gradcheck.subjects.dialects.dialect import LENIENT, Dialect, Express, Members
from gradcheck.subjects.dialects.expressing import hinge
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.signatures import form_of, read

LOSSES: dict[str, Express] = {"svm_loss": hinge, "softmax_loss": unignored, "temporal_softmax_loss": dict}

GIVEN = {"temporal_softmax_loss": frozenset({"large", "precision"})}
"""Checks that a loss fails as the course hands it out: it takes the logarithm of a probability, which may be 0."""


SOFTMAX = "softmax_loss"


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each pair of functions, for im2col and col2im, and for each loss of the module."""
    losses = [_loss(name, members) for name in LOSSES if callable(members.get(name))]
    return (
        *layers(members),
        *recurrent(members),
        *columns(members),
        *losses,
        *linear_losses(members),
        *sandwiches(members),
    )


def _loss(name: str, members: Members) -> Subject:
    on_tensors = loss_on_tensors(members) if name == LOSS.forward else None
    loss = _loss_on_arrays(name, members)
    return on_tensors or (_of_its_own(loss, members) if name == SOFTMAX else loss)


def _of_its_own(subject: Subject, members: Members) -> Subject:
    """Return a loss; as one that is not judged, if its value is another one and an option of its own may be why.

    An option that is off by default is no reason.
    """
    known = {each.name: each for each in described(members[SOFTMAX]).parameters}
    unpassed = [each for each in subject.interface.unpassed if each in known and known[each].default]
    if not unpassed or subject.interface.misfit or small_call(subject).forward is not Agreement.SHAPED:
        return subject
    why = f"its value differs from the layer's, and {', '.join(unpassed)} may be the reason"
    return replace(subject, interface=replace(subject.interface, misfit=dict.fromkeys(PARTS, why)))


def _loss_on_arrays(name: str, members: Members) -> Subject:
    return Subject(
        layer=BY_NAME[name],
        functions={"forward": name, "backward": name},
        forward=partial(_loss_call, name, members),
        interface=read(members, {"forward": (name, form_of(_arguments(name)))}).onto(
            Interface(express=LOSSES[name], fused=True, lenient=LENIENT | GIVEN.get(name, frozenset()))
        ),
    )


def _arguments(name: str) -> tuple[str, ...]:
    """Return what a loss is passed: all tensors of the layer."""
    layer = BY_NAME[name]
    return tuple(layer.case(layer.cases.tiny).shapes)


def _loss_call(name: str, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a loss, which returns its value and its gradient together."""
    back = partial(_loss_gradient, name)

    def read(returned: Any) -> LocalCall:
        loss, dx = (None, None) if returned is None else two(name, returned)
        missing = f"{name} returned no loss" if loss is None else None
        return LocalCall({"out": loss}, tensors, partial(back, dx), missing=missing)

    forward = partial(guarded, name, members[name], *(tensors[each] for each in _arguments(name)))
    return forward_call(name, tensors, forward, read, partial(back, None))


def _loss_gradient(name: str, dx: Any, dout: Array) -> dict[str, Any]:
    return gradients(name, dx, ("x",))


_OF_PAIRS = [name for pair in (*PAIRS, *SANDWICHES, *RECURRENT, *WORDS) for name in pair.names.values()]
_FUNCTIONS = [*_OF_PAIRS, *LOSSES, *CLASSIFIERS, CUT, PASTE, *NAMES, *RULES]

CS231N = Dialect(
    name="cs231n",
    title="assignment 2's layers.py: conv_forward_naive(x, w, b, conv_param), conv_backward_naive(dout, cache), ...",
    names=tuple(dict.fromkeys(_FUNCTIONS)),
    subjects=subjects,
    models=lambda members: (*models(members), *update_rules(members)),
)
