"""What a class does in its own way, beyond its arguments: found by calling it on a few more cases."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import SubjectError
from gradcheck.layers.loss import is_label
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.constants import constant
from gradcheck.subjects.dialects.inferred.lines import LINES, limits
from gradcheck.subjects.dialects.inferred.ways import (
    IGNORING,
    NOT_IGNORING,
    Agreement,
    is_theirs,
    probe_of,
    tried,
)
from gradcheck.subjects.dialects.objects.calls import call
from gradcheck.subjects.dialects.objects.dropping import fitted_dropout
from gradcheck.subjects.dialects.objects.encodings import fitted_encoding
from gradcheck.subjects.dialects.objects.expressing import SEVERAL_AXES, composed
from gradcheck.subjects.dialects.objects.losses import fitted_loss
from gradcheck.subjects.dialects.objects.norms import fitted_eps, fitted_norm, with_rank
from gradcheck.subjects.dialects.objects.optimizers import with_optimizer
from gradcheck.subjects.dialects.objects.roles import ON_TARGETS
from gradcheck.subjects.dialects.objects.searching import way_of
from gradcheck.subjects.dialects.objects.using import Used
from gradcheck.subjects.dialects.objects.windows import fitted_conv, fitted_pool, fitted_transposed

ONLY_ROWS = "samples with several axes: it is right without them alone"

Fit = Callable[[Used, Members], Used]


def fitted(used: Used, members: Members) -> Used:
    """Return a use as this class has it."""
    used = with_optimizer(used, members)
    for step in (_with_more_axes, *_STEPS.get(used.layer.name, ())):
        used = step(used, members)
    return used


def _with_more_axes(used: Used, members: Members) -> Used:
    """Judge a layer on samples with several axes, too, where it is right on two and on three."""
    if used.layer.name not in SEVERAL_AXES or used.x.name or used.wide is None:
        return used
    wide = replace(used, express=composed(used.wide, used.own))
    base = probe_of(used.layer).params
    for dims in ((2, 3), (2, 3, 2)):
        found = tried(way_of(wide, members), {**base, "dims": dims, **({"m": 4} if "m" in base else {})})
        if found.forward is not Agreement.RIGHT or found.backward is not Agreement.RIGHT:
            return replace(used, refused=(*used.refused, ONLY_ROWS))
    return wide


def _with_slope(used: Used, members: Members) -> Used:
    """Measure the slope that is written into a class."""
    if used.has("slope"):
        return used
    x = -np.arange(1.0, 7.0).reshape(2, 3)
    params = used.layer.cases.grammar.read("n2d3_a0.5")
    try:
        out = numbers(call(used, members, params, {"x": x}).outputs["out"])
    except SubjectError:
        return used
    slopes = (
        set() if out is None or out.shape != x.shape else {float(f"{each:.6g}") for each in (out / x).ravel()}
    )
    found = slopes.pop() if len(slopes) == 1 else 0.0
    return used.narrowed(slope=found) if 0 < found < 1 else used


def _with_alpha(used: Used, members: Members) -> Used:
    """Find the alpha that is written into a class."""
    return used if used.has("alpha") else used.narrowed(alpha=constant(way_of(used, members), "alpha"))


def _in_its_form(used: Used, members: Members) -> Used:
    """Find which of the two forms a gelu has."""
    return used.narrowed(approximate=constant(way_of(used, members), "approximate"))


def _with_ignored(used: Used, members: Members) -> Used:
    """Ignore the label that the class ignores by default, where it takes such labels."""
    name = used.named("ignore_index")
    if name is None:
        return used
    default = next(each.default for each in used.written.made if each.name == name)
    form = used.narrowed(label=str(default)) if is_label(default) else used
    params = used.layer.cases.grammar.read(IGNORING)
    ignored = form.express(params)["ignored"]
    if ignored == "none" or is_theirs(tried(way_of(form, members), params)):
        return form
    return replace(form.narrowed(ignored="none"), refused=(*form.refused, NOT_IGNORING))


def _on_a_line(used: Used, members: Members) -> Used:
    """Leave out what a pooling along a line has no answer to, or another one by convention."""
    for limit in list(limits(used.layer, used.express, partial(tried, way_of(used, members)))):
        used = used.noting(limit.why, express=composed(used.express, limit.express))
    return used


_STEPS: dict[str, tuple[Fit, ...]] = {
    "conv2d": (fitted_conv,),
    "conv_transpose2d": (fitted_transposed,),
    "max_pool2d": (fitted_pool,),
    "avg_pool2d": (fitted_pool,),
    **dict.fromkeys(LINES, (_on_a_line,)),
    "batch_norm": (fitted_norm,),
    "spatial_batch_norm": (fitted_norm,),
    "layer_norm": (fitted_eps, with_rank),
    "rms_norm": (fitted_eps, with_rank),
    "group_norm": (fitted_eps,),
    "instance_norm": (fitted_eps,),
    "leaky_relu": (_with_slope,),
    "elu": (_with_alpha,),
    "gelu": (_in_its_form,),
    "dropout": (fitted_dropout,),
    "positional_encoding": (fitted_encoding,),
    "softmax_loss": (_with_ignored, fitted_loss),
    **dict.fromkeys(("svm_loss", "smoothed_softmax_loss", *ON_TARGETS), (fitted_loss,)),
}
