"""Subclasses of torch.autograd.Function: judged through ``apply``, so that the author's backward runs."""

from collections.abc import Iterator
from dataclasses import replace

from gradcheck.calling import guarded
from gradcheck.calling.signature import Described, described
from gradcheck.contract import Subject, SubjectError
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.words import layer_of_class
from gradcheck.subjects.dialects.tensors.plain import by_autograd
from gradcheck.subjects.dialects.tensors.seeing import seen, subject_of_view
from gradcheck.subjects.dialects.tensors.views import is_library, method, signature_without

BASE = "_SingleLevelFunction"
"""What torch.autograd.Function derives from: other libraries have a Function with apply, too."""


def subjects(members: Members) -> Iterator[Subject]:
    """Yield a subject for each autograd function that is named after a layer."""
    for name, value in members.items():
        layer = layer_of_class(name)
        declared = described(value) if layer is not None and callable(value) else Described()
        if layer is not None and BASE in declared.bases and not is_library(declared):
            yield _subject(members, name, layer)


def _subject(members: Members, name: str, layer: str) -> Subject:
    also = [name for name in _aliases(members, name) if layer_of_class(name) == layer]
    functions = {part: ", ".join([f"{name}.{part}", *also]) for part in ("forward", "backward")}
    view = by_autograd(members, layer, f"{name}.apply", f"{name}.apply", _declared(members, name))
    # Its backward is the author's own: where it raises, that is a fault.
    view = replace(view, functions=functions, is_derived=False, manner="on PyTorch's tensors, by apply")
    return subject_of_view(seen(view))


def _declared(members: Members, name: str) -> Described:
    """Return the signature of apply: that of forward without ctx, which setup_context has instead."""
    forward = method(members, name, "forward")
    has_context = forward.parameters and forward.parameters[0].name in ("ctx", "context", "self", "_ctx")
    return signature_without(forward, forward.parameters[0].name) if has_context else forward


def _aliases(members: Members, name: str) -> tuple[str, ...]:
    found = [(each, value) for each, value in members.items() if callable(value)]
    names, things = tuple(each for each, _ in found), tuple(value for _, value in found)
    try:
        answer = guarded(name, members["torch_aliases"], members[name], names, things)
    except SubjectError:
        return ()
    return tuple(each for each in names if isinstance(answer, tuple) and each in answer)
