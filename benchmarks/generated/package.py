"""The sources of a package, and its mutants."""

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import CodeType

from generated import ROOT
from generated.mutants import Mutant, mutants_at
from generated.places import Place, is_code, places
from generated.uses import Definition, names_of, uses
from gradcheck.contract import PARTS
from gradcheck.layers import BY_NAME


def sources(package: str) -> list[Path]:
    """Return the files of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def module_of(path: Path) -> str:
    """Return the dotted name of a file in its package, such as engine.blocks."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts[1:])


class Package:
    """The sources of `naive` or `fast` under another name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.trees = {module_of(path): self._parsed(path) for path in sources(name)}
        self.code = {module: self.compiled(module) for module in self.trees}

    def _parsed(self, path: Path) -> ast.Module:
        return ast.parse(path.read_text())

    def file(self, module: str) -> str:
        """Return the path of a module in the repository."""
        return f"{self.name}/{module.replace('.', '/')}.py"

    def compiled(self, module: str) -> CodeType:
        """Return the code of a module as its tree is now."""
        return compile(self.trees[module], self.file(module), "exec")

    def source(self, module: str) -> str:
        """Return the text of a module as its tree is now."""
        return ast.unparse(self.trees[module])

    def mutants(self, module: str) -> Iterator[Mutant]:
        """Yield every mutant of a module."""
        tree = self.trees[module]
        for index, statement in enumerate(tree.body):
            place = Place(tree, "body", index, statement, statement)
            for found in (place, *places(statement, statement)) if is_code(place) else ():
                defined = names_of(statement)
                yield from mutants_at(found, self.file(module), defined[0] if defined else "")

    @cached_property
    def uses(self) -> dict[Definition, set[Definition]]:
        """What each definition of the package mentions."""
        return uses(self.trees)

    def affected(self, mutant: Mutant) -> dict[str, tuple[str, ...]]:
        """Return the layers that a mutant can affect, each with its parts. A wrong forward may mislead backward."""
        users = {
            defined for (_, defined), used in self.uses.items() if (mutant.module, mutant.function) in used
        }
        found: dict[str, tuple[str, ...]] = {}
        for layer in BY_NAME:
            if f"{layer}_forward" in users:
                found[layer] = PARTS
            elif f"{layer}_backward" in users:
                found[layer] = PARTS[1:]
        return found
