"""Known failures, with a reason for each, in ``[tool.gradcheck]`` of pyproject.toml."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gradcheck import checks, layers
from gradcheck.contract import PARTS
from gradcheck.pytest_plugin.aspects import Aspect

FILE = "pyproject.toml"
EXAMPLE = '{layer = "conv2d", part = "backward", check = "gradient", reason = "issue 12"}'


class KnownError(ValueError):
    """The table is invalid. The message says what to write."""


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One known failure of a check, for a part of a layer; optionally for one gradient or in one target only."""

    layer: str
    part: str
    check: str
    reason: str
    tensor: str | None = None
    target: str | None = None

    def covers(self, aspect: Aspect, target: str) -> bool:
        """Return whether this entry is about a test of a target."""
        same = (self.layer, self.part, self.check) == (aspect.layer, aspect.part, aspect.check)
        return same and self.tensor in (None, aspect.tensor) and self.target in (None, target)

    def __str__(self) -> str:
        tensor = f"[{self.tensor}]" if self.tensor else ""
        return f"{self.layer}-{self.part}-{self.check}{tensor}"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table ``[tool.gradcheck]``."""

    known: tuple[Known, ...] = ()


def read(folder: Path) -> tuple[Known, ...]:
    """Return the known failures of a project; none if it has no such file or table.

    Raises
    ------
    KnownError
        If the table has an unknown key, names something that does not exist, or lacks a reason.
    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    try:
        table = msgspec.convert(tomllib.loads(text).get("tool", {}).get("gradcheck", {}), Table)
        for entry in table.known:
            _proper(entry)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError, OSError) as problem:
        raise KnownError(f"[tool.gradcheck] in {FILE}: {problem}; an entry of `known` is {EXAMPLE}") from None
    return table.known


def _proper(entry: Known) -> None:
    names: Mapping[str, Iterable[Any]] = {
        "layer": layers.BY_NAME,
        "part": PARTS,
        "check": checks.BY_NAME,
    }
    for what, there in names.items():
        if getattr(entry, what) not in there:
            raise ValueError(f"there is no {what} {getattr(entry, what)!r}; there are {', '.join(there)}")
    if not entry.reason.strip():
        raise ValueError(f"{entry} has no reason")
