"""Where the numbers lie in memory."""

from gradcheck.contract import SubjectError
from gradcheck.kernels.checks.check import KernelCheck, outcome, skipped
from gradcheck.kernels.checks.comparing import compared, numbers
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.layouts import LAYOUTS, Layout, combinations, unaligned
from gradcheck.kernels.report import Outcome
from gradcheck.kernels.trial import Trial
from gradcheck.report import Finding

NO_STRIDES = "arrays are copied on their way in"


def layout(trial: Trial) -> Outcome:
    """The same results wherever the numbers lie: channels last, reversed axes, with gaps, inside a larger array.

    What lies beside the numbers is NaN, so that reading it shows.
    """
    filled = numbers(trial)
    if filled is None or not trial.kernel.has_strides:
        return skipped("layout", NO_STRIDES)
    tensors = [name for name in ("x", "w") if name in filled.tensors]
    names = tensors + (["dout"] if filled.dout is not None else [])
    findings: list[Finding] = []
    for title, chosen, changed in combinations(names):
        findings += _judged(trial, "layout", filled, LAYOUTS[chosen], changed, f"wrong with {title}")
    return outcome("layout", findings)


def alignment(trial: Trial) -> Outcome:
    """The same results where arrays do not begin at a multiple of 64 bytes."""
    filled = numbers(trial)
    if filled is None:
        return skipped("alignment", "no integers are small enough")
    names = (*filled.tensors, "dout")
    return outcome(
        "alignment",
        _judged(trial, "alignment", filled, unaligned, names, "wrong where memory is not aligned"),
    )


def _judged(
    trial: Trial, check: str, filled: Filled, moved: Layout, changed: tuple[str, ...], message: str
) -> list[Finding]:
    tensors = {name: moved(array) if name in changed else array for name, array in filled.tensors.items()}
    dout = filled.dout if filled.dout is None or "dout" not in changed else moved(filled.dout)
    try:
        return compared(trial, check, filled, tensors, dout, message)
    except SubjectError as problem:
        return [trial.failed(check, type(problem)(f"{message}: {problem}"))]


LAYOUT = KernelCheck(name="layout", judge=layout)
ALIGNMENT = KernelCheck(name="alignment", judge=alignment)
