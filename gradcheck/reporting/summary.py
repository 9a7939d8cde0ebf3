"""The last line of a report: how many functions are wrong, and which."""

from gradcheck.report import Report, Verdict, worst
from gradcheck.reporting.wording import listed, name_of

WORDS = {Verdict.INCONCLUSIVE: "inconclusive", Verdict.MISSING: "missing", Verdict.SKIP: "skipped"}
"""The verdicts between wrong and pass, and what is said of the functions that have them."""


def summary(report: Report) -> str:
    """Return the whole report in one line.

    Examples
    --------
    ``6 of 23 functions are wrong: conv_backward_naive, ...; 17 pass; seed 0; 1.9 s``
    """
    functions = verdicts(report)
    by_verdict = {each: [name for name, had in functions.items() if had is each] for each in Verdict}
    wrong = [name for name, verdict in functions.items() if verdict.is_wrong]
    said = [*_wrong(wrong, len(functions)), *_passed(by_verdict[Verdict.PASS], functions)]
    said += [
        f"{len(by_verdict[verdict])} {word}: {listed(by_verdict[verdict])}"
        for verdict, word in WORDS.items()
        if by_verdict[verdict]
    ]
    failed = [name_of(target.target) for target in report.targets if target.error is not None]
    said += [f"could not judge {listed(failed)}"] if failed else []
    return "; ".join([*said, f"seed {report.seed}", f"{report.seconds:.1f} s"])


def verdicts(report: Report) -> dict[str, Verdict]:
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
    are = "is" if len(wrong) == 1 else "are"
    return [f"{len(wrong)} of {total} {_functions(total)} {are} wrong: {listed(wrong)}"]


def _passed(passed: list[str], functions: dict[str, Verdict]) -> list[str]:
    if not passed:
        return []
    if len(passed) < len(functions):
        return [f"{len(passed)} {'passes' if len(passed) == 1 else 'pass'}"]
    return [f"all {len(passed)} functions pass" if len(passed) > 1 else "the one function passes"]


def _functions(count: int) -> str:
    return "function" if count == 1 else "functions"
