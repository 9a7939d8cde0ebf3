"""The first stage: the suite, with the untouched other package as the reference."""

import time
from collections.abc import Sequence
from dataclasses import replace
from types import CodeType, ModuleType
from typing import Any

from generated.importing import imported
from generated.isolation import Killed
from generated.package import Package
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import PARTS, Subject
from gradcheck.judging.part import start
from gradcheck.judging.plan import DEFAULT_CASES
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.report import Verdict
from gradcheck.subjects.dialects.pair import PAIR


def judged(subject: Subject, parts: Sequence[str]) -> str | None:
    """Return the check that finds the first fault, the verdict where it is not a pass, or None."""
    judges = [start(subject, part, CHECKS) for part in parts]
    for case in cases_for(subject, DEFAULT_CASES, 0):
        trials: dict[str, Any] = {}
        for judge in judges:
            judge.judge(case, trials)
            for finding in judge.findings():
                if finding.verdict.is_wrong:
                    return finding.check
    verdicts = [judge.report().verdict for judge in judges]
    return next((str(verdict) for verdict in verdicts if verdict is not Verdict.PASS), None)


def subjects(package: str, module: ModuleType) -> dict[str, Subject]:
    """Return the layers of a mutated package, to be compared with the untouched other one."""
    other = "naive" if package == "fast" else "fast"
    found = PAIR.subjects(vars(module))
    return {each.layer.name: replace(each, reference=getattr(each.layer, other)) for each in found}


def verified(package: str, code: dict[str, CodeType], layers: dict[str, tuple[str, ...]]) -> Killed | None:
    """Judge the layers of a package in turn, until the first fault."""
    with quiet(0):
        try:
            found = subjects(package, imported(code))
        except Exception:  # noqa: BLE001 - whatever a mutant raises where it is imported
            return Killed("import")
        for layer, parts in layers.items():
            why = judged(found[layer], parts) if layer in found else "missing"
            if why is not None:
                return Killed(why, layer)
    return None


def costs(package: Package) -> dict[str, float]:
    """Return how long each layer takes to pass. The untouched package must."""
    seconds = {}
    for layer in BY_NAME:
        started = time.perf_counter()
        killed = verified(package.name, package.code, {layer: PARTS})
        assert killed is None, f"{package.name} does not pass as it is: {killed}"
        seconds[layer] = time.perf_counter() - started
    return seconds
