"""What is to be verified: which layers and checks, on how many cases, and where the code runs."""

from dataclasses import dataclass

from gradcheck import layers
from gradcheck.contract import MODEL, Case
from gradcheck.isolation.limits import Limits

DEFAULT_CASES = 16

JUDGED = (*layers.BY_NAME, MODEL)
"""What can be asked for by name."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to verify: which layers and checks (all by default), on how many random cases, from which seed.

    `isolation` says where the code runs: the name of a level, ``"strongest"``, or ``"files"``, which is the strongest
    for files and folders, and this process for modules. `limits` are those of a worker.
    So many `processes`, one or two, judge what lives in workers, and share the memory that the limits allow.
    Where `judge` is false, nothing is: the report has the parts that there are, and each check that judges them.
    """

    dialect: str | None = None
    layers: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    cases: int = DEFAULT_CASES
    seed: int = 0
    only: Case | None = None
    isolation: str = "process"
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    judge: bool = True
    processes: int = 1
