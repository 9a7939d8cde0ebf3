"""What a report says beside its failures, in words that every format can use."""

import os
import shlex
from collections.abc import Sequence

from gradcheck.contract import MODEL
from gradcheck.report import Finding, PartReport, Severity, TargetReport, Verdict
from gradcheck.subjects.loading.errors import LIKE_PYTHON_2, NOT_PYTHON
from gradcheck.text import one_line

LONGEST_PATH = 4096
FILES = (".py", ".ipynb", ".zip")

TRANSLATE = (
    "translate it to Python 3, by a tool such as modernize or by hand: print(...), // between integers, "
    "list(map(...)). Nothing is rewritten here: what is judged is what was written"
)


def name_of(target: str) -> str:
    """Return a target as it can be printed."""
    return one_line(target, LONGEST_PATH)


def replay_line(target: TargetReport, case: str, dialect: str | None = None) -> str:
    """Return the command that shows a case again, ready to be pasted into a shell, where it ran the first time."""
    return f'gradcheck replay {shlex.quote(name_of(target.target))} "{case}"{_as_before(target, dialect)}'


def model_line(target: TargetReport, check: str, seed: int, dialect: str | None = None) -> str:
    """Return the command that judges a target's networks again by one check, which no case line can say."""
    options = f" --seed {seed}" * bool(seed) + _as_before(target, dialect)
    return f"gradcheck verify {shlex.quote(name_of(target.target))} --layer {MODEL} --check {check}{options}"


def _as_before(target: TargetReport, dialect: str | None) -> str:
    """Return the options that have a target judged as it was."""
    is_file = target.target.endswith(FILES) or os.sep in target.target
    options = f" --dialect {dialect}" if dialect else ""
    return options + (" --in-process" if is_file and target.isolation == "process" else "")


def inconclusive(part: PartReport) -> list[str]:
    """Return the checks of a part that came to no verdict, by reason."""
    by_reason: dict[str, list[str]] = {}
    for check in part.checks:
        if check.verdict is Verdict.INCONCLUSIVE and check.reason:
            by_reason.setdefault(one_line(check.reason), []).append(check.check)
    return [f"{', '.join(names)} {reason}" for reason, names in by_reason.items()]


def failed_checks(part: PartReport) -> str:
    """Return the names of the checks that failed."""
    return ", ".join(check.check for check in part.checks if check.verdict.is_wrong)


def notes(target: TargetReport) -> dict[str, list[str]]:
    """Return what is worth knowing but not wrong, by function: conventions, and why a part is missing.

    What is the same of several tensors is said once.
    """
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for part in target.parts:
        for finding in part.findings:
            if finding.severity is Severity.NOTE or finding.verdict is Verdict.MISSING:
                key, tensor = _note(finding)
                found.setdefault(part.function, {}).setdefault(key, []).append(tensor)
    return {function: list(map(_told, each.items())) for function, each in found.items()}


def _note(finding: Finding) -> tuple[tuple[str, str], str]:
    """Return who says it, what is said but for the tensor that it begins with, and that tensor."""
    who = "missing" if finding.verdict is Verdict.MISSING else finding.check
    said = one_line(finding.message)
    tensor = f"{finding.tensor} " if finding.tensor else ""
    return (who, said.removeprefix(tensor)), tensor.strip() if said.startswith(tensor) else ""


def _told(note: tuple[tuple[str, str], list[str]]) -> str:
    (who, said), tensors = note
    text = " ".join([", ".join(dict.fromkeys(filter(None, tensors))), said]).strip()
    return f"{who}: {text}" if who else text


def advice(target: TargetReport) -> str:
    """Return what to do about a target that could not be judged."""
    if target.verdict is Verdict.MISSING:
        return f"write one of them, and run this again: {listed([part.function for part in target.parts])}"
    if target.parts:
        return "`gradcheck list checks` shows what each check judges"
    looked_for = "`gradcheck list dialects` shows which functions are looked for"
    if target.dialect:
        return f"`gradcheck verify {shlex.quote(name_of(target.target))}` shows which layers it has; {looked_for}"
    if LIKE_PYTHON_2 in (target.error or ""):
        return TRANSLATE
    if NOT_PYTHON in (target.error or ""):
        return "mend that line first: Python itself does not read the file"
    return f"name a .py file or a notebook that runs by itself, a package folder, a .zip or a module; {looked_for}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names as a list in a sentence, each once, the last ones only counted."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - most} more" if len(unique) > most else ""
    return ", ".join(unique[:most]) + more
