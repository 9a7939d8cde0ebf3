"""The names of tests: the thing that is tested, then what holds for it, as in ``test_mask__keeps_its_dtype``."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOREIGN = (ROOT / "tests" / "data", ROOT / "tests" / "redteam" / "files")
"""Code of other people, which has its own names."""

WORDS = (
    "a an the this that these those",
    "it they them there one ones nothing nobody none something somebody someone everything everybody anything anybody",
    "what who whom whose which where when why how whatever whoever",
    "all any both each either every neither no not only some",
)
NOT_A_THING = {word for line in WORDS for word in line.split()}
"""Articles, pronouns and question words: they do not name a thing."""


def functions_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of every test function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.lineno, node.name


def unnamed(path: str, source: str) -> list[str]:
    """Return what to do about each test whose name does not begin with a thing."""
    return [
        f"{path}:{line} {name}: begin with the thing that is tested (function, class, command, option), then two "
        "underscores and what holds for it"
        for line, name in functions_in(source)
        if name.split("_")[1] in NOT_A_THING
    ]


def test_test_names__begin_with_the_thing_that_is_tested():
    files = [
        path
        for folder in ("tests", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not any(path.is_relative_to(foreign) for foreign in FOREIGN)
    ]
    assert len(files) > 100
    assert [each for path in files for each in unnamed(str(path.relative_to(ROOT)), path.read_text())] == []


def test_pronoun_in_front__is_reported_with_its_place():
    source = "def test_mask__is_kept():\n    pass\n\n\ndef test_it_is_kept():\n    pass\n"
    assert [each.partition(": ")[0] for each in unnamed("tests/a.py", source)] == [
        "tests/a.py:5 test_it_is_kept"
    ]
