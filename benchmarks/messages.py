"""Every template of a message that a student may read, collected from the code so that all can be read in one sitting.

``python benchmarks/messages.py`` prints them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gradcheck
from gradcheck import checks

HERE = Path(gradcheck.__file__).parent

PLACES = (
    "checks/*.py",
    "evidence/*.py",
    "calling/*.py",
    "diagnosis/*.py",
    "models/*.py",
    "judging/part.py",
    "reporting/failures.py",
    "reporting/wording.py",
    "reporting/worked.py",
    "reporting/working.py",
    "reporting/picture.py",
)
"""The modules that write sentences about a student's code."""

LEAST = 3
"""A string of fewer words is a name, or a part of one."""


@dataclass(frozen=True)
class Template:
    """A string of the code; where it is filled in there are braces."""

    place: str
    text: str


def templates() -> Iterator[Template]:
    """Yield what each check says of itself, then the strings of the code, in the order of the files."""
    for check in checks.CHECKS:
        yield Template(f"checks/{check.name}", " ".join(f"{check.title} {check.hint}".split()))
    for pattern in PLACES:
        for path in sorted(HERE.glob(pattern)):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            skipped = set(_docstrings(tree))
            seen: set[int] = set()
            for node in ast.walk(tree):
                text = _text(node)
                if text is None or id(node) in seen or id(node) in skipped:
                    continue
                seen |= {id(part) for part in ast.walk(node)}
                if len(text.split()) >= LEAST:
                    yield Template(
                        f"{path.relative_to(HERE)}:{getattr(node, 'lineno', 0)}", " ".join(text.split())
                    )


def _docstrings(tree: ast.AST) -> Iterator[int]:
    """Yield the strings that stand alone: docstrings, and what is said of a constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


if __name__ == "__main__":
    for each in templates():
        print(f"{each.place}  {each.text}")
