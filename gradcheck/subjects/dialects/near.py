"""Names of functions that are nearly the ones that a dialect looks for: ``Affine_Forward``, ``affine_foward``."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import Protocol

from gradcheck.subjects.loading.decoding import text_of
from gradcheck.text import one_line

LONG = 5
"""A shorter word is not compared letter by letter: ``gelu`` is not a misspelled ``relu``."""

ALIKE = 0.8
LARGEST = 2**20
MOST_DEFINITIONS, LONGEST = 2000, 100
"""How many functions and classes of a file are compared with what is known, and of how many letters."""

MOST = 4
"""How many near misses a sentence lists."""

SHORT_FOR = {
    "fwd": "forward",
    "forwards": "forward",
    "bwd": "backward",
    "bkwd": "backward",
    "backwards": "backward",
    "backprop": "backward",
    "maxpool": "max pool",
    "avgpool": "avg pool",
    "maxpool2d": "max pool2d",
    "avgpool2d": "avg pool2d",
    "bn": "batchnorm",
    "ln": "layernorm",
    "gn": "groupnorm",
    "fullyconnected": "affine",
}
"""Words for the same, and words that others write as two."""

_WORD = re.compile(r"[A-Z]+(?![a-z])\d*[a-z]?(?![a-z])|[A-Z]?[a-z]+\d*[dD]?(?![a-z])|[A-Z]+|\d+[dD]?")
_DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


class Space(Protocol):
    """A module's namespace."""

    @property
    def path(self) -> str | None:
        """The file of the module."""


def near_misses(defined: Iterable[str], known: Sequence[str]) -> list[tuple[str, str]]:
    """Return each name that is nearly a known one, with that one; not if that one is defined, too.

    Examples
    --------
    >>> near_misses(["Affine_Forward", "affine_relu_forward"], ["affine_forward", "affine_backward"])
    [('Affine_Forward', 'affine_forward')]
    """
    names = dict.fromkeys(defined)
    open_names = {name: words(name) for name in known if name not in names}
    pairs = [
        (name, _nearest(words(name), open_names))
        for name in names
        if name not in known and not _is_helper(name)
    ]
    return [(name, meant) for name, meant in pairs if meant is not None]


def hints(spaces: Iterable[Space], known: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """Return a sentence for each near miss in the files of some namespaces; names that are `taken` are none."""
    lines: dict[str, int] = {}
    for space in spaces:
        for name, line in _definitions(space.path):
            lines.setdefault(name, line)
    return [
        one_line(f"{name} (line {lines[name]}): did you mean {meant}?")
        for name, meant in near_misses(lines, known)
        if name not in taken
    ]


def words(name: str) -> tuple[str, ...]:
    """Return the words that a name is made of, in lower case and written out."""
    found = [each.lower() for part in name.split("_") for each in _WORD.findall(part)]
    return tuple(word for each in found for word in SHORT_FOR.get(each, each).split())


def _is_helper(name: str) -> bool:
    """Return whether a name is private, or one word as any program may have it: ``relu`` next to a class ``Relu``."""
    return name.startswith("_") or (len(words(name)) < 2 and name.islower())


def _nearest(name: tuple[str, ...], known: dict[str, tuple[str, ...]]) -> str | None:
    """Return the known name whose words are the same, or most like these; the first of several."""
    scores = {each: _likeness(name, its) for each, its in known.items()}
    best = max(scores, key=lambda each: scores[each], default=None)
    return best if best is not None and scores[best] >= ALIKE else None


def _likeness(name: tuple[str, ...], known: tuple[str, ...]) -> float:
    if len(name) > 1 and ("".join(name) == "".join(known) or sorted(name) == sorted(known)):
        return 1.0
    if len(name) != len(known):
        return 0.0
    return min((_alike(one, other) for one, other in zip(name, known, strict=True)), default=0.0)


def _alike(word: str, known: str) -> float:
    """Return how alike two words are; 0 where they are two words, such as conv1d and conv2d."""
    if word == known:
        return 1.0
    digits = [re.sub(r"\D", "", each) for each in (word, known)]
    if (
        digits[0] != digits[1]
        or min(len(word), len(known)) < LONG
        or {word, known} == {"forward", "backward"}
    ):
        return 0.0
    return SequenceMatcher(None, word, known).ratio()


def _definitions(path: str | None) -> Iterator[tuple[str, int]]:
    """Yield the functions and classes that a file defines, with their lines. Its text is read, and nothing runs."""
    text = text_of(path, LARGEST) or ""
    for found in islice(_DEFINITION.finditer(text), MOST_DEFINITIONS):
        if len(found[1]) <= LONGEST:
            yield found[1], text.count("\n", 0, found.start()) + 1
