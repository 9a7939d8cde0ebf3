"""Impossible geometry."""

from collections.abc import Callable

import numpy as np

from gradcheck.contract import Malformed, SubjectError
from gradcheck.grammar import Params
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial

ONE = ("n", "c", "f", "g")


def _too_tall(params: Params) -> Params:
    taller = (params["h"] + sum(params["pad"][0])) // params["dilation"][0] + 2
    return {"kh": taller}


def _too_far(params: Params) -> Params:
    limit = max(params["stride"][0], params["dilation"][0])
    return {"output_pad": (limit, params["output_pad"][1])}


IMPOSSIBLE: dict[str, tuple[Callable[[Params], Params], str]] = {
    "conv2d": (
        _too_tall,
        "takes a kernel that is larger than the padded image, of which there is no convolution",
    ),
    "conv_transpose2d": (
        _too_far,
        "takes an output padding of a stride or more, which makes rows that nothing fills",
    ),
}
"""What a layer has to refuse, and what is said of a kernel that takes it."""


def refusal(trial: KernelTrial) -> KernelOutcome:
    """A kernel larger than the padded image is refused, and an output padding as large as the stride."""
    if "refusal" in trial.excused:
        return KernelOutcome.skipped("refusal", "declared not to look at the geometry")
    params = trial.case.params
    if trial.case.layer.name not in IMPOSSIBLE or not trial.kernel.traits.checks_geometry:
        return KernelOutcome.skipped("refusal", "it is not asked for an impossible geometry")
    changed, accepted = IMPOSSIBLE[trial.case.layer.name]
    impossible = trial.but({**params, **dict.fromkeys(ONE, 1), **changed(params)})
    if impossible.skips is not None:
        return KernelOutcome.skipped("refusal", impossible.skips)
    shapes = impossible.case.layer.shapes.inputs(impossible.case.params)
    tensors = {name: np.ones(shape, trial.dtype.storage) for name, shape in shapes.items() if len(shape) != 3}
    try:
        trial.kernel.started(impossible.case, trial.dtype, tensors, None)()
    except Malformed:
        pass
    except SubjectError:
        return KernelOutcome.of("refusal", [])
    return KernelOutcome.of("refusal", [impossible.finding("refusal", accepted)])


REFUSAL = KernelCheck(name="refusal", judge=refusal)
