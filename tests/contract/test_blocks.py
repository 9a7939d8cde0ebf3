"""Every block of code in the pages is valid: commands and options exist, code compiles, data reads.

What a block does when it runs is tested next to its subject, as in `tests/gradcheck/grading/test_documented.py`.
"""

import ast
import json
import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import click
import pytest

from gradcheck.commands import main

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING")),
]
FENCED = re.compile(r"^ *(```+)(\w*)\n(.*?)^ *\1$", flags=re.S | re.M)
LANGUAGES = {"", "bash", "c", "python", "sh", "text", "toml", "yaml"}

BLOCKS = [
    pytest.param(language, textwrap.dedent(block), id=f"{page.relative_to(ROOT)}:{k}")
    for page in PAGES
    for k, (_, language, block) in enumerate(FENCED.findall(page.read_text()), 1)
]


def commands(block):
    """Yield the words of each command of the suite in a block, without the output below it."""
    joined = re.sub(r"\\\n\s*", " ", block)
    for line in joined.splitlines():
        found = re.search(r"(?:^|\$ |&& |/)gradcheck ((?:[a-z]+ ?).*)", line)
        if found and not line.startswith((" ", "|")):
            yield shlex.split(found.group(1).split(" && ")[0].split("  ")[0], comments=True)


def unknown_options(words):
    """Return the options that the command of these words does not have, or the command itself."""
    command, context = main, click.Context(main)
    while isinstance(command, click.Group) and words:
        inner = command.get_command(context, words[0])
        if inner is None:
            break
        command, words = inner, words[1:]
    if command is main and words and not words[0].startswith("-"):
        return [words[0]]
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_block__is_valid(language, block):
    assert language in LANGUAGES
    if language == "python":
        ast.parse(block)
    if language == "toml":
        tomllib.loads(block)
    if language in ("sh", "bash", ""):
        assert [unknown_options(words) for words in commands(block) if unknown_options(words)] == []
        for script in re.findall(r"python ((?:benchmarks|docs|examples)/\S+\.py)", block):
            assert (ROOT / script).is_file(), script


def test_blocks__have_the_commands_of_the_suite():
    found = [words[0] for block in BLOCKS for words in commands(block.values[1])]
    assert len(found) > 40
    assert {"verify", "grade", "kernel", "explain"} <= set(found)


def test_unknown_options__are_found():
    assert unknown_options(["verify", "a.py", "--nothing"]) == ["--nothing"]
    assert unknown_options(["verfy", "a.py"]) == ["verfy"]
    assert unknown_options(["rubric", "check", "a.toml", "--seed", "1"]) != ["check"]
    assert list(commands(".venv/bin/gradcheck verify a.py\n$ gradcheck explain x  # y\n")) == [
        ["verify", "a.py"],
        ["explain", "x"],
    ]


def test_report_example__is_json():
    (shown,) = re.findall(
        r"^\$ gradcheck verify .*--format json\n(\{.*?^\})",
        (ROOT / "docs" / "report.md").read_text(),
        flags=re.S | re.M,
    )
    assert json.loads(shown)["schema"] == "gradcheck/1"
