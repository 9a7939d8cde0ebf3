"""A report as JUnit's XML, for servers of continuous integration: a suite for each target, a test for each check."""

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from msgspec.structs import replace

from gradcheck.report import CheckReport, PartReport, Report, TargetReport, Verdict
from gradcheck.reporting.text import failures
from gradcheck.reporting.wording import name_of, unisolated
from gradcheck.text import one_line

LONGEST = 10_000
"""Characters of a line."""

WITHOUT = (Verdict.SKIP, Verdict.INCONCLUSIVE, Verdict.MISSING)


def as_junit(report: Report, *, dialect: str | None = None, **_: object) -> str:
    """Return a report as JUnit's XML. `dialect` is the one that was asked for, which the replay lines repeat."""
    return document(suite(target, dialect) for target in report.targets)


def document(suites: Iterable[ET.Element]) -> str:
    """Return suites as a file. A control character, which XML cannot hold, or a direction mark is an escape in it."""
    root = ET.Element("testsuites")
    root.extend(suites)
    for each in root.iter():
        each.text = each.text and _printable(each.text)
        each.attrib.update({name: _printable(value) for name, value in each.attrib.items()})
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _printable(text: str) -> str:
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    """Return a line in which a log on GitHub that shows the file sees no command."""
    line = one_line(text, LONGEST).replace("##[", "## [")
    return line.lstrip(": ") if line.lstrip().startswith("::") else line


def suite(target: TargetReport, dialect: str | None = None) -> ET.Element:
    """Return the suite of one target."""
    tests = list(_tests(target, dialect))
    counts = {
        what: str(sum(test.find(tag) is not None for test in tests))
        for what, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    found = ET.Element("testsuite", {"name": name_of(target.target), "tests": str(len(tests)), **counts})
    if why := unisolated([target]):
        ET.SubElement(ET.SubElement(found, "properties"), "property", {"name": "isolation", "value": why})
    found.extend(tests)
    return found


def _tests(target: TargetReport, dialect: str | None) -> Iterator[ET.Element]:
    if target.error is not None:
        test = ET.Element("testcase", {"classname": name_of(target.target), "name": "judged"})
        ET.SubElement(test, "error", {"message": one_line(target.error)})
        yield test
    for part in target.parts if target.error is None else ():
        for check in part.checks:
            yield _test(target, part, check, dialect)


def _test(target: TargetReport, part: PartReport, check: CheckReport, dialect: str | None) -> ET.Element:
    name = f"{part.layer}-{part.part}-{check.check}"
    test = ET.Element("testcase", {"classname": one_line(part.function), "name": name})
    found = tuple(finding for finding in part.findings if finding.check == check.check)
    if check.verdict.is_wrong:
        alone = replace(part, verdict=check.verdict, findings=found, checks=(check,))
        kind = "failure" if check.verdict is Verdict.FAIL else "error"
        message = next((f.message for f in found if f.verdict.is_wrong), str(check.verdict))
        ET.SubElement(test, kind, {"message": one_line(message, 2000)}).text = failures(
            replace(target, parts=(alone,)), dialect
        )
    elif check.verdict in WITHOUT:
        why = check.reason or "; ".join(finding.message for finding in found)
        ET.SubElement(test, "skipped", {"message": f"{check.verdict}: {one_line(why)}"})
    return test
