"""Plain functions on a file's own tensors: ``conv(a, b, stride=1)``, which makes an op and calls it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

from gradcheck.contract import Subject
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.functions.finding import Found, Group, groups
from gradcheck.subjects.dialects.functions.fitting import Unfit, fitted
from gradcheck.subjects.dialects.tensors.inputs import manners, readings
from gradcheck.subjects.dialects.tensors.seeing import Seen, best_of, subject_of_view
from gradcheck.subjects.dialects.tensors.views import CACHED, View


def subjects(members: Members, tensor: Any) -> Iterator[Subject]:
    """Yield a subject for each function that does on tensors what it does not on arrays."""
    for group in groups(members):
        if group.forward is None or not isinstance(fitted(group, members), Unfit):
            continue
        found = best_of(_views(members, group, group.forward, tensor))
        if isinstance(found, Seen) and found.is_understood:
            yield subject_of_view(found)


def _views(members: Members, group: Group, forward: Found, tensor: Any) -> Iterator[View]:
    """Yield the ways to call a function on tensors, with its backward if there is one."""
    back = group.backward[0] if len(group.backward) == 1 else None
    for (kind, labels), read in product(
        manners(group.layer, tensor), readings(forward.declared, group.layer)
    ):
        if kind is not None:
            view = View(
                layer=group.layer.name,
                functions={"forward": forward.name, "backward": back.name if back else forward.name},
                forward=partial(_called, members, forward.name, kind, labels),
                backward=partial(_called, members, back.name, kind, labels) if back else None,
                declared=forward.declared,
                read=read,
                back_declared=back.declared if back else CACHED,
                extra={"seed_global_numbers": members["seed_global_numbers"]},
                manner="on the file's own tensors",
            )
            yield view
            if back is not None:
                yield replace(view, backward=None)


def _called(members: Members, name: str, tensor: Any, labels: bool, *arguments: Any, **keywords: Any) -> Any:
    return members["own_called"](members[name], tensor, labels, arguments, keywords)
