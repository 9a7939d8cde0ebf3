"""The code of a notebook as the text of a module. It is only read here: nothing of it runs."""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradcheck.subjects.loading.errors import no_notebook, other_language
from gradcheck.subjects.loading.reading import beginning

SUFFIX = ".ipynb"
LARGEST = 100 * 2**20
"""The most bytes that a notebook may have: the judge itself reads it."""

STRUCTURE, MOST_ENTRIES = (b"[", b"{", b",", b":"), 4_000_000
"""What stands between the entries of JSON, and how many there may be: in memory an entry has a hundred bytes."""

CELL, MOST_CELLS = b'"cell_type"', 10_000

PYTHON_CELLS = frozenset({"time", "capture", "prun"})
"""The magics of a whole cell that run what follows as Python, here, and keep what it defines."""

_MARK = re.compile(r"^# In\[(\d+)\]\n", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_MAGIC = re.compile(
    r"""(?P<indent>[ \t]*+)
        (?: [%!?] (?:\\\n|[^\n])*                         # %matplotlib inline, !pip install, ?help
          | [\w.,*\[\]\ \t]++=[ \t]*+[%!] (?:\\\n|[^\n])*  # files = !ls
          | [\w.]++\?{1,2}[ \t]*+                          # np.sum?
        )(?P<end>\n|\Z)
    """,
    re.VERBOSE,
)
_LEXEME = re.compile(
    r'''"""(?:\\.|[^\\])*?(?:"""|\Z) | \'\'\'(?:\\.|[^\\])*?(?:\'\'\'|\Z)
      | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'? | \#[^\n]* | \\\n | [()\[\]{}\n]
    ''',
    re.VERBOSE | re.DOTALL,
)


def module_text(path: Path) -> str:
    """Return the code cells of a notebook as one text, magics and shell lines left out.

    Each cell begins with a comment, ``# In[3]``: the number that it has after "restart and run all".

    Raises
    ------
    LoadError
        It is no notebook, or one in another language.
    """
    notebook = _read(path)
    language = _language(notebook)
    if not language.lower().startswith(("python", "ipython")):
        raise other_language(str(path), language)
    sources = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    written = [source for source in sources if source.strip()]
    return "".join(f"# In[{number}]\n{_python(source)}\n" for number, source in enumerate(written, start=1))


def cells(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and code of each cell of a text that `module_text` made."""
    _, *pieces = _MARK.split(text)
    yield from zip(map(int, pieces[::2]), pieces[1::2], strict=True)


def _read(path: Path) -> Any:
    """Return a notebook of any version of the format as one of version 4."""
    import nbformat  # only who has a notebook waits for it

    try:
        data = beginning(path, LARGEST + 1)
    except OSError as error:
        raise no_notebook(str(path), str(error.strerror)) from None
    if len(data) > LARGEST:
        raise no_notebook(str(path), f"it is larger than {LARGEST // 2**20} MiB")
    if sum(map(data.count, STRUCTURE)) > MOST_ENTRIES or data.count(CELL) > MOST_CELLS:
        raise no_notebook(str(path), "it has more cells and entries than anyone writes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without an id: harmless
            notebook = nbformat.reads(data.decode("utf-8-sig"), 4)  # type: ignore[no-untyped-call]
        if all(
            isinstance(cell["source"], str) and isinstance(cell["cell_type"], str)
            for cell in notebook["cells"]
        ):
            return notebook
        problem = "it has a cell without text"
    except nbformat.reader.NotJSONError:
        problem = "it does not read as JSON"
    except UnicodeDecodeError:
        problem = "it is not in UTF-8"
    except Exception as error:  # noqa: BLE001 - what is no notebook breaks the reader in any way it likes
        problem = f"{type(error).__name__} when it is read"
    raise no_notebook(str(path), problem)


def _language(notebook: Any) -> str:
    """Return the language that a notebook says it is in; Python if it says nothing."""
    metadata = notebook.get("metadata", {})
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(section)
        if isinstance(found, dict) and isinstance(found.get(key), str):
            return str(found[key])
    return "python"


def _python(source: str) -> str:
    """Return a cell with `pass` for every line that is IPython's, not Python's; the lines keep their numbers."""
    lines = source.replace("\r\n", "\n")
    magic = _CELL_MAGIC.match(lines)
    if magic is not None and magic[1] not in PYTHON_CELLS:
        return "\n" * lines.count("\n")
    return _MARK.sub(r"# \g<0>", "".join(_logical_lines(lines)))


def _logical_lines(source: str) -> Iterator[str]:
    position = 0
    while position < len(source):
        magic = _MAGIC.match(source, position)
        end = magic.end() if magic else _end_of_line(source, position)
        lines = "\n" * source.count("\n", position, end)
        yield f"{magic['indent']}pass{lines}" if magic else source[position:end]
        position = end


def _end_of_line(source: str, position: int) -> int:
    """Return where a logical line ends: not within brackets, nor within a string of several lines."""
    depth = 0
    for lexeme in _LEXEME.finditer(source, position):
        depth += (lexeme[0] in "([{") - (lexeme[0] in ")]}")
        if lexeme[0] == "\n" and depth <= 0:
            return lexeme.end()
    return len(source)
