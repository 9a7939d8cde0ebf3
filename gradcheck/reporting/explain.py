"""What ``gradcheck explain`` says of a mistake or a check."""

import inspect
import textwrap
from collections.abc import Sequence

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.checks.check import Check
from gradcheck.contract import Case, parse_case
from gradcheck.diagnosis.results import of_pair, of_subject, truth
from gradcheck.diagnosis.shrinking import failure_of, smallest
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import kill, subject_of
from gradcheck.layers import LAYERS
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant
from gradcheck.mistakes.mutation import apply
from gradcheck.report import Finding
from gradcheck.reporting.picture import worked

SECONDS = 2.0
WIDTH = 96


def known_names() -> list[str]:
    """Return everything that can be explained: the mistakes, by name, and the checks."""
    return [*dict.fromkeys(mutant.name for mutant in MUTANTS), *checks.BY_NAME]


def find(name: str) -> list[Mutant | Check]:
    """Return the mistakes of that name, of all layers, or given as ``layer.part.name``; and the check."""
    found: list[Mutant | Check] = [m for m in MUTANTS if name in (m.name, str(m), f"{m.layer}.{m.name}")]
    return [*found, checks.BY_NAME[name]] if name in checks.BY_NAME else found


def explained(subjects: Sequence[Mutant | Check]) -> str:
    """Return the explanations, one after the other."""
    return "\n".join(_mistake(each) if isinstance(each, Mutant) else _check(each) for each in subjects)


def _check(check: Check) -> str:
    paragraphs = [
        f"{check.name}: {check.title}",
        _filled(check.hint),
        f"It judges: {', '.join(check.parts)}.",
    ]
    return "\n\n".join(part for part in paragraphs if part) + "\n"


def _mistake(mutant: Mutant) -> str:
    lines = [
        f"{mutant.name}    ({mutant.layer}, {mutant.part})",
        "",
        _filled(mutant.why),
        "",
        _filled(f"Seen in {mutant.stands_for}."),
        "",
        *_edit("right", mutant.was),
        *_edit("wrong", mutant.now),
        "",
    ]
    return "\n".join([*lines, *_smallest_case(mutant), ""])


def _edit(label: str, code: str) -> list[str]:
    lines = inspect.cleandoc(code).split("\n")
    return [f"  {label if i == 0 else '':<7}{line}" for i, line in enumerate(lines)]


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH)


def _smallest_case(mutant: Mutant) -> list[str]:
    """Return the smallest case that shows the mistake, drawn."""
    with quiet(0):
        killed = kill(mutant)
        if killed.finding is None or killed.finding.case is None:
            return ["No case shows it."]
        case, finding = _shrunk(mutant, killed.finding)
        drawn = _drawn(mutant, case, finding)
    return [f"The smallest case: {case}", f"({killed.finding.check}: {finding.message})", "", drawn]


def _shrunk(mutant: Mutant, finding: Finding) -> tuple[Case, Finding]:
    subject = subject_of(mutant.layer, apply(mutant))
    check = checks.BY_NAME[finding.check]
    case = parse_case(finding.case or "", LAYERS)
    small, seen = smallest(case, subject, failure_of(subject, mutant.part, check, finding.tensor), SECONDS)
    return small, seen or finding


def _drawn(mutant: Mutant, case: Case, finding: Finding) -> str:
    """Return the picture; empty, where the results themselves are right or no arrays."""
    trial = Trial(subject_of(mutant.layer, apply(mutant)), case)
    given, right = of_subject(trial, mutant.part), truth(trial, mutant.part)
    if given.trouble is not None:
        given = of_pair(trial, mutant.part, apply(mutant))
    told = finding.tensor if finding.tensor in given.arrays and finding.tensor in right.arrays else None
    if told is None:
        return ""
    dout = trial.dout if mutant.part == "backward" else None
    return worked(case.params, trial.tensors, dout, told, given.arrays[told], right.arrays[told])
