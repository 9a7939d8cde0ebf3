"""Formats for machines that show a report: GitHub, JUnit, Markdown."""

import re
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.report import Verdict
from gradcheck.reporting.formats import BY_NAME
from gradcheck.reporting.github import Place, annotation, place_of
from gradcheck.reporting.markdown import code

HOSTILE = "x`|\n::set-output name=a::b\r\n<script>]]>%0A::error::##[error]\x1b[31m"


def told(name, report):
    return BY_NAME[name].render(report)


@pytest.fixture
def hostile(make, parts):
    """Return a report in which every text that a subject can choose is hostile."""
    part, finding = parts
    wrong = finding(message=HOSTILE, tensor="dx", where=HOSTILE, case="conv2d n1 seed=0", index=(0,))
    function = "f`|" + HOSTILE
    return make(part(function, verdict=Verdict.FAIL, findings=[wrong]), target="a`|,b:c\n::error::.py")


def test_github_annotation__is_one_command_whatever_it_says(hostile):
    lines = told("github", hostile).splitlines()
    (command,) = [line for line in lines if line.startswith("::")]
    assert re.match(r"::error title=conv2d · backward · dx::", command)
    assert len(lines) == 2
    assert "##[" not in lines[1]


def test_github_property__cannot_end_itself():
    line = annotation("error", "a,line=1::b%\n", "m\r\n::error::%0A", Place("f,g:h.py", 3))
    assert line == "::error file=f%2Cg%3Ah.py,line=3,title=a%2Cline=1%3A%3Ab%25%0A::m%0D%0A::error::%250A"


def test_github_marks_what_is_wrong_missing_and_without_verdict(report):
    lines = told("github", report).splitlines()
    levels = [line.partition(" ")[0] for line in lines[:-1]]
    assert levels == ["::error", "::warning", "::warning"]
    assert "%0A  worst entry     dx[0, 0, 1, 0]: yours 2, expected 5" in lines[0]
    assert lines[-1].startswith("1 of 5 functions is wrong")


def test_github_tells_a_target_that_was_not_judged(make):
    (line, _) = told("github", make(error="no such file", verdict=Verdict.ERROR)).splitlines()
    assert line.startswith("::error title=layers.py was not judged::no such file%0A")


def test_verify_command__adds_the_table_to_the_step_summary(tmp_path, monkeypatch):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    chosen = ["verify", "gradcheck.fast", "--layer", "identity", "--cases", "0", "--format"]
    assert CliRunner().invoke(main, [*chosen, "github"]).exit_code == 0
    assert path.read_text().startswith("before\n## gradcheck: pass\n")
    before = path.read_text()
    CliRunner().invoke(main, [*chosen, "text"])
    assert path.read_text() == before


def test_markdown_has_a_row_for_every_part(report):
    lines = told("markdown", report).splitlines()
    assert "| `conv_backward_naive` | conv2d | backward | **fail** | gradient |" in lines
    assert "- `conv2d · backward · dx FAIL` `not the gradient`" in lines


def test_text_of_others_stays_in_its_code_span(hostile):
    for line in told("markdown", hostile).splitlines():
        outside = "".join(line.split("`")[::2])
        assert "<" not in outside
        assert "set-output" not in outside
        assert line.count("`") % 2 == 0
        assert not line.startswith("| `") or line.count("|") == 6


def test_code_span__has_no_end_inside():
    assert code("a`b|c\nd") == "`aʼb¦c d`"


def test_junit_has_a_test_for_every_check(make, parts, report):
    suite = ET.fromstring(told("junit", report)).find("testsuite")
    assert suite.attrib == {"name": "layers.py", "tests": "4", "failures": "1", "errors": "0", "skipped": "3"}
    (failure,) = suite.findall("testcase/failure")
    assert failure.text.startswith("conv2d · backward · dx    FAIL    (conv_backward_naive)")
    assert [each.get("message") for each in suite.findall("testcase/skipped")] == [
        "skip: no ties",
        "inconclusive: did not run: forward raised",
        "inconclusive: did not run: forward raised",
    ]


def test_junit_is_xml_whatever_it_says(hostile, make):
    assert ET.fromstring(told("junit", hostile)).find("testsuite").get("name").startswith("a`|")
    broken = ET.fromstring(told("junit", make(error=HOSTILE, verdict=Verdict.ERROR)))
    assert broken.find("testsuite").get("errors") == "1"


def test_github_annotation__finds_a_function_without_running_its_file(tmp_path, monkeypatch):
    method = "class A:\n    def g(self):\n        pass\n"
    (tmp_path / "one.py").write_text(f"raise SystemExit\n\n\ndef f():\n    pass\n\n\n{method}")
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit\n")
    (package / "two.py").write_text("def h():\n    pass\n\n\ndef f():\n    pass\n")
    (package / "three.py").write_text("def f():\n    pass\n")
    monkeypatch.chdir(tmp_path)
    assert place_of("one.py", "f").line == 4
    assert place_of("one.py", "A.g").line == 9
    assert place_of("one.py", "gone") == Place(place_of("one.py", "f").path)
    assert place_of("package", "h").path.name == "two.py"
    assert place_of("package.two", "f").line == 5
    assert place_of("package", "f") is None
    assert place_of("nothing.of.it", "f") is None
