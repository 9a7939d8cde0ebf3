"""What a class does in its own way, beyond its arguments: found by calling it on a few more cases."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradcheck.contract import Array, SubjectError
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import habit
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import Agreement, tried
from gradcheck.subjects.dialects.objects.dropping import fitted_dropout
from gradcheck.subjects.dialects.objects.expressing import composed
from gradcheck.subjects.dialects.objects.norms import fitted_eps, fitted_norm
from gradcheck.subjects.dialects.objects.searching import way_of
from gradcheck.subjects.dialects.objects.using import Used
from gradcheck.subjects.dialects.objects.windows import fitted_conv, fitted_pool

Fit = Callable[[Used, Members], Used]


def fitted(used: Used, members: Members) -> Used:
    """Return a use as this class has it."""
    for step in _STEPS.get(used.layer.name, ()):
        used = step(used, members)
    return used


def _takes_images(used: Used, members: Members) -> Used:
    """Judge an affine layer on images, too, where it flattens them."""
    wide = replace(used, express=used.wide) if used.wide is not None else used
    found = tried(way_of(wide, members), used.layer.cases.grammar.read("n4d2x2_m4"))
    is_right = found.forward is Agreement.RIGHT and found.backward is Agreement.RIGHT
    return wide if is_right and used.x.name == "" and not used.x.fixed else used


_STEPS: dict[str, tuple[Fit, ...]] = {
    "affine": (_takes_images,),
    "conv2d": (fitted_conv,),
    "conv_transpose2d": (),
    "max_pool2d": (fitted_pool,),
    "avg_pool2d": (fitted_pool,),
    "batch_norm": (fitted_norm,),
    "spatial_batch_norm": (fitted_norm,),
    "layer_norm": (fitted_eps,),
    "group_norm": (fitted_eps,),
    "dropout": (fitted_dropout,),
}
