"""Functions that several submissions have in common are judged once: what is given to a class, and what it shares.

Two functions are alike if everything that they consist of is: their own text, and that of the functions of the file
that they call. That decides what they do only in a file in which nothing can reach over from one function to another:
plain functions on NumPy's arrays, constants, and nothing else (`Plain`). In all other files each function is judged by
itself, as one of them could change what the others do, and so what other submissions get for the same text.

Nothing is shared until a process that judges many submissions asks for it.
"""

import ast
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from gradcheck.contract import Subject
from gradcheck.judging.plan import Plan
from gradcheck.report import PartReport, Verdict
from gradcheck.subjects.loading import Loaded
from gradcheck.subjects.loading.decoding import text_of
from gradcheck.subjects.plain import Plain, bare, plain, rows

DIALECTS = frozenset({"cs231n", "pair"})
"""Those that find out how a function is called from its name and its signature alone."""

LARGEST = 2**20
"""The longest file, in bytes: what lies behind its beginning could do anything."""

MOST = 2048
"""How many answers are kept."""

_answers: "OrderedDict[Hashable, Any] | None" = None


def share(is_wanted: bool = True) -> None:
    """Share answers between the submissions of this process from now on, or forget them."""
    global _answers
    if not is_wanted:
        _answers = None
    elif _answers is None:
        _answers = OrderedDict()


def known(key: Hashable) -> Any:
    """Return what is known; None if that is nothing."""
    if _answers is None or key not in _answers:
        return None
    _answers.move_to_end(key)
    return _answers[key]


def learn(key: Hashable, value: object) -> None:
    """Note an answer."""
    if _answers is not None:
        _answers[key] = value
        while len(_answers) > MOST:
            _answers.popitem(last=False)


@dataclass(frozen=True)
class Identity:
    """A subject's functions in a plain file, and everything else that its reports depend on."""

    source: Plain
    path: str
    made_of: tuple[ast.FunctionDef, ...]
    asked: tuple[Hashable, ...]

    @cached_property
    def key(self) -> Hashable:
        """What is equal where the reports are: comments and empty lines are no part of it."""
        return self.asked, self.source.above, tuple(map(bare, self.made_of))

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The lines of everything in it, in an order that is the same where the key is."""
        return tuple(chain.from_iterable(map(rows, self.made_of)))

    @cached_property
    def to_the_letter(self) -> Hashable:
        """What is equal where lines correspond, too."""
        return self.key, tuple(map(self.source.text, self.made_of))


def identity(loaded: Loaded, subject: Subject, plan: Plan, *more: Hashable) -> Identity | None:
    """Return what a subject consists of; None where nothing is shared, or its text does not say all."""
    if subject.dialect not in DIALECTS or subject.calls:
        return None
    return identity_of(loaded, tuple(subject.functions.values()), plan, *more, *_read(subject))


def identity_of(loaded: Loaded, functions: Sequence[str], plan: Plan, *more: Hashable) -> Identity | None:
    """Return what functions of a target consist of; None where nothing is shared, or their text does not say all."""
    if _answers is None or plan.adapter is not None or plan.only is not None or loaded.session is None:
        return None
    path = _file(loaded.session.path)
    texts = loaded.session.texts
    text = None if path is None else texts.get(path) if texts else _whole(path)
    source = plain(text) if text else None
    made_of = source.made_of(functions) if source else None
    if path is None or source is None or made_of is None:
        return None
    return Identity(source, path, made_of, (*more, *_asked(plan)))


def _file(path: str) -> str | None:
    """Return the one file of a submission, as this process finds it: what its worker says of itself is not asked."""
    if os.path.isfile(path):
        return path
    files = list(islice((each for each in Path(path).rglob("*") if each.suffix in (".py", ".ipynb")), 2))
    return str(files[0]) if len(files) == 1 else None


def _whole(path: str) -> str | None:
    """Return the text of a file; None if it is so long that not all of it would be read."""
    with suppress(OSError):
        return text_of(path, LARGEST) if os.path.getsize(path) <= LARGEST else None
    return None


def _asked(plan: Plan) -> tuple[Hashable, ...]:
    return (
        *(plan.dialect, plan.checks, plan.promised, plan.declared, plan.cases, plan.thorough, plan.seed),
        plan.limits,
    )


def _read(subject: Subject) -> tuple[Hashable, ...]:
    """Return how a subject is understood, in words."""
    interface = subject.interface
    words = (
        *(dict(interface.misfit), dict(interface.understood), interface.unpassed, interface.refused),
        *(sorted(interface.lenient), sorted(interface.declared), sorted(interface.conventions)),
        *(interface.returns and sorted(interface.returns), interface.fused, interface.draws_mask),
        *(interface.is_loose, interface.is_certain, interface.single, subject.parts, subject.notes),
        dict(subject.functions),
    )
    return subject.dialect, subject.layer.name, repr(words)


def once(found: Identity | None, loaded: Loaded, judge: Callable[[], list[PartReport]]) -> list[PartReport]:
    """Return the reports of a subject: those of an earlier one that is alike, or of judging it now.

    What ended its worker, or did not end in time, is judged anew for each: that may lie in what happened before.
    """
    if found is None:
        return judge()
    there: SharedReports | None = known(found.key)
    if there is not None:
        return there.placed_in(found)
    lives = loaded.lives()
    reports = judge()
    answer = SharedReports(Path(found.path).name, found.rows, msgspec.to_builtins(reports))
    is_sure = loaded.lives() == lives and all(each.verdict is not Verdict.TIMEOUT for each in reports)
    if is_sure and answer.is_placed:
        learn(found.key, answer)
    return reports


PLACE = re.compile(r"\((?P<file>[^\s():]+):(?P<line>\d+)\)")
"""The place where something was raised, as a message gives it."""


@dataclass(frozen=True)
class SharedReports:
    """The reports of a subject as plain data, and where everything in it is: messages give such lines."""

    file: str
    rows: tuple[int, ...]
    reports: list[Any]

    @property
    def is_placed(self) -> bool:
        """Whether all lines that are given are its own, so that they are known in another file, too."""
        places = PLACE.findall(repr(self.reports))
        return all(file == self.file and int(line) in self.rows for file, line in places)

    def placed_in(self, other: Identity) -> list[PartReport]:
        """Return the reports of another subject, in which the same is in other lines."""
        here = dict(zip(self.rows, other.rows, strict=True))
        name = Path(other.path).name
        moved = _relocated(self.reports, lambda place: f"({name}:{here[int(place['line'])]})")
        return [
            msgspec.structs.replace(each, seconds=0.0) for each in msgspec.convert(moved, list[PartReport])
        ]


def _relocated(value: Any, placed: Callable[["re.Match[str]"], str]) -> Any:
    """Return plain data with all places in it given anew."""
    if isinstance(value, str):
        return PLACE.sub(placed, value)
    if isinstance(value, dict):
        return {key: _relocated(each, placed) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_relocated(each, placed) for each in value]
    return value
