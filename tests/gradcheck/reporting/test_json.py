import json
from pathlib import Path

import msgspec
import pytest

from gradcheck.report import Report, Severity, Verdict
from gradcheck.reporting.json import as_json as render

REPORT = {"schema": str, "verdict": str, "seconds": float, "seed": int, "targets": list}
TARGET = {
    "target": str,
    "dialect": str,
    "verdict": str,
    "parts": list,
    "notes": list,
    "error": type(None),
    "isolation": (str, type(None)),
    "unjudged": list,
    "promised": list,
    "declared": list,
    "packages": list,
    "adapter": (str, type(None)),
    "left_alone": int,
    "root": (str, type(None)),
}
PART = {
    "layer": str,
    "part": str,
    "function": str,
    "verdict": str,
    "cases": int,
    "miss_bound": (float, type(None)),
    "seconds": float,
    "findings": list,
    "checks": list,
    "miss_cases": int,
    "understood": (str, type(None)),
    "unasked": list,
    "asked": (dict, type(None)),
    "reason": (str, type(None)),
    "own_forward": bool,
}
FINDING = {
    "check": str,
    "severity": str,
    "verdict": str,
    "message": str,
    "tensor": (str, type(None)),
    "case": (str, type(None)),
    "call": (str, type(None)),
    "when": (str, type(None)),
    "index": (list, type(None)),
    "got": (float, type(None)),
    "expected": (float, type(None)),
    "bound": (float, type(None)),
    "where": (str, type(None)),
    "mutant": (str, type(None)),
    "candidates": list,
    "explanation": (str, type(None)),
    "line": (int, type(None)),
    "lines": list,
    "edit": (str, type(None)),
    "file": (str, type(None)),
}
CHECK = {"check": str, "verdict": str, "cases": int, "reason": (str, type(None))}


def keeps(promise, found):
    """Tell whether an object has the promised fields, in order, each of its type."""
    return list(found) == list(promise) and all(isinstance(found[name], promise[name]) for name in promise)


def test_json_report__has_the_promised_fields_in_order(report):
    told = json.loads(render(report))
    parts = [part for target in told["targets"] for part in target["parts"]]
    assert keeps(REPORT, told)
    assert all(keeps(TARGET, target) for target in told["targets"])
    assert all(keeps(PART, part) for part in parts)
    assert all(keeps(FINDING, finding) for part in parts for finding in part["findings"])
    assert all(keeps(CHECK, check) for part in parts for check in part["checks"])


def test_verdicts_and_severities_are_their_words(report):
    told = json.loads(render(report))
    assert told["schema"] == "gradcheck/1"
    assert [part["verdict"] for part in told["targets"][0]["parts"]] == [
        *("pass", "fail", "pass", "inconclusive", "missing")
    ]
    assert told["targets"][0]["parts"][0]["findings"][0]["severity"] == "note"


def test_json_report__reads_back_as_the_same_report(report):
    assert msgspec.json.decode(render(report), type=Report) == report


def test_json_report__is_indented_and_ends_in_a_newline(report):
    assert render(report).startswith('{\n  "schema": "gradcheck/1",\n')
    assert render(report).endswith("\n}\n")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_json_report__writes_null_for_what_json_cannot_express(make, parts, value):
    told = json.loads(render(make(parts[0]("f", findings=[parts[1](index=(0,), got=value, expected=0.0)]))))
    assert told["targets"][0]["parts"][0]["findings"][0]["got"] is None


def test_json_report__accepts_a_path_of_any_bytes(make):
    assert json.loads(render(make(target="a\udc80.py")))["targets"][0]["target"] == "a\\udc80.py"


def documented():
    """Return the first column of every table in docs/report.md, in order."""
    lines = (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8").splitlines()
    return [line.split("`")[1] for line in lines if line.startswith("| `")]


def test_json_report__has_every_field_documented_in_order():
    fields = [*REPORT, *TARGET, *PART, *FINDING, *CHECK]
    assert documented() == [*fields, *Verdict, *Severity]
