"""Geometry that cannot be."""

import numpy as np

from gradcheck.contract import Malformed, SubjectError
from gradcheck.kernels.checks.check import KernelCheck, outcome, skipped
from gradcheck.kernels.report import Outcome
from gradcheck.kernels.trial import Trial

ACCEPTED = "takes a kernel that is larger than the padded image, of which there is no convolution"
ONE = ("n", "c", "f", "g")


def refusal(trial: Trial) -> Outcome:
    """A kernel larger than the padded image is refused."""
    if "refusal" in trial.declared:
        return skipped("refusal", "declared not to look at the geometry")
    params = trial.case.params
    if trial.case.layer.name != "conv2d" or not trial.kernel.checks_geometry:
        return skipped("refusal", "nobody asks it for what cannot be")
    taller = (params["h"] + sum(params["pad"][0])) // params["dilation"][0] + 2
    impossible = trial.but({**params, **dict.fromkeys(ONE, 1), "kh": taller})
    if impossible.skips is not None:
        return skipped("refusal", impossible.skips)
    shapes = impossible.case.layer.tensors(impossible.case.params)
    tensors = {name: np.ones(shape, trial.dtype.storage) for name, shape in shapes.items() if len(shape) != 3}
    try:
        trial.kernel.started(impossible.case, trial.dtype, tensors, None)()
    except Malformed:
        pass
    except SubjectError:
        return outcome("refusal", [])
    return outcome("refusal", [impossible.finding("refusal", ACCEPTED)])


REFUSAL = KernelCheck(name="refusal", judge=refusal)
