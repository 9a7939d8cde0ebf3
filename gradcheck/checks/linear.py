"""The check `linear`: backward is linear in dout."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Subject
from gradcheck.evidence import compare
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def linear(trial: Trial, part: str) -> Iterator[Finding]:
    """Backward is linear in the upstream gradient.

    backward(2 a + 3 b) must equal 2 backward(a) + 3 backward(b). A mask computed from dout, or a dout that is not used,
    breaks this. The reported probability of a miss (`gradient`) holds for linear backwards only.
    """
    first, second = trial.dout, trial.upstream(index=1)
    a, b = (trial.fresh_gradients(dout) for dout in (first, second))
    both = 2 * first + 3 * second
    together = trial.fresh_gradients(both)
    for name in trial.wanted:
        bound = 4 * trial.gradient_bound(name, both)
        found = compare.difference(name, together[name], 2 * a[name] + 3 * b[name], bound)
        if found is not None:
            yield wrong_entry(
                trial, f"d{name}", found, "backward(2a + 3b) is not 2 backward(a) + 3 backward(b)"
            )


def _applies(subject: Subject, part: str) -> str | None:
    return "this interface has no upstream gradient" if subject.interface.fused else None


LINEAR = Check(name="linear", judge=linear, parts=("backward",), applies=_applies, by_tensor=True)
