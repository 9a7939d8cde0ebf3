"""JUnit's XML for staff: a suite for each submission, with its points as properties, and a test for each check."""

from xml.etree import ElementTree as ET

from msgspec.structs import replace

from gradcheck.grading.journal import Entry
from gradcheck.grading.results.formats.outcome import Outcome, number
from gradcheck.reporting import junit


def as_junit(outcome: Outcome) -> str:
    """Return the file."""
    return junit.document(map(_suite, outcome.entries))


def _suite(entry: Entry) -> ET.Element:
    target = entry.target if entry.is_ours is None else replace(entry.target, error=entry.is_ours)
    suite = junit.suite(target)
    suite.set("name", entry.name)
    score = entry.score
    facts = {"score": score.score, "max": score.max, "pending": score.pending}
    properties = suite.find("properties")
    if properties is None:
        suite.insert(0, properties := ET.Element("properties"))
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": number(value)})
    return suite
