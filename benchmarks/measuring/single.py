"""One passing check of a gradient: ours, and PyTorch's own in both of its modes, on the same kernel."""

import runpy
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from gradcheck.contract import Case, Subject, parse_case
from gradcheck.evidence.probing import MISS_TARGET, exact_suspects
from gradcheck.evidence.trial import Trial
from gradcheck.layers import LAYERS
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.timing.race import in_turn, seconds
from gradcheck.timing.times import Quartiles, Times

PEER = Path(__file__).parents[2] / "tests" / "peers" / "torch_layers.py"
LINE = "conv2d n4c8h16w16_f8kh3kw3_s1x1_p1x1_d1x1_g1"
REPEATS = 20


def times() -> dict[str, Quartiles]:
    """Return how long a check takes: by this suite, and by ``torch.autograd.gradcheck``."""
    case = parse_case(LINE, LAYERS)
    runs = {
        "gradcheck": partial(check, subject(), case),
        "torch, fast mode": torch_check(case, fast_mode=True),
    }
    samples = in_turn([partial(seconds, run) for run in runs.values()], REPEATS, 10.0, 3)
    found = {name: Times(tuple(taken)).quartiles for name, taken in zip(runs, samples, strict=True)}
    slow = (seconds(torch_check(case, fast_mode=False)) for _ in range(2))
    found["torch, default mode"] = Times(tuple(slow)).quartiles
    return found


def subject() -> Subject:
    """Return PyTorch's convolution as a subject."""
    (found,) = (each for each in PAIR.subjects(runpy.run_path(str(PEER))) if each.layer.name == "conv2d")
    return found


def check(subject: Subject, case: Case) -> Trial:
    """Check every gradient of a subject on a case, from drawing the numbers to the last probe.

    Raises
    ------
    AssertionError
        If a gradient is refuted, or the chance that a wrong one was missed is above the suite's bound.
    """
    trial = Trial(subject, case)
    suspects = exact_suspects(trial)
    assert suspects == [], f"{case}: {suspects} are refuted"
    assert trial.miss_bound is not None
    assert trial.miss_bound <= MISS_TARGET, f"{case}: a miss has the chance {trial.miss_bound}"
    return trial


def torch_check(case: Case, *, fast_mode: bool) -> Callable[[], bool]:
    """Return a call of PyTorch's own check, of all three gradients."""
    import torch

    rng = np.random.default_rng(case.seed)
    shapes = case.shapes.values()
    tensors = [torch.from_numpy(rng.normal(size=shape)).requires_grad_() for shape in shapes]
    pads = [before for before, _ in case.params["pad"]]
    kernel = partial(torch.nn.functional.conv2d, stride=case.params["stride"], padding=pads)
    return partial(torch.autograd.gradcheck, kernel, tensors, fast_mode=fast_mode)
