"""Why a backward that failed is right nonetheless: forward is wrong, and the failure is forward's.

Two proofs exist. Backward is the derivative of the subject's own forward (`gradcheck.evidence.own`). Or it gives the
right gradients as soon as what forward left wrong in the cache is put right (`gradcheck.evidence.mended`).
"""

from dataclasses import dataclass

from gradcheck.evidence.findings import changes_arguments, plain
from gradcheck.evidence.mended import right_with_a_right_cache
from gradcheck.evidence.own import has_the_dtype_of_its_own_forward, right_for_its_own_forward
from gradcheck.evidence.trial import Trial


@dataclass(frozen=True)
class Acquittal:
    """The reason why a failure is not backward's. `own`: it is right for the subject's own forward only."""

    why: str
    own: bool = False


UNRESOLVED = ("large", "big")
"""Numbers at which differences say little: an ordinary case decides."""

OWN = Acquittal("right for its own forward (which is wrong: see forward)", own=True)
MENDED = Acquittal("right with a right cache: what forward left in it is wrong (see forward)")


def acquittal(trial: Trial) -> Acquittal | None:
    """Return why a failure on a case is not backward's, or None if nothing proves it."""
    if _is_own(trial):
        return OWN
    if trial.subject.interface.fused or (is_trusted(trial) and is_trusted(plain(trial))):
        return None
    return MENDED if not is_trusted(_judged(trial)) and is_mended(trial) else None


def is_mended(trial: Trial) -> bool:
    """Return whether backward is right with a right cache, whether or not forward's output shows that it is wrong."""
    return not trial.subject.interface.fused and right_with_a_right_cache(_judged(trial))


def _judged(trial: Trial) -> Trial:
    """Return the trial to look at: a plain one for ties, where several gradients are right."""
    return plain(trial) if trial.case.fill == "ties" else trial


def acquittal_of_dtype(trial: Trial) -> Acquittal | None:
    """Return why gradients of the wrong dtype are not backward's fault, or None if nothing proves it."""
    return OWN if has_the_dtype_of_its_own_forward(trial) else None


def is_trusted(trial: Trial) -> bool:
    """Return whether forward's output is right, and its arguments are as they were."""
    return trial.forward_is_right and not changes_arguments(trial)


def _is_own(trial: Trial) -> bool:
    """Return whether backward is the derivative of its own forward here; where that is open, on ordinary numbers.

    Steps that outweigh the rounding of large numbers do not resolve how a function varies.
    """
    usual = plain(trial)
    # A wrong forward may be right on few numbers by chance.
    others = Trial(trial.subject, usual.case.but(seed=usual.case.seed + 1))
    for each in dict.fromkeys((trial, usual, others)):
        if each.forward_is_right or each.case.fill in UNRESOLVED:
            continue
        found = right_for_its_own_forward(each)
        if found is not None:
            return found
    return False
