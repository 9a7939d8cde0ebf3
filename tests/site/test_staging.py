"""The staged pages are complete: every page, every mistake, every command, every public name."""

import re

import click
import pytest

import gradcheck
from gradcheck.checks import CHECKS
from gradcheck.commands import main
from gradcheck.layers import LAYERS
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.reporting.lookup import smallest_case
from tests.site.conftest import DOCS


def text(folder, name):
    return (folder / name).read_text()


def in_navigation(folder):
    """Yield the pages that tables of contents name."""
    for page in folder.rglob("*.md"):
        for block in re.findall(
            r"^```\{toctree\}\n(?::[^\n]*\n)*\n(.*?)```", page.read_text(), flags=re.S | re.M
        ):
            yield from (f"{entry.removeprefix('/')}.md" for entry in block.split())


def test_pages__are_all_in_the_side_bar_once(staged):
    listed = sorted(in_navigation(staged))
    pages = {str(page.relative_to(staged)) for page in staged.rglob("*.md")}
    assert listed == sorted(pages - {"index.md"} - {page for page in pages if page.startswith("source/")})


def test_first_page__has_four_parts(staged):
    parts = re.findall(r"^:caption: (.*)$", text(staged, "index.md"), flags=re.M)
    assert parts == ["Tutorials", "How-to guides", "Explanation", "Reference"]


def test_catalogue__has_every_mistake_with_its_code_and_explanation(staged):
    for layer in {mutant.layer for mutant in MUTANTS}:
        page = text(staged, f"mistakes/{layer}.md")
        anchors = re.findall(r"^\((.*)\)=$", page, flags=re.M)
        rows = [mutant for mutant in MUTANTS if mutant.layer == layer]
        assert sorted(anchors) == sorted(str(row).replace(".", "-").replace("_", "-") for row in rows)
        assert page.count("```diff") == len(rows) == page.count("*Seen in ")
        counted = sum(
            map(
                int,
                re.findall(rf"^\| \[{layer}\].* \| (\d+) \| (\d+) \|$", text(staged, "mistakes.md"), re.M)[0],
            )
        )
        assert counted == len(rows)


def test_commands__are_all_there_with_every_option(staged):
    page = text(staged, "commands.md")
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert f"## gradcheck {name}\n" in page
        named = [option for param in command.params for option in param.opts if option.startswith("--")]
        assert [option for option in named if option not in page] == []


def test_synopsis__has_every_command():
    (shown,) = re.findall(r"^```\n(gradcheck verify.*?)```", text(DOCS, "commands.md"), flags=re.S | re.M)
    assert set(re.findall(r"^gradcheck (\w+)", shown, flags=re.M)) == set(
        main.list_commands(click.Context(main))
    )


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("api.md", [f"gradcheck.{name}" for name in gradcheck.__all__]),
        ("checks.md", [f"`{check.name}`\n: " for check in CHECKS]),
        ("layer-list.md", [f"gradcheck.naive.{layer.name}_backward" for layer in LAYERS]),
    ],
)
def test_reference__has_every_name(staged, page, names):
    found = text(staged, page)
    assert [name for name in names if name not in found] == []


def test_links_to_code__lead_to_a_page_with_the_code(staged):
    assert "](source/gradcheck/contract.py.md)" in text(staged, "glossary.md")
    assert (DOCS.parent / "gradcheck" / "contract.py").read_text() in text(
        staged, "source/gradcheck/contract.py.md"
    )
    assert "- `exact.py`: " in text(staged, "source/gradcheck/evidence/index.md")


def test_links__in_code_are_left_alone(staging):
    page = DOCS / "ci.md"
    given = "[a](../README.md) [b](layers.md#x) [c](https://d.e)\n```\n[a](../README.md)\n```\n"
    assert staging.relinked(page, given) == given.replace("../README.md", "index.md", 1)


def test_gallery__shows_a_difference_for_each_of_its_mistakes(staged):
    page = text(staged, "gallery.md")
    maps = re.findall(r'<svg class="heat".*?</svg>', page)
    assert len(maps) == 3 * page.count("\n## ")
    assert [
        each for each in maps[2::3] if '<rect class="plus"' not in each and '<rect class="minus"' not in each
    ] == []


@pytest.mark.slow
def test_drawing__marks_what_is_wrong_and_says_it_in_words(staging):
    from sitemaking import svg

    mutant = next(each for each in MUTANTS if str(each) == "max_pool2d.backward.overlap-overwritten")
    _, drawn = smallest_case(mutant)
    figure = svg.figure(drawn)
    assert figure.count("<svg") == len(drawn.panels) == figure.count("</svg>")
    wrong = sum(
        cell.mark == "wrong"
        for panel in drawn.panels
        for plane in panel.planes
        for row in plane.rows
        for cell in row
    )
    assert figure.count('"cell wrong"') == wrong > 0
    assert figure.count(" (wrong)") == wrong
    assert "; with the mistake it is " in figure
