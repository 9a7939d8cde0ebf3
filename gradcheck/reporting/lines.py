"""The line of a failure in words."""

from gradcheck.report import Finding
from gradcheck.text import one_line


def line_of(finding: Finding) -> str | None:
    """Return which line is wrong, and what it should be, as far as a finding says so.

    Examples
    --------
    >>> from gradcheck.report import Severity, Verdict
    >>> found = Finding(check="gradient", severity=Severity.FAULT, verdict=Verdict.FAIL, message="",
    ...                 line=57, lines=(57, 60), edit="dx[n] += g")
    >>> line_of(found)
    'line 57 is where it goes wrong: with `dx[n] += g` every check passes (or line 60)'
    """
    if finding.line is None:
        return None
    place = f" of {one_line(finding.file)}" if finding.file else ""
    said = f"line {finding.line}{place} is where it goes wrong"
    if finding.edit:
        said += f": {_with(one_line(finding.edit, 400))}"
    others = [str(each) for each in finding.lines if each != finding.line]
    if not others or (finding.edit and finding.edit.startswith("line ")):
        return said
    word = "line" if len(others) == 1 else "lines"
    return f"{said} (or {word} {', '.join(others)})"


def _with(edit: str) -> str:
    if edit.startswith("line "):
        return f"every check passes with {edit}"
    if edit.startswith("then "):
        return f"with {edit.removeprefix('then ')} as the next line every check passes"
    if edit.startswith("without "):
        return f"{edit} every check passes"
    return f"with `{edit}` every check passes"
