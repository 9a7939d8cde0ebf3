"""The staged copy of the pages, from which the site is built, with the links of the site and with generated lists.

In the repository every page is read as it is. There a link may lead to any file, and a page has no list that is
generated. In the site, a file of the code is a page, and `<!-- generated: NAME -->` becomes the list of that name.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sitemaking.generated import GENERATED, Generated

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

BESIDE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md"}
"""The pages at the top of the repository, and where they are in the site."""

PARTS = (DOCS / "index.md", DOCS / "benchmarks.md", DOCS / "dialects" / "README.md")
"""The pages that list other pages, which are then below them in the side bar."""

PICTURES = (".svg", ".png")

FENCE = re.compile(r"^(?P<mark>`{3,}).*?^(?P=mark)$", flags=re.S | re.M)
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)(?=[)#])")
MARKER = re.compile(r"^<!-- generated: ([\w-]+) -->$", flags=re.M)


def stage(folder: Path, *, draft: bool) -> None:
    """Write the pages of the site, as Sphinx reads them, into a folder. What it held before is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sources: set[Path] = set()
    for page in pages():
        staged = folder / place(page)
        staged.parent.mkdir(parents=True, exist_ok=True)
        text = page.read_text(encoding="utf-8")
        sources |= set(code_linked_from(page, text))
        contents = navigation(page, text)
        text = filled(relinked(page, text), folder, draft)
        staged.write_text(text + contents, encoding="utf-8")
    for picture in (path for path in DOCS.rglob("*") if path.suffix in PICTURES):
        shutil.copy(picture, folder / picture.relative_to(DOCS))
    for source in sources:
        write_source(folder, source)


def pages() -> list[Path]:
    """Return the pages of the repository that the site has."""
    return sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in BESIDE)])


def place(path: Path) -> Path:
    """Return where a file or folder of the repository is in the site."""
    if path == ROOT / "README.md":
        return Path("index.md")
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS)
    name = path.relative_to(ROOT)
    if str(name) in BESIDE:
        return Path(BESIDE[str(name)])
    return Path("source") / (name / "index.md" if path.is_dir() else f"{name}.md")


def outside_fences(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a page, and whether each is prose."""
    start = 0
    for fence in FENCE.finditer(text):
        yield text[start : fence.start()], True
        yield fence.group(), False
        start = fence.end()
    yield text[start:], True


def linked(page: Path, text: str) -> Iterator[Path]:
    """Yield what the links of a page lead to."""
    for piece, is_prose in outside_fences(text):
        yield from ((page.parent / target).resolve() for target in LINK.findall(piece) if is_prose)


def code_linked_from(page: Path, text: str) -> Iterator[Path]:
    """Yield the files and folders of the repository, other than pages, that a page links to."""
    known = {*pages(), ROOT / "README.md"}
    for target in linked(page, text):
        if target not in known and target.suffix not in PICTURES:
            yield target


def relinked(page: Path, text: str) -> str:
    """Return a page with the links that it has in the site."""
    here = place(page).parent

    def there(found: re.Match[str]) -> str:
        target = (page.parent / found.group()).resolve()
        return os.path.relpath(place(target), here)

    return "".join(LINK.sub(there, piece) if prose else piece for piece, prose in outside_fences(text))


def navigation(page: Path, text: str) -> str:
    """Return the tables of contents of a page for the side bar: those of `PARTS` link to the pages that they list.

    A heading of the first page is the title of the pages below it.
    """
    if page not in PARTS:
        return ""
    _, *parts = re.split(r"^## (.*)\n", text, flags=re.M)
    sections = list(zip(parts[::2], parts[1::2], strict=True)) if page == DOCS / "index.md" else [("", text)]
    return "".join(_contents(page, caption, section) for caption, section in sections)


def _contents(page: Path, caption: str, text: str) -> str:
    """Return a hidden table of contents: the pages that items begin with, or that are the last cell of a row."""
    found = re.findall(r"^- .*?(\]\([^)]*\))|^\|.*(\]\([^)]*\)) \|$", text, flags=re.M)
    listed = "\n".join(item or cell for item, cell in found)
    targets = [target for target in dict.fromkeys(linked(page, listed)) if target in pages()]
    entries = "\n".join("/" + str(place(target).with_suffix("")) for target in targets)
    title = f":caption: {caption}\n" if caption else ""
    return f"\n\n```{{toctree}}\n:hidden:\n{title}\n{entries}\n```\n"


def filled(text: str, folder: Path, draft: bool) -> str:
    """Return a page with its generated lists, after writing the pages that they lead to."""

    def made(marker: re.Match[str]) -> str:
        found: Generated = GENERATED[marker.group(1)](draft)
        for name, content in found.pages.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return found.text

    return MARKER.sub(made, text)


def write_source(folder: Path, source: Path) -> None:
    """Write the page that shows a file of the code, or lists a folder of it."""
    staged = folder / place(source)
    staged.parent.mkdir(parents=True, exist_ok=True)
    name = source.relative_to(ROOT)
    shown = _listing(source) if source.is_dir() else _code(source)
    staged.write_text(f"---\norphan: true\nnosearch: true\n---\n\n# {name}\n\n{shown}\n", encoding="utf-8")


def _code(path: Path) -> str:
    language = {".py": "python", ".c": "c", ".yml": "yaml", ".toml": "toml"}.get(path.suffix, "text")
    return f"``````{language}\n{path.read_text(encoding='utf-8')}``````"


def _listing(path: Path) -> str:
    """Return the files of a folder, each with the first line of its docstring."""
    names = sorted(each for each in path.iterdir() if not each.name.startswith((".", "__pycache__")))
    return "\n".join(f"- `{each.name}`{_first_line(each)}" for each in names)


def _first_line(path: Path) -> str:
    if path.suffix != ".py":
        return ""
    found = re.match(r'"""(.*)', path.read_text(encoding="utf-8"))
    return f": {found.group(1).removesuffix(chr(34) * 3)}" if found else ""
