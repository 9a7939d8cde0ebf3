"""The sentences about a report that its formats share: its summary, notes, and advice where nothing could be judged."""

import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence

from gradcheck.contract import Case
from gradcheck.isolation.levels import UNISOLATED, Level, has_workers
from gradcheck.report import Asked, Finding, PartReport, Report, Severity, TargetReport, Verdict, worst
from gradcheck.subjects.loading.adapting import ALIAS, NO_ADAPTER
from gradcheck.subjects.loading.errors import LIKE_PYTHON_2, NOT_ALLOWED, NOT_PYTHON
from gradcheck.text import one_line

LONGEST_PATH = 4096

BETWEEN = {Verdict.INCONCLUSIVE: "inconclusive", Verdict.MISSING: "missing", Verdict.SKIP: "not judged"}
"""The verdicts between wrong and pass, and the words for them in a summary."""

ADAPT = (
    "map it to names that the suite knows by an adapter of a few lines (--adapter FILE, docs/adapters.md), or declare "
    "a layer that the suite does not have (--layers FILE, docs/layers.md)"
)

TRANSLATE = (
    "translate it to Python 3, by a tool such as modernize or by hand: print(...), // between integers, "
    "list(map(...)). Nothing is rewritten here: what is judged is what was written"
)


def summary(report: Report) -> str:
    """Return the whole report in one line.

    Examples
    --------
    ``6 of 23 functions are wrong: conv_backward_naive, ...; 17 pass; seed 0; 1.9 s``
    """
    functions = _verdicts(report)
    by_verdict = {each: [name for name, had in functions.items() if had is each] for each in Verdict}
    wrong = [name for name, verdict in functions.items() if verdict.is_wrong]
    clauses = [*_wrong(wrong, len(functions)), *_passed(by_verdict[Verdict.PASS], functions)]
    own = [part.function for part in report.parts() if part.own_forward]
    clauses += [f"right only for its own, wrong forward: {listed(own)}"] if own else []
    clauses += [
        f"{len(by_verdict[verdict])} {word}: {listed(by_verdict[verdict])}"
        for verdict, word in BETWEEN.items()
        if by_verdict[verdict]
    ]
    clauses += _unjudged(report)
    failed = [name_of(target.target) for target in report.targets if target.error is not None]
    clauses += [f"could not judge {listed(failed)}"] if failed else []
    return "; ".join([*clauses, f"seed {report.seed}", f"{report.seconds:.1f} s"])


def _unjudged(report: Report) -> list[str]:
    """Return the clause about what looks like a layer and is in no dialect."""
    judged = [target for target in report.targets if target.error is None]
    names = [one_line(each.name) for target in judged for each in target.unjudged]
    if not names:
        return []
    look, were = ("looks", "was") if len(names) == 1 else ("look", "were")
    return [f"{len(names)} {look} like a layer and {were} not judged: {listed(names)}"]


def understood(target: TargetReport) -> dict[str, list[str]]:
    """Return how each function was called, in one line for each of its parts."""
    found: dict[str, list[str]] = {}
    for part in target.parts:
        if part.understood and part.understood not in found.get(part.function, []):
            found.setdefault(part.function, []).append(one_line(part.understood, 400))
    return found


def asked(target: TargetReport) -> dict[str, list[str]]:
    """Return what the functions of each layer were asked, under the name of the first of them."""
    found: dict[str, tuple[str, Asked]] = {}
    for part in target.parts:
        if part.asked is not None:
            found.setdefault(part.layer, (part.function, part.asked))
    return {function: [_asked(each)] for function, each in found.values()}


def _asked(found: Asked) -> str:
    """Return in one line what was asked."""
    ranges = ", ".join(f"{name} {values}" for name, values in found.ranges.items())
    dtypes = " and ".join(found.dtypes)
    pairs = "" if found.pairs is None else f", {found.pairs:.0%} of their pairs"
    left_out = f"; left out: {found.left_out}" if found.left_out else ""
    geometries = "1 geometry" if found.geometries == 1 else f"{found.geometries} geometries"
    return f"{geometries}: {ranges}; {dtypes}; {found.classes} classes{pairs}{left_out}"


def unasked(target: TargetReport) -> dict[str, list[str]]:
    """Return what each function was never asked, once for both parts of a layer."""
    found: dict[tuple[str, tuple[str, ...]], str] = {}
    for part in target.parts:
        if part.unasked:
            found.setdefault((part.layer, part.unasked), part.function)
    return {function: [one_line("; ".join(unasked), 600)] for (_, unasked), function in found.items()}


def left_alone(target: TargetReport) -> list[str]:
    """Return how much the target defines that is not judged, because an adapter stands for it."""
    if not target.left_alone:
        return []
    things = "function or class" if target.left_alone == 1 else "functions and classes"
    return [
        f"left alone: {target.left_alone} {things} of the target, as only what the adapter defines is judged"
    ]


def not_judged(target: TargetReport) -> dict[str, list[str]]:
    """Return why functions were not judged: those of a known layer, and those that only look like one."""
    found: dict[str, list[str]] = {}
    for part in target.parts:
        if part.reason:
            found.setdefault(part.function, [one_line(part.reason.removeprefix("not judged: "), 400)])
    for each in target.unjudged:
        found.setdefault(one_line(each.name), [one_line(each.reason, 400)])
    return found


def unisolated(targets: Iterable[TargetReport]) -> str:
    """Return what a report says first if its targets ran where the platform has no isolation; or nothing."""
    ran_here = any(target.isolation == Level.PROCESS for target in targets)
    return UNISOLATED if ran_here and not has_workers() else ""


def _verdicts(report: Report) -> dict[str, Verdict]:
    """Return the verdict of each function: the worst of its parts (a loss is forward and backward in one)."""
    judged = [target for target in report.targets if target.error is None]
    found: dict[str, list[Verdict]] = {}
    for target in judged:
        for part in target.parts:
            name = f"{part.function} ({name_of(target.target)})" if len(judged) > 1 else part.function
            found.setdefault(name, []).append(part.verdict)
    return {name: worst(each) for name, each in found.items()}


def _wrong(wrong: list[str], total: int) -> list[str]:
    if not wrong:
        return []
    functions = "function" if total == 1 else "functions"
    are = "is" if len(wrong) == 1 else "are"
    return [f"{len(wrong)} of {total} {functions} {are} wrong: {listed(wrong)}"]


def _passed(passed: list[str], functions: dict[str, Verdict]) -> list[str]:
    if not passed:
        return []
    if len(passed) < len(functions):
        return [f"{len(passed)} {'passes' if len(passed) == 1 else 'pass'}"]
    return [f"all {len(passed)} functions pass" if len(passed) > 1 else "the one function passes"]


def notes(target: TargetReport) -> dict[str, list[str]]:
    """Return what is worth knowing but not wrong, by function: conventions, and why a part is missing.

    A note that several tensors share is written once, with all their names.
    """
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for part in target.parts:
        for finding in part.findings:
            if finding.severity is Severity.NOTE or finding.verdict is Verdict.MISSING:
                key, tensor = _note(finding)
                found.setdefault(part.function, {}).setdefault(key, []).append(tensor)
    return {function: list(map(_sentence, each.items())) for function, each in found.items()}


def _note(finding: Finding) -> tuple[tuple[str, str], str]:
    """Return the check and its message without the tensor at its beginning; and that tensor."""
    check = "missing" if finding.verdict is Verdict.MISSING else finding.check
    message = one_line(finding.message)
    tensor = f"{finding.tensor} " if finding.tensor else ""
    return (check, message.removeprefix(tensor)), tensor.strip() if message.startswith(tensor) else ""


def _sentence(note: tuple[tuple[str, str], list[str]]) -> str:
    (check, message), tensors = note
    text = " ".join([", ".join(dict.fromkeys(filter(None, tensors))), message]).strip()
    return f"{check}: {text}" if check else text


def advice(target: TargetReport) -> str:
    """Return what to do about a target that could not be judged."""
    messages = [finding.message for part in target.parts for finding in part.findings]
    withheld = next((message for message in messages if NOT_ALLOWED in message), "")
    if name := withheld.partition(f" {NOT_ALLOWED}")[0].rpartition(" ")[2]:
        return (
            f"run this again with --allow {name}: it imports {name}, which is installed, and not yet allowed"
        )
    if "run this again with --allow" in (target.error or ""):
        return "say that it may import the package, with the option named above"
    if target.verdict is Verdict.MISSING:
        return f"write one of them, and run this again: {listed([part.function for part in target.parts])}"
    if target.unjudged or any(part.reason for part in target.parts):
        return ADAPT
    if target.parts:
        return "`gradcheck list checks` shows what each check judges"
    looked_for = "`gradcheck list dialects` shows which functions are looked for"
    if target.dialect:
        return (
            f"`gradcheck verify {shell_word(name_of(target.target))}` shows which layers it has; {looked_for}"
        )
    if target.adapter and (advised := _about_adapter(name_of(target.adapter), target, looked_for)):
        return advised
    if LIKE_PYTHON_2 in (target.error or ""):
        return TRANSLATE
    if NOT_PYTHON in (target.error or ""):
        return "correct that line first: Python itself cannot parse the file"
    return f"name a .py file or a notebook that runs by itself, a package folder, a .zip or a module; {looked_for}"


def shell_word(text: str) -> str:
    """Return text as one word of a command line; the shells of Windows know no single quotes."""
    return subprocess.list2cmdline([text]) if sys.platform == "win32" else shlex.quote(text)


def _about_adapter(adapter: str, target: TargetReport, looked_for: str) -> str:
    """Return what to do about an adapter; nothing where it is the target that cannot be loaded."""
    error = target.error or ""
    if NO_ADAPTER in error:
        imports = (
            f"a target is imported there by its name, or as {ALIAS}; a package needs --allow in a worker"
        )
        return f"correct that line of {adapter}: {imports}"
    if target.unjudged:
        return f"compare what {adapter} passes and expects with what the target's functions take and return"
    if "its adapter defines nothing" in error:
        return f"name its functions as the suite does: conv2d_forward, conv2d_backward; {looked_for}"
    return ""


def in_words(case: Case) -> str:
    """Return the shapes of a case's inputs, and its parameters, for somebody who does not know how a line reads.

    Examples
    --------
    ``x 2x3, gamma 3, beta 3; in training mode; eps 0.001; numbers: plain``
    """
    shapes = ", ".join(
        f"{name} {'x'.join(map(str, shape)) or 'a number'}" for name, shape in case.shapes.items()
    )
    mode = {"train": ["in training mode"], "eval": ["in evaluation mode"]}.get(
        case.params.get("mode", ""), []
    )
    numbers = [
        f"{name.replace('_', ' ')} {value:g}"
        for name, value in case.params.items()
        if isinstance(value, float)
    ]
    return "; ".join([shapes, *mode, *numbers])


def name_of(target: str) -> str:
    """Return a target's name in printable characters, on one line."""
    return one_line(target.replace("\n", "\\n"), LONGEST_PATH)  # of a file name a line end is a part


def failed_checks(part: PartReport) -> str:
    """Return the names of the checks that failed."""
    return ", ".join(check.check for check in part.checks if check.verdict.is_wrong)


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names as a list in a sentence, each once; those after the first `most` are only counted."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - most} more" if len(unique) > most else ""
    return ", ".join(unique[:most]) + more
