"""The subject of a class that holds a layer's weights, and what the report says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from gradcheck.calling.signature import shown
from gradcheck.contract import PARTS, Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import habit, spelled
from gradcheck.subjects.dialects.dialect import Members, usual
from gradcheck.subjects.dialects.holders.classes import Declared
from gradcheck.subjects.dialects.holders.holder import Holder, call

SINGLE = "holds its weights in single precision: judged in single precision alone"


def subject_of_holder(
    holder: Holder, members: Members, declared: Declared, said: Iterable[str], misfit: Mapping[str, str]
) -> Subject:
    """Return the subject of a class. `said` is what is particular about how it is understood."""
    made = shown(holder.name, declared.facts.signature)
    texts = [f"made as {made}", *filter(None, said)]
    interface = usual(
        holder.form.express,
        understood={
            "forward": f"{declared.functions['forward']} ({', '.join(texts)})",
            "backward": f"{declared.functions['backward']} ({_where(holder)})",
        },
        returns=_returns(holder),
        refused=tuple(_refused(holder)),
        misfit=misfit,
        spoken=partial(_spoken, holder),
        single=holder.is_single,
    )
    return Subject(
        layer=holder.layer,
        functions=declared.functions,
        forward=partial(call, holder, members),
        parts=PARTS,
        notes=(habit(SINGLE),) if holder.is_single else (),
        interface=replace(interface, lenient=interface.lenient | {"large"}),
    )


def _returns(holder: Holder) -> frozenset[str] | None:
    """Return the tensors whose gradients are judged; all that it should give where none was found."""
    wanted = frozenset(holder.layer.shapes.differentiable)
    found = holder.returns & wanted
    return found if found else wanted & (holder.held | holder.form.inputs_asked)


def _where(holder: Holder) -> str:
    """Return where gradients are read."""
    paths: dict[str, list[str]] = {"held": [], "step": [], **_paths(holder)}
    texts = [f"gradients in {', '.join(paths['held'])}"] if paths["held"] else []
    texts += [f"the steps of {', '.join(paths['step'])}, divided by the rate"] if paths["step"] else []
    return "; ".join(texts) or "its gradients are returned"


def _paths(holder: Holder) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in holder.of_slots.values():
        found.setdefault(source.kind, []).append(source.key.replace("/", "."))
    return found


def _refused(holder: Holder) -> Iterable[str]:
    """Yield what the report says that a class is not asked."""
    wanted = set(holder.layer.shapes.differentiable)
    lacking = [name for name in sorted(wanted - holder.held) if name[0] in "Wb"]
    if lacking:
        yield f"{', '.join(lacking)}: not there"
    unfound = sorted((wanted & holder.held) - holder.returns)
    if unfound:
        yield f"the gradient of {', '.join(unfound)}: not found"


def _spoken(holder: Holder, params: Params, tensors: Arrays) -> str:
    """Return a call as its author would write it."""
    extents = holder.form.extents(params)
    made = spelled(holder.name, {name: extents[role] for name, role in holder.made.items()})
    return made + spelled(f".{holder.forward}", holder.form.given(params, tensors))
