"""The uses of a class: its styles are tried, and in each its parameters and gradients are found."""

from collections.abc import Iterator
from dataclasses import replace

from gradcheck.contract import Layer, SubjectError
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.im2col_classes.objects import Turn
from gradcheck.subjects.dialects.inferred.layouts import InTime
from gradcheck.subjects.dialects.objects.assigning import assignments, unknown
from gradcheck.subjects.dialects.objects.expressing import express_of
from gradcheck.subjects.dialects.objects.gradients import with_gradients
from gradcheck.subjects.dialects.objects.logs import Log
from gradcheck.subjects.dialects.objects.losses import with_factor
from gradcheck.subjects.dialects.objects.making import arguments, first_steps, shaping_steps
from gradcheck.subjects.dialects.objects.methods import with_methods
from gradcheck.subjects.dialects.objects.outputs import layout_of, misshapen, output
from gradcheck.subjects.dialects.objects.parameters import with_places
from gradcheck.subjects.dialects.objects.styles import styles
from gradcheck.subjects.dialects.objects.using import Used, times_dout
from gradcheck.subjects.dialects.objects.written import Written


def uses(written: Written, layer: Layer, members: Members, log: Log) -> Iterator[Used]:
    """Yield the uses in which forward gives an output of the right shape, with the gradients that are found."""
    for roles in assignments(written, layer.name):
        lacking = unknown(written.made, roles)
        if lacking:
            log.add(f"what to pass for {', '.join(lacking)} is not known")
            return
        yield from _in_styles(written, layer, roles, (members, log))


def _in_styles(
    written: Written, layer: Layer, roles: dict[str, str], where: tuple[Members, Log]
) -> Iterator[Used]:
    members, log = where
    called = False
    for style in styles(written, layer.name, roles):
        bare = Used(
            written=written,
            layer=layer,
            making=arguments(written, layer.name, roles, style, members),
            x=style.x,
            passed={"w": style.w, **({"y": style.x} if isinstance(style.x, InTime) else {})}
            | dict.fromkeys(("b", "gamma", "beta", "running_mean", "running_var"), style.b),
            express=express_of(layer.name, roles, style),
            steps=shaping_steps(written, layer.name, style, members),
            wide=express_of(layer.name, roles, style, is_flat=False),
            initial=tuple(first_steps(written, layer.name, style, members)),
            roles=roles,
            odd=style.odd,
            either=next(
                ((name, style.keeps) for name, role in roles.items() if role == "keep_or_drop"), None
            ),
        )
        for used in with_methods(bare, style):
            called = True
            log.tries += 1
            yield from _in_style(used, set(roles.values()), members, log)
    if not called:
        log.add(_unknown_methods(written))


def _unknown_methods(written: Written) -> str:
    """Say that the arguments of the two methods are not known."""
    forms = ((written.forward, written.given), (written.backward, written.back))
    shown = (f"{name}({', '.join(each.name for each in parameters)})" for name, parameters in forms)
    return f"what to pass to {' and '.join(shown)} is not known"


def _in_style(used: Used, have: set[str], members: Members, log: Log) -> Iterator[Used]:
    try:
        variants = list(with_places(used, have, members, log))
    except SubjectError as problem:
        log.add(problem)
        return
    for each in variants:
        try:
            form, out = output(each, members)
        except SubjectError as problem:
            log.broken = log.broken or each
            log.add(problem)
            continue
        layout = layout_of(form, out)
        if layout is None:
            log.add(misshapen(form, out))
            continue
        form = replace(form, out=layout)
        if form.layer.shapes.is_loss:
            form = with_factor(form, members)
        elif "dout" not in form.back.values():
            form = replace(form, turn=Turn(gradient=times_dout))
        yield from with_gradients(form, members, log)
