"""Pages are found from the README, and their links lead somewhere."""

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradcheck.report import Severity, Verdict
from gradcheck.subjects.dialects import DIALECTS

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")] + DOCS

LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
"""A link within the repository: the path, and the heading after ``#``."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return a page without its blocks of code, in which nothing is a link or a heading."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file that each link leads to and the anchor in it, which may be empty."""
    for path, anchor in LINK.findall(prose(page)):
        yield ((page.parent / path).resolve() if path else page), anchor


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them: ``in-your-own-tests``."""
    headings = re.findall(r"^#+ (.*)$", prose(page), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> Iterator[str]:
    for target, anchor in links(page):
        if not target.exists():
            yield f"{name(page)} links to {target}, which does not exist"
        elif anchor and anchor not in anchors(target):
            yield f"{name(page)} links to #{anchor} in {name(target)}, which has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_within_the_repository_resolve(page):
    assert list(broken(page)) == []


def test_broken_links_are_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading: `one`\n[a](gone.md) [b](#a-heading-one) [c](page.md#two) [d](https://x.org/y)\n"
    )
    assert list(broken(page)) == [
        f"page.md links to {tmp_path / 'gone.md'}, which does not exist",
        "page.md links to #two in page.md, which has no such heading",
    ]


def reachable(start: Path) -> set[Path]:
    """Return the pages that links lead to, from page to page."""
    found, ahead = {start}, [start]
    while ahead:
        for target, _ in links(ahead.pop()):
            if target.suffix == ".md" and target.exists() and target not in found:
                found.add(target)
                ahead.append(target)
    return found


def test_pages__are_reachable_from_the_readme():
    found = reachable(ROOT / "README.md")
    orphans = [name(page) for page in DOCS if page not in found]
    assert not orphans, f"link {orphans} from README.md, or from a page that it links to"


def test_dialects_index__lists_every_dialect_and_its_page():
    index = ROOT / "docs" / "dialects" / "README.md"
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| (.*) ?\|$", index.read_text(), flags=re.M)
    assert sorted(row[0] for row in rows) == sorted(dialect.name for dialect in DIALECTS)
    linked = {row[0]: row[1] for row in rows if row[1].strip()}
    pages = {page.stem for page in index.parent.glob("*.md")} - {"README"}
    assert linked.keys() == pages
    assert all(f"({stem}.md)" in cell for stem, cell in linked.items())


def glossary() -> dict[str, str]:
    """Return the text of each entry of the glossary, by its term."""
    entries = re.split(r"^- \*\*", (ROOT / "docs" / "glossary.md").read_text(), flags=re.M)[1:]
    return dict(entry.split("**: ", 1) for entry in entries)


def nouns() -> set[str]:
    """Return the terms that CONTRIBUTING prints in bold in its first section, in the singular."""
    (section,) = re.findall(r"^## The words$(.*?)^## ", prose(ROOT / "CONTRIBUTING.md"), flags=re.S | re.M)
    return {term.removesuffix("s") for term in re.findall(r"\*\*(\w+)\*\*", section)}


def test_glossary__has_every_noun_verdict_and_severity():
    assert {"dialect", "subject", "finding"} <= nouns()
    missing = {*nouns(), *Verdict, *Severity} - glossary().keys()
    assert not missing, f"add {sorted(missing)} to docs/glossary.md"


def test_glossary__is_in_order_and_each_entry_leads_to_a_definition():
    entries = glossary()
    assert list(entries) == sorted(entries)
    assert [term for term, text in entries.items() if not LINK.search(text)] == []


def paths(page: Path, start: str) -> list[str]:
    """Return the paths in backquotes from a heading to the page's end, without those of examples called foo."""
    _, _, text = prose(page).partition(f"\n{start}")
    return [path for path in re.findall(r"`([\w.-]+/[\w./-]*)`", text) if "foo" not in path]


def test_contributing__names_only_files_and_folders_that_exist():
    named = paths(ROOT / "CONTRIBUTING.md", "## Adding a layer")
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def moved() -> list[tuple[str, str]]:
    """Return the first old and the first new name of each row of CHANGELOG's table of modules."""
    _, _, section = (ROOT / "CHANGELOG.md").read_text().partition("### What moved")
    return re.findall(
        r"^\| `((?:gradcheck|fast)\.[\w.]+)`.*\|.*?`(gradcheck\.[\w.]+)`.*\|$", section, flags=re.M
    )


def test_changelog__moved_modules_are_at_their_new_place_only():
    assert len(moved()) > 30
    for old, new in moved():
        pkgutil.resolve_name(new)
        gone = old.replace(".", "/")
        assert not (ROOT / f"{gone}.py").exists(), old
        assert not (ROOT / gone / "__init__.py").exists(), old


PLACEHOLDER = re.compile(r"\b(OWNER|TODO|FIXME|XXX|TBD)\b|\bexample\.(com|org)\b|<your\b")
READ = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "SECURITY.md",
    "pyproject.toml",
    "conftest.py",
    ".pre-commit-hooks.yaml",
)
FOLDERS = (".ci", "docs", "examples", "benchmarks", "gradcheck", "naive", "fast", "tests")
ON_PURPOSE = (ROOT / "tests" / "data", Path(__file__))
"""Students' files have gaps to fill, and this file names the words."""


def texts() -> Iterator[Path]:
    """Yield the project's own files of text."""
    yield from (ROOT / each for each in READ)
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*")):
        ours = not any(path.is_relative_to(each) for each in ON_PURPOSE)
        if ours and path.is_file() and "__pycache__" not in path.parts:
            yield path


def placeholders(path: Path) -> list[str]:
    """Return the lines of a file that somebody would have to fill in."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [
        f"{name(path)}:{number}: {line}" for number, line in enumerate(lines, 1) if PLACEHOLDER.search(line)
    ]


def test_placeholders__do_not_remain():
    assert [line for path in texts() for line in placeholders(path)] == []


def test_placeholders_are_found():
    found = placeholders(ROOT / "tests" / "data" / "cs231n" / "stubs.py")
    assert "tests/data/cs231n/stubs.py:17:     # TODO" in found
