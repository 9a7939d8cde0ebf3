"""Plain functions on PyTorch's tensors. Without a backward of its own, autograd is a function's backward."""

from collections.abc import Iterator

from gradcheck.calling.signature import Described, described
from gradcheck.contract import Subject
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.cs231n.layers import PAIRS
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.functions.finding import Group, groups
from gradcheck.subjects.dialects.functions.fitting import Unfit, fitted, way_of
from gradcheck.subjects.dialects.inferred.arguments import Read, read_forward
from gradcheck.subjects.dialects.inferred.ways import Agreement, tried
from gradcheck.subjects.dialects.tensors.arrays import direct, on_tensors, pulled_back, recorded
from gradcheck.subjects.dialects.tensors.dictionaries import takes_dictionary, with_dictionary
from gradcheck.subjects.dialects.tensors.seeing import Seen, best_of, subject_of_view
from gradcheck.subjects.dialects.tensors.views import View, is_library


def subjects(members: Members) -> Iterator[Subject]:
    """Yield a subject for each function, or pair of functions, that does on tensors what it does not on arrays."""
    taken: set[str] = set()
    for pair in PAIRS:
        forward = members.get(pair.forward)
        if pair.forward not in taken and callable(forward) and takes_dictionary(described(forward)):
            for subject in _with_dictionary(members, pair.layer, pair.forward, pair.backward):
                taken.add(pair.forward)
                yield subject
    for group in groups(members):
        if group.forward is None or group.forward.name in taken or is_library(group.forward.declared):
            continue
        if takes_dictionary(group.forward.declared) and len(group.backward) < 2:
            back = group.backward[0].name if group.backward else ""
            yield from _with_dictionary(members, group.layer.name, group.forward.name, back)
        else:
            yield from _grouped(members, group)


def _with_dictionary(members: Members, layer: str, forward: str, backward: str) -> Iterator[Subject]:
    on_arrays = with_dictionary(
        layer,
        {"forward": forward, "backward": backward},
        direct(members, forward),
        direct(members, backward) if callable(members.get(backward)) else None,
    )
    if on_arrays is not None and on_arrays.rank[0] == Agreement.RIGHT:
        return
    if callable(members.get(backward)):
        names = {"forward": forward, "backward": backward}
        found = with_dictionary(layer, names, on_tensors(members, forward), on_tensors(members, backward))
    else:
        names = {"forward": forward, "backward": forward}
        wanted = differentiable(layer, read_forward(BY_NAME[layer], described(members[forward]).parameters))
        found = with_dictionary(layer, names, recorded(members, forward, wanted), pulled_back(members))
    if found is not None and found.is_understood:
        yield found.subject


def _grouped(members: Members, group: Group) -> Iterator[Subject]:
    found = best_of(views(members, group))
    if found is None or not found.is_understood or found.came is None:
        return
    if found.came.forward is Agreement.RIGHT or not _is_better_on_arrays(members, group, found):
        yield subject_of_view(found)


def _is_better_on_arrays(members: Members, group: Group, found: Seen) -> bool:
    fit = fitted(group, members)
    if isinstance(fit, Unfit) or found.came is None:
        return False
    return tried(way_of(fit, members), back=False).forward > found.came.forward


def views(members: Members, group: Group) -> Iterator[View]:
    """Yield the ways to see a group's functions: with their own backward, or with autograd's."""
    assert group.forward is not None
    name, layer = group.forward.name, group.layer.name
    if len(group.backward) == 1 or group.layer.shapes.is_loss:
        back = group.backward[0] if group.backward else None
        yield View(
            layer=layer,
            functions={"forward": name, "backward": back.name if back else name},
            forward=on_tensors(members, name),
            backward=on_tensors(members, back.name) if back else None,
            declared=group.forward.declared,
            back_declared=back.declared if back else Described(),
            manner="on PyTorch's tensors",
        )
    if not group.backward:
        yield by_autograd(members, layer, name, name, group.forward.declared)


def by_autograd(members: Members, layer: str, name: str, label: str, declared: Described) -> View:
    """Return a function of tensors, which `label` is the place of, whose backward is autograd's."""
    read = read_forward(BY_NAME[layer], declared.parameters)
    return View(
        layer=layer,
        functions={"forward": name, "backward": name},
        forward=recorded(members, label, differentiable(layer, read)),
        backward=pulled_back(members),
        declared=declared,
        is_derived=True,
        manner="on PyTorch's tensors, backward by autograd",
    )


def differentiable(layer: str, read: Read) -> list[int | str]:
    """Return the places, or the names, of the arguments that backward gives gradients for."""
    wanted = BY_NAME[layer].shapes.differentiable
    own = enumerate(read.slots)
    return [slot.name if slot.by_name else place for place, slot in own if slot.role in wanted]
